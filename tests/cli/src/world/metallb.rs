//! What MetalLB's controller and speakers do about pools and Services, and the API server about kinds, at once.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::{full_name, put_if_new};
use crate::api::{Api, Store, clock};
use crate::objects::metallb::NAMESPACE;
use crate::objects::{condition, is_true, owned_by, pod};

const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";
const WEBHOOKS: &str = "validatingwebhookconfigurations.admissionregistration.k8s.io";
const SPEAKERS: &str = "daemonsets.apps";
const POOLS: &str = "ipaddresspools.metallb.io";

/// Brings MetalLB to life on a stage, now or when it is installed.
pub fn live(api: &Api) {
    let mut controller = Controller::default();
    api.controller(move |store| {
        establish(store);
        speak(store);
        controller.round(store);
    });
}

fn establish(store: &mut Store) {
    for definition in store.all(DEFINITIONS) {
        if !is_true(&definition, "Established") {
            let name = name_of(&definition);
            let conditions = json!([
                condition("NamesAccepted", "True", "NoConflicts", "no conflicts found"),
                condition("Established", "True", "InitialNamesAccepted", "the initial names have been accepted")
            ]);
            store.edit_as("kube-apiserver", DEFINITIONS, &name, |it| it["status"]["conditions"] = conditions);
        }
    }
}

/// One speaker on each node.
fn speak(store: &mut Store) {
    let Some(set) = store.get(SPEAKERS, &format!("{NAMESPACE}/speaker")).cloned() else { return };
    let nodes = store.all("nodes");
    for (number, node) in nodes.iter().enumerate() {
        let name = format!("speaker-{}", name_of(node));
        if store.get("pods", &format!("{NAMESPACE}/{name}")).is_none() {
            let spec = set["spec"]["template"]["spec"].clone();
            let status = pod::status(&spec, node, &format!("172.30.0.{}", number + 2), "speaker", &pod::State::Ready);
            let mut spec = spec;
            spec["nodeName"] = node["metadata"]["name"].clone();
            store.put(json!({
                "apiVersion": "v1", "kind": "Pod", "spec": spec, "status": status,
                "metadata": {
                    "name": name, "namespace": NAMESPACE, "labels": set["spec"]["template"]["metadata"]["labels"],
                    "ownerReferences": owned_by(&set), "creationTimestamp": clock::ago(3_600),
                },
            }));
        }
    }
    let count = nodes.len();
    let status = json!({
        "observedGeneration": set["metadata"]["generation"], "desiredNumberScheduled": count,
        "currentNumberScheduled": count, "updatedNumberScheduled": count, "numberMisscheduled": 0,
        "numberAvailable": count, "numberReady": count,
    });
    if set["status"] != status {
        store.edit_as("kube-controller-manager", SPEAKERS, &format!("{NAMESPACE}/speaker"), |it| it["status"] = status);
    }
}

/// What the running process knows; another one begins anew.
#[derive(Default)]
struct Controller {
    pod: String,
    pools: Vec<Pool>,
}

#[derive(Clone, Debug, PartialEq)]
struct Pool {
    name: String,
    ranges: Vec<(u32, u32)>,
    automatic: bool,
}

impl Pool {
    fn read(object: &Value) -> Pool {
        let addresses = object["spec"]["addresses"].as_array().into_iter().flatten();
        Pool {
            name: name_of(object),
            ranges: addresses.filter_map(|text| range(text.as_str()?)).collect(),
            automatic: object["spec"]["autoAssign"] != false,
        }
    }

    fn holds(&self, address: u32) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&address))
    }
}

/// IPv4 is enough for a stage.
fn range(text: &str) -> Option<(u32, u32)> {
    if let Some((first, last)) = text.split_once('-') {
        let end = |text: &str| Some(u32::from(text.trim().parse::<Ipv4Addr>().ok()?));
        return Some((end(first)?, end(last)?));
    }
    let (base, length) = text.split_once('/')?;
    let base = u32::from(base.parse::<Ipv4Addr>().ok()?);
    let others = u32::MAX.checked_shr(length.parse().ok()?).unwrap_or(0);
    Some((base & !others, base | others))
}

