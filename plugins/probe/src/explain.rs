//! Why requests got no answer, at the hop that fails.

use std::collections::BTreeMap;

use lab_topics::service::{Trouble, in_use, wrong_port};

use crate::args::{Args, From};
use crate::event::Failure;
use crate::facts::{Facts, Hop};
use crate::gather::service_of;
use crate::target::Target;

/// What is known beside the failure itself.
pub struct Case<'c> {
    pub args: &'c Args,
    pub facts: &'c Facts,
    /// Where it was asked.
    pub node: Option<&'c str>,
    pub policies: &'c [String],
}

impl Case<'_> {
    pub fn silent(&self, failure: &Failure) -> (Hop, Trouble) {
        match failure {
            Failure::UnknownName => (Hop::Name, self.unknown_name()),
            Failure::Refused => (Hop::Connection, self.refused()),
            Failure::TimedOut => (Hop::Answer, self.timed_out()),
            Failure::NoRoute => (Hop::Connection, self.wayless(failure.words())),
            Failure::Other(why) => (Hop::Answer, Trouble::new(why.clone())),
        }
    }

    pub fn statuses(&self, statuses: &BTreeMap<u16, u64>) -> (Hop, Trouble) {
        let words: Vec<String> =
            statuses.iter().map(|(status, count)| format!("HTTP {status} ({count} times)")).collect();
        let trouble = Trouble::new(format!("answered with {}", words.join(", ")));
        let trouble = match statuses.keys().next() {
            Some(404) => trouble.hint("is there such a page? ask for another with --path /PATH"),
            Some(status) if *status >= 500 => match self.facts.found.pods.first() {
                Some(pod) => trouble.hint(format!(
                    "what does the program say? {} logs {}",
                    self.kubectl(),
                    pod.metadata.name.as_deref().unwrap_or_default()
                )),
                None => trouble,
            },
            _ => trouble,
        };
        (Hop::Http, trouble)
    }

    fn kubectl(&self) -> String {
        let service = self.facts.found.service.as_ref().and_then(|service| service.metadata.namespace.as_deref());
        format!("kubectl -n {}", service.unwrap_or(&self.facts.namespace))
    }

    fn unknown_name(&self) -> Trouble {
        let host = match &self.args.target {
            Target::Url(url) => url.host.clone(),
            Target::Service(name) | Target::Deployment(name) | Target::Pod(name) => name.clone(),
        };
        let said = format!("the name {host} does not resolve");
        if self.args.from == From::Here {
            return Trouble::new(said)
                .hint("names of Services resolve inside the cluster only; leave out --from here to ask from a pod");
        }
        let dns = "does the cluster's DNS run? kubectl -n kube-system get pods -l k8s-app=kube-dns";
        if self.facts.found.service.is_some() {
            return Trouble::new(format!("{said}, although there is such a Service")).hint(dns);
        }
        let Some((name, namespace)) = service_of(&host, &self.facts.namespace) else {
            return Trouble::new(said).hint(dns);
        };
        if host.contains('.') {
            return Trouble::new(format!(
                "{said}: there is no Service {name} in namespace {namespace} that can be seen"
            ))
            .hint(format!("see what is there: kubectl -n {namespace} get svc"));
        }
        self.facts.no_service(&name)
    }

    fn refused(&self) -> Trouble {
        let said = "connection refused";
        let found = &self.facts.found;
        let port = self.facts.port(self.args).ok().flatten();
        if let Some((service, port)) = found.service.as_ref().zip(port)
            && let Some(wrong) = wrong_port(service, port, &found.pods)
        {
            return Trouble { said: format!("{said}: {}", wrong.said), ..wrong };
        }
        if let Target::Url(_) = self.args.target
            && let (Some(service), Err(why)) = (&found.service, self.facts.port(self.args))
        {
            let name = service.metadata.name.as_deref().unwrap_or_default();
            return Trouble::new(format!("{said}: {why}")).hint(format!("{} get service {name}", self.kubectl()));
        }
        match (port, in_use(&found.endpoints).first().and_then(|endpoint| endpoint.pod.as_deref())) {
            (Some(_), Some(pod)) => {
                let target = found.ports.first().map_or(80, |(_, number)| *number);
                Trouble::new(format!(
                    "{said}: nothing listens on port {target} of its pods, or only on their own 127.0.0.1"
                ))
                .hint(format!(
                    "does the program listen there? {} port-forward pod/{pod} 8080:{target}, then curl localhost:8080",
                    self.kubectl()
                ))
                .hint(format!("{} logs {pod}", self.kubectl()))
            }
            _ => Trouble::new(said).hint("does the program listen on that port? ask another one with --port"),
        }
    }

    fn timed_out(&self) -> Trouble {
        let said = "nothing came back in time";
        let local = self
            .facts
            .found
            .service
            .as_ref()
            .and_then(|service| service.spec.as_ref()?.internal_traffic_policy.clone());
        let there = in_use(&self.facts.found.endpoints).iter().any(|endpoint| endpoint.node.as_deref() == self.node);
        if let (Some("Local"), Some(node), false) = (local.as_deref(), self.node, there) {
            return Trouble::new(format!(
                "{said}: internalTrafficPolicy is Local, and no pod of it runs on node {node}"
            ))
            .hint("ask from each node: kubectl lab probe … --from-each-node");
        }
        let trouble = match self.policies {
            [] => Trouble::new(said),
            policies => {
                Trouble::new(format!("{said}; there are NetworkPolicies that may keep it out: {}", policies.join(", ")))
                    .hint(format!("what do they let in? {} describe networkpolicy {}", self.kubectl(), policies[0]))
            }
        };
        self.with_kube_proxy(trouble).hint("is the program slow? give it more time with --patience 30s")
    }

    fn wayless(&self, said: String) -> Trouble {
        self.with_kube_proxy(Trouble::new(said))
    }

    fn with_kube_proxy(&self, trouble: Trouble) -> Trouble {
        match self.facts.found.service {
            Some(_) => trouble.hint(
                "does kube-proxy run on every node? kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide",
            ),
            None => trouble,
        }
    }
}
