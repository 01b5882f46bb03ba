//! Why nothing answers for a Service: its selector, its pods, its ports.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Pod, Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::endpoints::{Endpoint, in_use};
use super::pods::why_not_ready;

type Labels = BTreeMap<String, String>;

/// What keeps a Service from answering, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub said: String,
    pub hints: Vec<String>,
}

impl Trouble {
    pub fn new(said: impl Into<String>) -> Trouble {
        Trouble { said: said.into(), hints: Vec::new() }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Trouble {
        self.hints.push(hint.into());
        self
    }
}

/// Why no endpoint takes connections; `None` where one does. `pods`: those of the Service's namespace.
pub fn nothing_behind(service: &Service, endpoints: &[Endpoint], pods: &[Pod]) -> Option<Trouble> {
    let spec = service.spec.as_ref()?;
    if !in_use(endpoints).is_empty() || spec.type_.as_deref() == Some("ExternalName") {
        return None;
    }
    let case = Case { service, pods };
    let Some(selector) = spec.selector.as_ref().filter(|selector| !selector.is_empty()) else {
        let said = "it has no selector, and nobody has made EndpointSlices with a ready endpoint for it by hand";
        return Some(Trouble::new(said).hint(format!("{} get endpointslices", case.kubectl())));
    };
    let selected = case.selected(selector);
    if selected.is_empty() {
        return Some(case.selects_nothing(selector));
    }
    let get = format!("{} get pods -l {} -o wide", case.kubectl(), pairs(selector));
    let troubles: Vec<(&str, String)> =
        selected.iter().filter_map(|pod| Some((pod.metadata.name.as_deref()?, why_not_ready(pod)?))).collect();
    if troubles.len() < selected.len() {
        let missing = case.without_port(&selected);
        return Some(
            missing.unwrap_or_else(|| Trouble::new("its pods are ready, and no EndpointSlice has them yet").hint(get)),
        );
    }
    let (pod, why) = troubles.first()?;
    let number = match selected.len() {
        1 => "its one pod is not ready".to_owned(),
        several => format!("none of its {several} pods is ready"),
    };
    let others = if troubles.len() > 1 { format!(" (and {} more)", troubles.len() - 1) } else { String::new() };
    let describe = format!("{} describe pod {pod}", case.kubectl());
    Some(Trouble::new(format!("{number}: {pod}{others}: {why}")).hint(describe))
}

/// A port of the Service leads to one that none of its pods declares. Declaring ports is no duty, so this is a guess, for
/// where connections are refused.
pub fn wrong_port(service: &Service, port: &ServicePort, pods: &[Pod]) -> Option<Trouble> {
    let case = Case { service, pods };
    let selected = case.selected(service.spec.as_ref()?.selector.as_ref()?);
    let declared: BTreeSet<i32> = ports(&selected).map(|port| port.container_port).collect();
    let target = match &port.target_port {
        Some(IntOrString::Int(number)) => *number,
        Some(IntOrString::String(name)) => {
            ports(&selected).find(|port| port.name.as_ref() == Some(name))?.container_port
        }
        None => port.port,
    };
    if selected.is_empty() || declared.contains(&target) {
        return None;
    }
    let said = format!("port {} of the Service leads to port {target} of its pods", port.port);
    let name = service.metadata.name.as_deref().unwrap_or_default();
    Some(match declared.iter().next() {
        Some(one) => {
            let all = list(&declared.iter().map(ToString::to_string).collect::<Vec<_>>());
            let at = service.spec.as_ref()?.ports.iter().flatten().position(|own| own.port == port.port).unwrap_or(0);
            let path = format!("/spec/ports/{at}/targetPort");
            let patch = format!(r#"'[{{"op":"add","path":"{path}","value":{one}}}]'"#);
            Trouble::new(format!("{said}, which declare {all}"))
                .hint(format!("{} patch service {name} --type=json -p {patch}", case.kubectl()))
        }
        None => Trouble::new(format!("{said}, which declare no port; does their program listen there?")),
    })
}

struct Case<'c> {
    service: &'c Service,
    pods: &'c [Pod],
}

impl Case<'_> {
    fn kubectl(&self) -> String {
        format!("kubectl -n {}", self.service.metadata.namespace.as_deref().unwrap_or("default"))
    }

    fn selected(&self, selector: &Labels) -> Vec<&Pod> {
        let has = |pod: &&Pod| {
            let labels = pod.metadata.labels.as_ref();
            selector.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
        };
        self.pods.iter().filter(has).filter(|pod| !is_over(pod)).collect()
    }

