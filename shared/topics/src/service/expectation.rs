//! Who is to be expected behind the answers of a Service, by its settings and by what forwards to its pods.

use k8s_openapi::api::core::v1::Service;

use super::endpoints::{Endpoint, in_use};

/// How connections are handed out by what forwards them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balancing {
    /// kube-proxy in iptables or nftables mode: each connection by itself, by chance.
    Random,
    /// kube-proxy in ipvs mode with its usual scheduler: one after the other.
    RoundRobin,
}

/// From where it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// From the network of the cluster: a pod, or a node.
    pub inside: bool,
    pub node: Option<String>,
    pub zone: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The names of the endpoints that may answer.
    pub among: Vec<String>,
    pub split: Split,
    /// What makes it so, to stand behind "because".
    pub why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    Random,
    RoundRobin,
    /// The same one every time.
    OnePod,
    /// Nothing that could be called fair or unfair.
    Open,
}

pub fn expect(service: &Service, endpoints: &[Endpoint], balancing: Balancing, asker: &Asker) -> Expectation {
    let spec = service.spec.as_ref();
    let all = in_use(endpoints);
    let open = |why: &str| Expectation { among: names(&all), split: Split::Open, why: why.to_owned() };
    if text(spec.and_then(|spec| spec.type_.as_ref())) == "ExternalName" {
        return open("it is of type ExternalName: its name leads elsewhere, and Kubernetes balances nothing");
    }
    if text(spec.and_then(|spec| spec.cluster_ip.as_ref())) == "None" {
        return open("it is headless: its name stands for the pods' own addresses, and the client picks one");
    }
    let local = |policy: Option<&String>| text(policy) == "Local";
    if !asker.inside && local(spec.and_then(|spec| spec.external_traffic_policy.as_ref())) {
        return open("externalTrafficPolicy is Local: only pods on the node that takes the packets answer");
    }
    let narrowed = if asker.inside && local(spec.and_then(|spec| spec.internal_traffic_policy.as_ref())) {
        on_own_node(&all, asker)
    } else {
        by_hints(&all, asker)
    };
    let (among, because) = match narrowed {
        Ok(narrowed) => narrowed,
        Err(why) => return open(&why),
    };
    settled(service, &names(&among), because, balancing)
}

fn text(field: Option<&String>) -> &str {
    field.map(String::as_str).unwrap_or_default()
}

fn settled(service: &Service, among: &[String], because: Option<String>, balancing: Balancing) -> Expectation {
    let expectation = |split, why: String| Expectation { among: among.to_vec(), split, why };
    if among.len() < 2 {
        let only = because.map(|because| format!("{because}, and one is there")).unwrap_or_default();
        let why = if only.is_empty() { "it has one ready endpoint".to_owned() } else { only };
        return expectation(Split::OnePod, why);
    }
    let spec = service.spec.as_ref();
    if spec.and_then(|spec| spec.session_affinity.as_deref()) == Some("ClientIP") {
        let seconds = spec
            .and_then(|spec| spec.session_affinity_config.as_ref()?.client_ip.as_ref()?.timeout_seconds)
            .unwrap_or(10_800);
        let why = format!("sessionAffinity is ClientIP: one client's address stays with one pod for {seconds} seconds");
        return expectation(Split::OnePod, why);
    }
    let (split, how) = match balancing {
        Balancing::Random => (Split::Random, "each connection goes to a pod by chance"),
        Balancing::RoundRobin => (Split::RoundRobin, "connections go to one pod after the other"),
    };
    let why = because.map_or_else(|| how.to_owned(), |because| format!("{how}; {because}"));
    expectation(split, why)
}

type Narrowed<'e> = (Vec<&'e Endpoint>, Option<String>);

fn on_own_node<'e>(all: &[&'e Endpoint], asker: &Asker) -> Result<Narrowed<'e>, String> {
    let Some(node) = &asker.node else {
        return Err("internalTrafficPolicy is Local, and on which node it was asked is unknown".into());
    };
    let own = all.iter().filter(|endpoint| endpoint.node.as_ref() == Some(node)).copied().collect();
    Ok((own, Some(format!("internalTrafficPolicy is Local: only pods on node {node} answer there"))))
}

