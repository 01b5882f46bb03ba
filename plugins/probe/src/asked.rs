//! What is asked for from a place.

use lab_topics::service::Trouble;

use crate::args::{Args, From};
use crate::facts::Facts;
use crate::place::Place;
use crate::target::{Target, Url};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub https: bool,
    pub host: String,
    pub port: u16,
    pub path: String,
}

impl Asked {
    pub fn url(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if self.https { 443 } else { 80 };
        let port = if self.port == usual { String::new() } else { format!(":{}", self.port) };
        format!("{scheme}://{host}{port}{}", self.path)
    }
}

/// As it was typed, with `--port` or in the URL.
pub fn wanted_port(args: &Args) -> Option<String> {
    let in_url = match &args.target {
        Target::Url(url) => Some(url.port.unwrap_or(if url.https { 443 } else { 80 }).to_string()),
        _ => None,
    };
    args.port.clone().or(in_url)
}

/// Why it cannot be asked from there, where it cannot.
pub fn asked(args: &Args, facts: &Facts, place: &Place) -> Result<Asked, Trouble> {
    let path = args.path.clone().unwrap_or_else(|| "/".into());
    match &args.target {
        Target::Url(url) => Ok(by_url(args, url)),
        Target::Pod(_) => {
            let address = facts.found.pods.first().and_then(|pod| pod.status.as_ref()?.pod_ip.clone());
            let host = address.ok_or_else(|| Trouble::new("it has no address yet"))?;
            let port = pod_port(args, facts).map_err(Trouble::new)?;
            Ok(Asked { https: args.https, host, port, path })
        }
        Target::Service(_) | Target::Deployment(_) => of_service(args, facts, place, path),
    }
}

fn by_url(args: &Args, url: &Url) -> Asked {
    let https = args.https || url.https;
    let given = args.port.as_ref().and_then(|port| port.parse().ok()).or(url.port);
    Asked {
        https,
        host: url.host.clone(),
        port: given.unwrap_or(if https { 443 } else { 80 }),
        path: args.path.clone().or_else(|| url.path.clone()).unwrap_or_else(|| "/".into()),
    }
}

fn pod_port(args: &Args, facts: &Facts) -> Result<u16, String> {
    let spec = facts.found.pods.first().and_then(|pod| pod.spec.as_ref());
    let declared: Vec<_> =
        spec.iter().flat_map(|spec| &spec.containers).flat_map(|one| one.ports.iter().flatten()).collect();
    let number = match &args.port {
        None => declared.first().map_or(80, |port| port.container_port),
        Some(wanted) => {
            match (wanted.parse::<u16>(), declared.iter().find(|port| port.name.as_ref() == Some(wanted))) {
                (Ok(number), _) => number.into(),
                (Err(_), Some(port)) => port.container_port,
                (Err(_), None) => return Err(format!("it declares no port {wanted}")),
            }
        }
    };
    u16::try_from(number).map_err(|_| format!("{number} is no port"))
}

fn of_service(args: &Args, facts: &Facts, place: &Place, path: String) -> Result<Asked, Trouble> {
    let service = facts.found.service.as_ref().ok_or_else(|| Trouble::new("there is no such Service"))?;
    let spec = service.spec.as_ref();
    let own = facts.port(args).map_err(Trouble::new)?;
    let is_headless = spec.and_then(|spec| spec.cluster_ip.as_deref()) == Some("None");
    let mut number = own.map_or(80, |port| port.port);
    if is_headless {
        // Nothing translates ports there: its name stands for the pods themselves.
        let name = own.and_then(|port| port.name.as_deref()).unwrap_or_default();
        number = facts.found.ports.iter().find(|(other, _)| other == name).map_or(number, |(_, real)| *real);
    }
    let is_https = |port: &k8s_openapi::api::core::v1::ServicePort| {
        port.port == 443
            || port.name.as_deref().is_some_and(|name| name.starts_with("https"))
            || port.app_protocol.as_deref() == Some("https")
    };
    let port = u16::try_from(number).map_err(|_| Trouble::new(format!("{number} is no port")))?;
    let name = service.metadata.name.clone().unwrap_or_default();
    let host = match place.from {
        From::Pod | From::Node => name,
        From::Here => address_for_here(facts, &name)?,
    };
    Ok(Asked { https: args.https || own.is_some_and(is_https), host, port, path })
}

fn address_for_here(facts: &Facts, name: &str) -> Result<String, Trouble> {
    let service = facts.found.service.as_ref();
    let ingress =
        service.and_then(|service| service.status.as_ref()?.load_balancer.as_ref()?.ingress.as_ref()?.first());
    let address = ingress.and_then(|ingress| ingress.ip.clone().or_else(|| ingress.hostname.clone()));
    address.ok_or_else(|| {
        let kind =
            service.and_then(|service| service.spec.as_ref()?.type_.clone()).unwrap_or_else(|| "ClusterIP".into());
        let said = format!("it has no address outside the cluster that this machine could ask: it is of type {kind}");
        let trouble =
            Trouble::new(said).hint(format!("ask from a pod: kubectl lab probe {name} -n {}", facts.namespace));
        match kind.as_str() {
            "LoadBalancer" => trouble.hint("why it has none: kubectl lab metallb status"),
            "NodePort" => trouble.hint("or a node: kubectl lab probe http://NODE:PORT/ --from here"),
            _ => trouble,
        }
    })
}
