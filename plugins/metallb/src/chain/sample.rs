//! A cluster in which everything works, for tests to break.

use k8s_openapi::api::core::v1::Pod;
use lab::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Case, World, judge};
use crate::chain::{Hop, State};
use crate::present::Present;
pub use crate::seen::seen;
use crate::services::{Announcer, Endpoint, LoadBalancer, Source, Told};

pub fn typed<K: DeserializeOwned>(raw: &Value) -> K {
    serde_json::from_value(raw.clone()).unwrap_or_else(|error| panic!("{error}: {raw}"))
}

pub fn at(seconds_ago: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 - seconds_ago).unwrap()
}

/// MetalLB 0.16.2 on three nodes with a pool, and Service default/web of two pods.
#[derive(Clone)]
pub struct Lab {
    pub world: World,
    pub service: LoadBalancer,
    pub pods: Vec<Pod>,
}

impl Lab {
    pub fn new() -> Lab {
        let present = Present {
            kinds: true,
            controller: Some(seen(controller("v0.16.2"))),
            speaker: Some(seen(speaker("v0.16.2"))),
            controller_pods: vec![seen(pod("metallb-system", "controller-1", "lab-2", &json!({})))],
            speaker_pods: (1..=3).map(|number| seen(speaker_pod(number))).collect(),
            pools: vec![seen(pool("lecture", &["172.30.0.200-172.30.0.220"]))],
            l2_advertisements: vec![seen(advertisement("external-access", &json!({ "ipAddressPools": ["lecture"] })))],
            ..Present::default()
        };
        let service = web();
        let world = World {
            now: at(0),
            present,
            nodes: (1..=3).map(|number| typed(&node(number))).collect(),
            services: vec![service.clone()],
            namespaces: [].into(),
        };
        let pods = (1..=2).map(|number| {
            typed(&pod("default", &format!("web-{number}"), &format!("lab-{}", number + 1), &json!({ "app": "web" })))
        });
        Lab { world, service, pods: pods.collect() }
    }

    pub fn hops(&self) -> Vec<Hop> {
        judge(&Case { world: &self.world, service: &self.service, pods: Some(&self.pods) })
    }

    /// The hop that fails, as people read it.
    pub fn failure(&self) -> String {
        let hops = self.hops();
        let failed = hops.iter().find(|hop| hop.state == State::Failed);
        let failed = failed.unwrap_or_else(|| panic!("nothing fails: {hops:#?}"));
        let hints: String = failed.hints.iter().map(|hint| format!("\n  {hint}")).collect();
        format!("{}: {}{hints}", failed.id.words(), failed.said)
    }

    pub fn edit(&mut self, edit: impl FnOnce(&mut Value)) {
        let mut raw = self.service.service.raw.clone();
        edit(&mut raw);
        self.service.service = seen(&raw);
        self.world.services = vec![self.service.clone()];
    }

    /// As it is before MetalLB has given it an address.
    pub fn pending(&mut self) {
        self.edit(|service| {
            service["status"] = json!({ "loadBalancer": {} });
            service["metadata"]["annotations"] = json!({});
        });
        self.service.announcers.clear();
    }

    pub fn annotate(&mut self, key: &str, value: &str) {
        self.edit(|service| service["metadata"]["annotations"][key] = json!(value));
    }

    pub fn told(&mut self, reason: &str, message: &str) {
        self.service.events.push(Told {
            reason: reason.into(),
            message: message.into(),
            warning: reason.ends_with("Failed"),
            at: Some(at(180)),
            by: "metallb-controller".into(),
        });
    }

    pub fn edit_node(&mut self, number: usize, edit: impl FnOnce(&mut Value)) {
        let mut raw = serde_json::to_value(&self.world.nodes[number - 1]).unwrap();
        edit(&mut raw);
        self.world.nodes[number - 1] = typed(&raw);
    }

