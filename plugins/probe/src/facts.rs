//! What `gather` has seen, as plain values.

use k8s_openapi::api::core::v1::{Pod, Service, ServicePort};
use lab::Timestamp;
use lab::temporary::Temporary;
use lab_topics::service::{Endpoint, Trouble, nothing_behind, why_not_ready};

use crate::args::Args;
use crate::asked;
use crate::place::places;
use crate::target::Target;

#[derive(Clone, Debug)]
pub struct Facts {
    /// Names this run on what it makes.
    pub run: String,
    /// Where the probes run.
    pub namespace: String,
    pub now: Timestamp,
    pub found: Found,
    /// Those that are Ready, where every node is to ask.
    pub nodes: Vec<String>,
    /// The Jobs of this run, each about its place.
    pub looks: Vec<Temporary>,
}

/// What stands behind the target.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// `Service lecture/demo-app`, `http://…`
    pub what: String,
    /// There is such an object, even if nothing stands behind it.
    pub exists: bool,
    pub service: Option<Service>,
    pub endpoints: Vec<Endpoint>,
    /// Names and numbers of the ports that its EndpointSlices lead to.
    pub ports: Vec<(String, i32)>,
    /// Those of the Service; where it has none, those beside it.
    pub pods: Vec<Pod>,
    /// Where there is no such object: those of its kind that there are, as (namespace, name).
    pub others: Vec<(String, String)>,
    /// Something that should be said about it.
    pub note: Option<String>,
}

/// Where it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// There is no such object.
    Target,
    /// Nothing stands behind it that takes connections.
    Endpoints,
    /// It has no address or port for this place.
    Address,
    /// The pods that were to ask did not.
    Probe,
    Name,
    Connection,
    Answer,
    Http,
}

impl Facts {
    /// What keeps it from answering, as far as the objects show; then nothing is asked.
    pub fn trouble(&self, args: &Args) -> Option<(Hop, Trouble)> {
        self.missing(args)
            .map(|trouble| (Hop::Target, trouble))
            .or_else(|| self.nothing_behind(args).map(|trouble| (Hop::Endpoints, trouble)))
            .or_else(|| {
                let asked = places(args, self).iter().find_map(|place| asked::asked(args, self, place).err());
                asked.map(|trouble| (Hop::Address, trouble))
            })
    }

    fn missing(&self, args: &Args) -> Option<Trouble> {
        let namespace = &self.namespace;
        match &args.target {
            Target::Service(name) if self.found.service.is_none() => Some(self.no_service(name)),
            Target::Pod(name) if self.found.pods.is_empty() => {
                let said = format!("there is no pod {name} in namespace {namespace}");
                Some(near(Trouble::new(said), name, &self.found.others, namespace, "pod"))
            }
            Target::Deployment(name) if self.found.service.is_none() => Some(match self.found.exists {
                false => {
                    let said = format!("there is no Deployment {name} in namespace {namespace}");
                    near(Trouble::new(said), name, &self.found.others, namespace, "deploy")
                }
                true => Trouble::new(format!("no Service leads to the pods of Deployment {namespace}/{name}"))
                    .hint(format!("kubectl -n {namespace} expose deployment {name} --port=80")),
            }),
            _ => None,
        }
    }

    /// Its name leads nowhere then; and this is which name would.
    pub fn no_service(&self, name: &str) -> Trouble {
        let said = format!("there is no Service {name} in namespace {}, so its name does not resolve", self.namespace);
        let elsewhere: Vec<&str> = self
            .found
            .others
            .iter()
            .filter(|(_, other)| other == name)
            .map(|(namespace, _)| namespace.as_str())
            .collect();
        match elsewhere.first() {
            Some(namespace) => {
                let there = elsewhere.join(", ");
                Trouble::new(format!(
                    "{said}; there is one in namespace {there}: from here its name is {name}.{namespace}"
                ))
                .hint(format!("kubectl lab probe {name} -n {namespace}"))
            }
            None => near(Trouble::new(said), name, &self.found.others, &self.namespace, "svc"),
        }
    }

