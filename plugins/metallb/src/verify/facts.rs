//! What `gather` has seen, as plain values.

use std::net::{IpAddr, SocketAddr};

use k8s_openapi::api::core::v1::{Pod, ServicePort};
use lab::here::Heard;
use lab::temporary::Temporary;

use super::args::Args;
use crate::chain::{self, Case, Hop, Id, State, World};
use crate::services::LoadBalancer;

#[derive(Clone, Debug)]
pub struct Facts {
    /// Names this run on what it makes.
    pub run: String,
    pub namespace: String,
    pub world: World,
    pub service: Option<LoadBalancer>,
    /// Where there is no such Service: those that there are, as (namespace, name).
    pub others: Vec<(String, String)>,
    /// Those of the Service's namespace.
    pub pods: Vec<Pod>,
    /// What pods of this run have been told.
    pub looks: Vec<Temporary>,
    /// What this machine was told, once it was asked: for each address of the Service.
    pub here: Option<FromHere>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromHere {
    pub heard: Vec<(SocketAddr, Heard)>,
    pub place: Place,
    /// Where an answer came: an address that nobody should have, and whether that takes connections too.
    pub nobody: Option<(SocketAddr, bool)>,
    /// Where nothing came back from the Service: whether a node can be reached from here, and which was tried.
    pub node: Option<(SocketAddr, bool)>,
}

/// Where this machine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is this node.
    Node(String),
    /// It is a pod of the cluster.
    Pod,
    /// It has the Service's address itself.
    Owner,
    /// It bears none of the nodes' addresses; this is its own.
    OffNodes(IpAddr),
    Unknown,
}

impl Facts {
    /// The hops up to the announcement.
    pub fn chain(&self, args: &Args) -> Vec<Hop> {
        match &self.service {
            Some(service) => chain::judge(&Case { world: &self.world, service, pods: Some(&self.pods) }),
            None => chain::without_service(&self.namespace, &args.service.name, &self.others),
        }
    }

    /// Nothing speaks against an answer.
    pub fn is_promising(&self, args: &Args) -> bool {
        self.chain(args).iter().all(|hop| hop.state != State::Failed)
    }

    /// What to ask, or why there is nothing that can be asked.
    pub fn sockets(&self, args: &Args) -> Result<Vec<SocketAddr>, String> {
        let Some(service) = &self.service else { return Err("there is no Service".into()) };
        let port = self.port(args)?;
        let number = u16::try_from(port.port).map_err(|_| format!("port {} is none", port.port))?;
        match port.protocol.as_deref().unwrap_or("TCP") {
            "TCP" => Ok(service.addresses().into_iter().map(|address| SocketAddr::new(address, number)).collect()),
            other => Err(format!("port {number} is {other}, and only TCP can be asked for an answer")),
        }
    }

    /// The port that was asked for, or the first of TCP.
    pub fn port(&self, args: &Args) -> Result<&ServicePort, String> {
        let ports = self.service.as_ref().map(LoadBalancer::ports).unwrap_or_default();
        let is_tcp = |port: &&ServicePort| port.protocol.as_deref().unwrap_or("TCP") == "TCP";
        match &args.port {
            Some(wanted) => {
                let is_it =
                    |port: &&ServicePort| port.name.as_ref() == Some(wanted) || port.port.to_string() == *wanted;
                ports.iter().find(is_it).ok_or_else(|| format!("it has no port {wanted}"))
            }
            None => ports.iter().find(is_tcp).or(ports.first()).ok_or_else(|| "it has no port".to_owned()),
        }
    }

    pub fn look(&self, id: Id) -> Option<&Temporary> {
        let about = super::look::purpose(id)?;
        self.looks.iter().find(|look| look.about == about)
    }
}
