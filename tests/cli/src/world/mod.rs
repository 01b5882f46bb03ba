//! A cluster that lives: Deployments roll out, Services find their pods, APIServices become available, metrics arrive.
//!
//! What a pod of metrics-server does follows from its arguments and from the kubelets, as it would on a real cluster, but at once.
//! A scenario says what the cluster is like, and the state of every object follows.

mod behaviour;
mod certificates;
pub mod metallb;
mod metrics;
mod rollout;
mod serving;

use serde_json::Value;

use crate::api::{Api, Store};
use crate::objects::node;

/// How metrics-server fares with the kubelets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kubelets {
    /// Their certificates name no IP address, as those of a new kubeadm cluster.
    SelfSigned,
    /// Their certificates are signed by the cluster.
    Signed,
    UnknownAuthority,
    Expired,
    NotYetValid,
    /// They have asked for certificates, and serve with those that are approved.
    Bootstrap,
    NoSuchHost,
    /// They answer with this status, such as `403 Forbidden`.
    Answer(String),
    /// A request to them fails with this error.
    Fail(String),
}

/// What keeps the pods of metrics-server from doing their work, apart from arguments and kubelets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// The kubelet's reason and message: `ErrImagePull` or `ImagePullBackOff`.
    NoImage {
        reason: String,
        message: String,
    },
    Unschedulable(String),
    /// It has just started: it is not ready, and has written nothing yet that tells why.
    Silent,
    /// It does not believe the API server's front proxy.
    FrontProxy,
    /// The API server cannot reach the pods' addresses.
    Unreachable,
}

/// For how many seconds the pods of the beginning have been running.
const SECONDS: i64 = 3;
const MINUTES: i64 = 15 * 60;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    pub kubelets: Kubelets,
    pub trouble: Trouble,
}

impl Default for World {
    /// The lecture's cluster.
    fn default() -> World {
        World { kubelets: Kubelets::SelfSigned, trouble: Trouble::None }
    }
}

impl World {
    pub fn with_kubelets(kubelets: Kubelets) -> World {
        World { kubelets, ..World::default() }
    }

    pub fn in_trouble(trouble: Trouble) -> World {
        World { trouble, ..World::default() }
    }

    /// A stage on which this world lives, with three nodes, a pod of the lecture's and these objects.
    pub fn stage(self, objects: impl IntoIterator<Item = Value>) -> Api {
        let api = Api::with(nodes());
        let work = crate::objects::pod::plain("default", "web", &nodes()[1]);
        api.change(|store| {
            store.put(work);
            store.put_all(objects);
        });
        self.live(&api);
        api
    }

    /// Brings a stage to life.
    pub fn live(self, api: &Api) {
        // What is there in the beginning has been there for a while; what comes later is new.
        let mut age = if self.trouble == Trouble::Silent { SECONDS } else { MINUTES };
        api.controller(move |store| self.round(store, std::mem::take(&mut age)));
    }

    /// Everything that the cluster's components do about the present state.
    fn round(&self, store: &mut Store, age: i64) {
        certificates::issue(store);
        rollout::all(self, store, age);
        serving::all(self, store);
        metrics::all(self, store);
    }
}

/// A control plane node and two workers.
pub fn nodes() -> Vec<Value> {
    [("lab-1", "172.30.0.2"), ("lab-2", "172.30.0.3"), ("lab-3", "172.30.0.4")]
        .map(|(name, address)| node::ready(name, address))
        .to_vec()
}

/// Puts an object unless it says the same as the one there, times apart; whether it did.
fn put_if_new(store: &mut Store, resource: &str, object: Value) -> bool {
    let name = full_name(&object);
    let same = store.get(resource, &name).is_some_and(|present| says_the_same(present, &object));
    if !same {
        store.put(object);
    }
    !same
}

fn full_name(object: &Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    }
}

/// Whether all that `wanted` says is in `present`, points in time apart.
fn says_the_same(present: &Value, wanted: &Value) -> bool {
    match (present, wanted) {
        (Value::Object(present), Value::Object(wanted)) => wanted.iter().all(|(key, value)| {
            let is_time = ["Time", "Timestamp", "timestamp", "At"].iter().any(|end| key.ends_with(end));
            is_time || says_the_same(present.get(key).unwrap_or(&Value::Null), value)
        }),
        (Value::Array(present), Value::Array(wanted)) => {
            present.len() == wanted.len()
                && present.iter().zip(wanted).all(|(present, wanted)| says_the_same(present, wanted))
        }
        _ => present == wanted,
    }
}