impl Controller {
    fn round(&mut self, store: &mut Store) {
        let Some((deployment, pod)) = running(store) else { return };
        let image =
            deployment["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap_or_default().to_owned();
        let is_old = image.contains(":v0.13");
        self.learn(store, &pod, is_old);
        bundle(store);
        remember_members(store, &deployment);
        let note =
            if is_old { "metallb.universe.tf/ip-allocated-from-pool" } else { "metallb.io/ip-allocated-from-pool" };
        for service in store.all("services") {
            self.converge(store, &service, note);
        }
        if !is_old {
            announce(store);
        }
    }

    /// An old one goes on with what it knows as long as a Service has an address that the new pools do not hold.
    fn learn(&mut self, store: &Store, pod: &Value, is_old: bool) {
        let pools: Vec<Pool> = store.all(POOLS).iter().map(Pool::read).collect();
        let uid = pod["metadata"]["uid"].as_str().unwrap_or_default();
        let is_held = |address: u32| pools.iter().any(|pool| pool.holds(address));
        let known = |address: u32| self.pools.iter().any(|pool| pool.holds(address));
        let in_use = store.all("services").iter().filter_map(address).any(|one| known(one) && !is_held(one));
        if self.pod == uid && is_old && in_use {
            return;
        }
        (self.pod, self.pools) = (uid.to_owned(), pools);
    }

    fn converge(&self, store: &mut Store, service: &Value, note: &str) {
        let name = full_name(service);
        let is_balanced = service["spec"]["type"] == "LoadBalancer" && service["spec"]["loadBalancerClass"].is_null();
        let has = address(service);
        let pool = has.and_then(|has| self.pools.iter().find(|pool| pool.holds(has)));
        let noted = service["metadata"]["annotations"][note].is_string();
        if has.is_some() && pool.is_none() && noted {
            store.edit_as("controller", "services", &name, |it| {
                it["status"]["loadBalancer"] = json!({});
                it["metadata"]["annotations"].as_object_mut().and_then(|all| all.shift_remove(note));
            });
        } else if has.is_none() && is_balanced {
            let Some((pool, free)) = self.free(store) else { return };
            store.edit_as("controller", "services", &name, |it| {
                it["status"]["loadBalancer"] = json!({ "ingress": [{ "ip": free.to_string(), "ipMode": "VIP" }] });
                it["metadata"]["annotations"][note] = json!(pool);
            });
        }
    }

    fn free(&self, store: &Store) -> Option<(String, Ipv4Addr)> {
        let taken: Vec<u32> = store.all("services").iter().filter_map(address).collect();
        self.pools.iter().filter(|pool| pool.automatic).find_map(|pool| {
            let mut all = pool.ranges.iter().flat_map(|(first, last)| *first..=*last);
            let free = all.find(|address| !taken.contains(address))?;
            Some((pool.name.clone(), Ipv4Addr::from(free)))
        })
    }
}

/// The controller's Deployment, and a ready pod of it.
fn running(store: &Store) -> Option<(Value, Value)> {
    let deployment = store.get("deployments.apps", &format!("{NAMESPACE}/controller"))?.clone();
    let is_its = |pod: &&Value| {
        pod["metadata"]["labels"]["component"] == "controller" && pod["metadata"]["namespace"] == NAMESPACE
    };
    let pod = store.all("pods").iter().filter(is_its).find(|pod| is_true(pod, "Ready")).cloned()?;
    Some((deployment, pod))
}

fn bundle(store: &mut Store) {
    let Some(configuration) = store.get(WEBHOOKS, "metallb-webhook-configuration").cloned() else { return };
    let hooks = configuration["webhooks"].as_array().into_iter().flatten();
    if hooks.into_iter().any(|hook| hook["clientConfig"]["caBundle"].is_null()) {
        store.edit_as("MetalLB", WEBHOOKS, "metallb-webhook-configuration", |it| {
            let hooks = it["webhooks"].as_array_mut().into_iter().flatten();
            hooks.for_each(|hook| hook["clientConfig"]["caBundle"] = json!("Q0EK"));
        });
    }
}

fn remember_members(store: &mut Store, deployment: &Value) {
    if store.get("secrets", &format!("{NAMESPACE}/memberlist")).is_none() {
        let metadata = json!({ "name": "memberlist", "namespace": NAMESPACE, "ownerReferences": owned_by(deployment) });
        store.put(json!({ "apiVersion": "v1", "kind": "Secret", "metadata": metadata }));
    }
}

/// The first speaker tells of every address that an advertisement covers.
fn announce(store: &mut Store) {
    const STATUSES: &str = "servicel2statuses.metallb.io";
    let speaker = store.all("pods").into_iter().find(|pod| name_of(pod).starts_with("speaker-"));
    let (true, Some(speaker)) = (store.get(DEFINITIONS, STATUSES).is_some(), speaker) else { return };
    let covered = |pool: &Value| {
        store.all("l2advertisements.metallb.io").iter().any(|advertisement| {
            let names = &advertisement["spec"]["ipAddressPools"];
            names.is_null() || names.as_array().is_some_and(|names| names.contains(pool))
        })
    };
    let services: Vec<Value> = store.all("services");
    let announced = |service: &&Value| {
        address(service).is_some() && covered(&service["metadata"]["annotations"]["metallb.io/ip-allocated-from-pool"])
    };
    let wanted: Vec<Value> = services.iter().filter(announced).map(|service| l2_status(service, &speaker)).collect();
    for status in store.all(STATUSES) {
        if !wanted.iter().any(|wanted| wanted["metadata"]["name"] == status["metadata"]["name"]) {
            store.remove(STATUSES, &full_name(&status));
        }
    }
    for status in wanted {
        put_if_new(store, STATUSES, status);
    }
}

fn l2_status(service: &Value, speaker: &Value) -> Value {
    let (namespace, name) = (&service["metadata"]["namespace"], &service["metadata"]["name"]);
    let node = &speaker["spec"]["nodeName"];
    json!({
        "apiVersion": "metallb.io/v1beta1", "kind": "ServiceL2Status",
        "metadata": {
            "name": format!("l2-{}", name.as_str().unwrap_or_default()), "namespace": NAMESPACE,
            "labels": { "metallb.io/node": node, "metallb.io/service-name": name, "metallb.io/service-namespace": namespace },
            "ownerReferences": owned_by(speaker),
        },
        "spec": {}, "status": { "node": node, "serviceName": name, "serviceNamespace": namespace },
    })
}

fn address(service: &Value) -> Option<u32> {
    let text = service["status"]["loadBalancer"]["ingress"][0]["ip"].as_str()?;
    text.parse::<Ipv4Addr>().ok().map(u32::from)
}

fn name_of(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}