    pub fn exclude(&mut self, numbers: impl IntoIterator<Item = usize>) {
        for number in numbers {
            self.edit_node(number, |node| node["metadata"]["labels"][crate::speakers::EXCLUDE] = json!(""));
        }
    }
}

pub fn web() -> LoadBalancer {
    let mut service = LoadBalancer::of(&json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {
            "name": "web", "namespace": "default", "uid": "u-web", "creationTimestamp": at(600).to_string(),
            "annotations": { "metallb.io/ip-allocated-from-pool": "lecture" }, "labels": { "app": "web" },
        },
        "spec": {
            "type": "LoadBalancer", "selector": { "app": "web" }, "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "ports": [{ "port": 80, "targetPort": 80, "nodePort": 31234, "protocol": "TCP" }],
            "externalTrafficPolicy": "Cluster",
        },
        "status": { "loadBalancer": { "ingress": [{ "ip": "172.30.0.200", "ipMode": "VIP" }] } },
    }));
    service.endpoints = (1..=2)
        .map(|number| Endpoint {
            address: format!("10.244.{number}.5"),
            pod: Some(format!("web-{number}")),
            node: Some(format!("lab-{}", number + 1)),
            serves: true,
        })
        .collect();
    service.announcers = vec![Announcer { node: "lab-2".into(), interfaces: Vec::new(), source: Source::Status }];
    service
}

pub fn pool(name: &str, addresses: &[&str]) -> Value {
    json!({ "metadata": { "name": name, "namespace": "metallb-system" }, "spec": { "addresses": addresses } })
}

pub fn advertisement(name: &str, spec: &Value) -> Value {
    json!({ "metadata": { "name": name, "namespace": "metallb-system" }, "spec": spec })
}

pub fn controller(version: &str) -> Value {
    json!({
        "metadata": { "name": "controller", "namespace": "metallb-system", "labels": { "app": "metallb" } },
        "spec": {
            "selector": { "matchLabels": { "component": "controller" } },
            "template": { "spec": { "containers": [{
                "name": "controller", "image": format!("quay.io/metallb/controller:{version}"), "args": ["--port=7472"],
            }] } },
        },
        "status": { "readyReplicas": 1 },
    })
}

pub fn speaker(version: &str) -> Value {
    json!({
        "metadata": { "name": "speaker", "namespace": "metallb-system", "labels": { "app": "metallb" } },
        "spec": {
            "selector": { "matchLabels": { "component": "speaker" } },
            "template": { "spec": {
                "nodeSelector": { "kubernetes.io/os": "linux" },
                "tolerations": [{ "key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule" }],
                "containers": [{ "name": "speaker", "image": format!("quay.io/metallb/speaker:{version}"), "args": ["--port=7472"] }],
            } },
        },
        "status": { "desiredNumberScheduled": 3, "numberReady": 3, "currentNumberScheduled": 3, "numberMisscheduled": 0 },
    })
}

pub fn speaker_pod(number: usize) -> Value {
    pod("metallb-system", &format!("speaker-{number}"), &format!("lab-{number}"), &json!({ "component": "speaker" }))
}

pub fn pod(namespace: &str, name: &str, node: &str, labels: &Value) -> Value {
    json!({
        "metadata": { "name": name, "namespace": namespace, "labels": labels },
        "spec": { "nodeName": node, "containers": [{ "name": "web", "ports": [{ "name": "http", "containerPort": 80 }] }] },
        "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] },
    })
}

pub fn node(number: usize) -> Value {
    json!({
        "metadata": { "name": format!("lab-{number}"), "labels": { "kubernetes.io/os": "linux", "kubernetes.io/hostname": format!("lab-{number}") } },
        "spec": { "podCIDR": format!("10.244.{number}.0/24") },
        "status": {
            "addresses": [{ "type": "InternalIP", "address": format!("172.30.0.{}", number + 1) }],
            "conditions": [{ "type": "Ready", "status": "True", "reason": "KubeletReady" }],
            "daemonEndpoints": { "kubeletEndpoint": { "Port": 10250 } },
        },
    })
}