    fn selects_nothing(&self, selector: &Labels) -> Trouble {
        let name = self.service.metadata.name.as_deref().unwrap_or_default();
        let namespace = self.service.metadata.namespace.as_deref().unwrap_or_default();
        let said = format!("its selector {} matches no pod in namespace {namespace}", pairs(selector));
        let show = format!("{} get pods --show-labels", self.kubectl());
        let alive: Vec<&Labels> =
            self.pods.iter().filter(|pod| !is_over(pod)).filter_map(|pod| pod.metadata.labels.as_ref()).collect();
        let Some((key, value)) = near(selector, &alive) else {
            let said = if self.pods.is_empty() { format!("{said}; there is no pod at all") } else { said };
            return Trouble::new(said).hint(show);
        };
        let said = format!("{said}; there are pods with {key}={value}");
        if selector.contains_key(&key) {
            let patch = format!(r#"'{{"spec":{{"selector":{{"{key}":"{value}"}}}}}}'"#);
            return Trouble::new(said).hint(format!("{} patch service {name} -p {patch}", self.kubectl()));
        }
        Trouble::new(said).hint(show)
    }

    /// A port that goes by a name that no container's port has.
    fn without_port(&self, pods: &[&Pod]) -> Option<Trouble> {
        let names: BTreeSet<&str> = ports(pods).filter_map(|port| port.name.as_deref()).collect();
        let wanted = |port: &ServicePort| match &port.target_port {
            Some(IntOrString::String(name)) if !names.contains(name.as_str()) => Some((port.port, name.clone())),
            _ => None,
        };
        let (number, missing) = self.service.spec.as_ref()?.ports.iter().flatten().find_map(wanted)?;
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let there = if names.is_empty() { "they name none".to_owned() } else { format!("they have {}", list(&names)) };
        let said = format!("port {number} goes to the port that its pods call {missing}, and none does; {there}");
        let name = self.service.metadata.name.as_deref().unwrap_or_default();
        Some(Trouble::new(said).hint(format!("{} edit service {name}", self.kubectl())))
    }
}

fn ports<'p>(pods: &[&'p Pod]) -> impl Iterator<Item = &'p k8s_openapi::api::core::v1::ContainerPort> {
    let specs: Vec<_> = pods.iter().filter_map(|pod| pod.spec.as_ref()).collect();
    specs.into_iter().flat_map(|spec| &spec.containers).flat_map(|container| container.ports.iter().flatten())
}

/// Its work is done; it gets no packets any more.
fn is_over(pod: &Pod) -> bool {
    matches!(pod.status.as_ref().and_then(|status| status.phase.as_deref()), Some("Succeeded" | "Failed"))
}

/// The label of a pod that was probably meant: another value of the same key, or another key with that value.
fn near(selector: &Labels, pods: &[&Labels]) -> Option<(String, String)> {
    for (key, value) in selector {
        let values = pods.iter().filter_map(|labels| labels.get(key)).map(String::as_str);
        if let Some(near) = lab::nearest(value, values).filter(|near| near != value) {
            return Some((key.clone(), near.to_owned()));
        }
        let mut keys = pods.iter().flat_map(|labels| labels.iter()).filter(|(_, other)| *other == value);
        if let Some((other, _)) = keys.find(|(other, _)| *other != key) {
            return Some((other.clone(), value.clone()));
        }
    }
    None
}

/// Labels as a query writes them: `app=demo,tier=web`.
pub fn pairs(labels: &BTreeMap<String, String>) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

/// `a`, `a and b`, `a, b and c`.
fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn service(target: &Value) -> Service {
        let spec = json!({ "selector": { "app": "demo" }, "ports": [{ "port": 80, "targetPort": target }] });
        let service = json!({ "metadata": { "name": "demo-app", "namespace": "lecture" }, "spec": spec });
        serde_json::from_value(service).expect("a Service")
    }

    fn pod(labels: &Value, ready: &str) -> Pod {
        let container = json!({ "name": "nginx", "ports": [{ "name": "web", "containerPort": 80 }] });
        serde_json::from_value(json!({
            "metadata": { "name": "demo-app-1", "namespace": "lecture", "labels": labels },
            "spec": { "containers": [container] },
            "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": ready }] },
        }))
        .expect("a pod")
    }

    fn said(service: &Service, pods: &[Pod]) -> (String, String) {
        let trouble = nothing_behind(service, &[], pods).expect("trouble");
        (trouble.said, trouble.hints.first().cloned().unwrap_or_default())
    }

    #[test]
    fn a_selector_that_matches_nothing_is_shown_the_nearest_labels() {
        let (told, hint) = said(&service(&json!(80)), &[pod(&json!({ "app": "demo-app" }), "True")]);
        assert_eq!(told, "its selector app=demo matches no pod in namespace lecture; there are pods with app=demo-app");
        assert_eq!(hint, r#"kubectl -n lecture patch service demo-app -p '{"spec":{"selector":{"app":"demo-app"}}}'"#);
        let (told, hint) = said(&service(&json!(80)), &[pod(&json!({ "run": "demo" }), "True")]);
        assert!(told.ends_with("there are pods with run=demo") && hint.ends_with("--show-labels"), "{told} {hint}");
        assert!(said(&service(&json!(80)), &[]).0.ends_with("there is no pod at all"));
    }

    #[test]
    fn pods_that_are_not_ready_say_why() {
        let (told, hint) = said(&service(&json!(80)), &[pod(&json!({ "app": "demo" }), "False")]);
        assert_eq!(told, "its one pod is not ready: demo-app-1: its phase is Running");
        assert_eq!(hint, "kubectl -n lecture describe pod demo-app-1");
    }

    #[test]
    fn a_port_that_no_pod_has_is_named() {
        let pods = [pod(&json!({ "app": "demo" }), "True")];
        let (told, _) = said(&service(&json!("http")), &pods);
        assert_eq!(told, "port 80 goes to the port that its pods call http, and none does; they have web");
        let wrong = |target: Value| {
            let service = service(&target);
            let port = service.spec.as_ref().and_then(|spec| spec.ports.as_ref()?.first().cloned()).expect("a port");
            wrong_port(&service, &port, &pods)
        };
        let trouble = wrong(json!(8080)).expect("trouble");
        assert_eq!(trouble.said, "port 80 of the Service leads to port 8080 of its pods, which declare 80");
        assert_eq!(
            trouble.hints,
            [
                r#"kubectl -n lecture patch service demo-app --type=json -p '[{"op":"add","path":"/spec/ports/0/targetPort","value":80}]'"#
            ]
        );
        assert_eq!((wrong(json!(80)), wrong(json!("web"))), (None, None));
    }

    #[test]
    fn where_something_takes_connections_there_is_no_trouble() {
        let ready = Endpoint { ready: true, ..Endpoint::default() };
        assert_eq!(nothing_behind(&service(&json!(80)), &[ready], &[]), None);
    }
}