/// As kube-proxy heeds hints: only where every endpoint has them, and one at least is for this place.
fn by_hints<'e>(all: &[&'e Endpoint], asker: &Asker) -> Result<Narrowed<'e>, String> {
    let everyone = |has: fn(&Endpoint) -> bool| !all.is_empty() && all.iter().all(|endpoint| has(endpoint));
    if everyone(|endpoint| !endpoint.for_nodes.is_empty()) {
        let Some(node) = &asker.node else { return Err(unknown_place("node")) };
        let near: Vec<&Endpoint> = all.iter().filter(|one| one.for_nodes.contains(node)).copied().collect();
        if !near.is_empty() {
            return Ok((near, Some(format!("pods on node {node} come first (trafficDistribution)"))));
        }
    }
    if everyone(|endpoint| !endpoint.for_zones.is_empty()) {
        let Some(zone) = &asker.zone else { return Err(unknown_place("zone")) };
        let near: Vec<&Endpoint> = all.iter().filter(|one| one.for_zones.contains(zone)).copied().collect();
        if !near.is_empty() {
            return Ok((near, Some(format!("pods for zone {zone} come first (trafficDistribution)"))));
        }
    }
    Ok((all.to_vec(), None))
}

fn unknown_place(what: &str) -> String {
    format!("its endpoints are handed out by {what} (trafficDistribution), and in which {what} it was asked is unknown")
}

fn names(endpoints: &[&Endpoint]) -> Vec<String> {
    endpoints.iter().map(|endpoint| endpoint.name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn service(spec: &Value) -> Service {
        serde_json::from_value(json!({ "metadata": { "name": "web" }, "spec": spec })).expect("a Service")
    }

    fn on(node: &str, name: &str) -> Endpoint {
        Endpoint { pod: Some(name.into()), node: Some(node.into()), ready: true, serving: true, ..Endpoint::default() }
    }

    fn three() -> Vec<Endpoint> {
        vec![on("lab-1", "a"), on("lab-2", "b"), on("lab-2", "c")]
    }

    fn in_pod(node: &str) -> Asker {
        Asker { inside: true, node: Some(node.into()), zone: None }
    }

    fn expected(spec: &Value, asker: &Asker) -> (Split, usize) {
        let expectation = expect(&service(spec), &three(), Balancing::Random, asker);
        (expectation.split, expectation.among.len())
    }

    #[test]
    fn settings_decide_whom_to_expect() {
        let pod = in_pod("lab-2");
        let outside = Asker::default();
        for (spec, asker, split) in [
            (json!({}), &pod, (Split::Random, 3)),
            (json!({ "sessionAffinity": "ClientIP" }), &pod, (Split::OnePod, 3)),
            (json!({ "clusterIP": "None" }), &pod, (Split::Open, 3)),
            (json!({ "type": "ExternalName" }), &pod, (Split::Open, 3)),
            (json!({ "internalTrafficPolicy": "Local" }), &pod, (Split::Random, 2)),
            (json!({ "internalTrafficPolicy": "Local" }), &in_pod("lab-1"), (Split::OnePod, 1)),
            (json!({ "internalTrafficPolicy": "Local" }), &outside, (Split::Random, 3)),
            (json!({ "externalTrafficPolicy": "Local" }), &outside, (Split::Open, 3)),
            (json!({ "externalTrafficPolicy": "Local" }), &pod, (Split::Random, 3)),
        ] {
            assert_eq!(expected(&spec, asker), split, "{spec}");
        }
        let unknown = Asker { inside: true, ..Asker::default() };
        assert_eq!(expected(&json!({ "internalTrafficPolicy": "Local" }), &unknown).0, Split::Open);
    }

    #[test]
    fn ipvs_takes_turns_and_one_endpoint_leaves_no_choice() {
        let asker = in_pod("lab-1");
        let turns = expect(&service(&json!({})), &three(), Balancing::RoundRobin, &asker);
        assert_eq!(turns.split, Split::RoundRobin);
        let one = expect(&service(&json!({})), &three()[..1], Balancing::Random, &asker);
        assert_eq!((one.split, one.why.as_str()), (Split::OnePod, "it has one ready endpoint"));
    }

    #[test]
    fn hints_count_only_where_all_have_them_and_one_is_for_this_place() {
        let zone = |zone: &str| Asker { inside: true, node: None, zone: Some(zone.into()) };
        let mut endpoints = three();
        for (endpoint, zone) in endpoints.iter_mut().zip(["x", "y", "y"]) {
            endpoint.for_zones = vec![zone.into()];
        }
        let among = |endpoints: &[Endpoint], asker: &Asker| {
            expect(&service(&json!({})), endpoints, Balancing::Random, asker).among
        };
        assert_eq!(among(&endpoints, &zone("y")), ["b", "c"]);
        assert_eq!(among(&endpoints, &zone("z")), ["a", "b", "c"]);
        let unknown = expect(&service(&json!({})), &endpoints, Balancing::Random, &in_pod("lab-1"));
        assert_eq!(unknown.split, Split::Open);
        endpoints[0].for_zones.clear();
        assert_eq!(among(&endpoints, &zone("y")), ["a", "b", "c"]);
        let mut near = three();
        for endpoint in &mut near {
            endpoint.for_nodes = endpoint.node.iter().cloned().collect();
        }
        assert_eq!(among(&near, &in_pod("lab-1")), ["a"]);
    }
}