    fn nothing_behind(&self, args: &Args) -> Option<Trouble> {
        if let (Target::Pod(name), Some(pod)) = (&args.target, self.found.pods.first()) {
            let has_address = pod.status.as_ref().is_some_and(|status| status.pod_ip.is_some());
            let why = why_not_ready(pod).filter(|_| !has_address)?;
            let describe = format!("kubectl -n {} describe pod {name}", self.namespace);
            return Some(Trouble::new(format!("it has no address: {why}")).hint(describe));
        }
        nothing_behind(self.found.service.as_ref()?, &self.found.endpoints, &self.found.pods)
    }

    /// Controllers and pods may be still at it.
    pub fn is_young(&self) -> bool {
        const GRACE: i64 = 10;
        let service = self.found.service.iter().map(|service| &service.metadata);
        let made = service.chain(self.found.pods.iter().map(|pod| &pod.metadata));
        let made = made.filter_map(|metadata| metadata.creation_timestamp.as_ref()).map(|time| time.0).max();
        made.is_some_and(|made| self.now.duration_since(made).as_secs() < GRACE)
    }

    /// What kube-proxy may not have heard of on every node yet, because it is so new.
    pub fn unsettled(&self) -> Option<String> {
        const MOMENT: i64 = 5;
        let is_new = |time: &k8s_openapi::apimachinery::pkg::apis::meta::v1::Time| {
            self.now.duration_since(time.0).as_secs() < MOMENT
        };
        let service = self.found.service.as_ref()?;
        if service.metadata.creation_timestamp.as_ref().is_some_and(is_new) {
            return Some(format!(
                "{} was made a moment ago, and kube-proxy has to take it up on every node",
                self.found.what
            ));
        }
        let became_ready = |pod: &&Pod| {
            let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
            let ready = conditions.into_iter().flatten().find(|condition| condition.type_ == "Ready");
            ready.and_then(|ready| ready.last_transition_time.as_ref()).is_some_and(is_new)
        };
        let pod = self.found.pods.iter().find(became_ready)?.metadata.name.as_deref()?;
        Some(format!("pod {pod} became ready a moment ago, and kube-proxy has to take it up on every node"))
    }

    /// The port of the Service that is asked; the error says which there are.
    pub fn port(&self, args: &Args) -> Result<Option<&ServicePort>, String> {
        let Some(service) = &self.found.service else { return Ok(None) };
        let all = service.spec.as_ref().and_then(|spec| spec.ports.as_deref()).unwrap_or_default();
        let tcp = |port: &&ServicePort| port.protocol.as_deref().is_none_or(|protocol| protocol == "TCP");
        let wanted = asked::wanted_port(args);
        let is_it = |port: &&ServicePort| match &wanted {
            None => true,
            Some(wanted) => port.port.to_string() == *wanted || port.name.as_deref() == Some(wanted),
        };
        match (all.iter().filter(tcp).find(is_it), wanted) {
            (Some(port), _) => Ok(Some(port)),
            (None, _) if all.is_empty() => Ok(None),
            (None, Some(wanted)) => Err(format!("it has no TCP port {wanted}; it has {}", listed(all))),
            (None, None) => Err(format!("it has no TCP port; it has {}", listed(all))),
        }
    }
}

fn listed(ports: &[ServicePort]) -> String {
    let words = ports.iter().map(|port| match &port.name {
        Some(name) => format!("{} ({name})", port.port),
        None => port.port.to_string(),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn near(trouble: Trouble, name: &str, others: &[(String, String)], namespace: &str, kind: &str) -> Trouble {
    let here = || others.iter().filter(|(own, _)| own == namespace).map(|(_, name)| name.as_str());
    match lab::nearest(name, here()) {
        Some(near) => {
            trouble.hint(format!("did you mean {kind}/{near}? kubectl lab probe {kind}/{near} -n {namespace}"))
        }
        None => trouble.hint(format!("see what is there: kubectl -n {namespace} get {kind}")),
    }
}
