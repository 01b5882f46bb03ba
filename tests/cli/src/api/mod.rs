//! A small Kubernetes API server for tests, on 127.0.0.1.
//!
//! It keeps objects and answers for them as a real server does. On top of that a scenario scripts answers of its own
//! ([`Api::on`]), what happens after a request ([`Api::after`]), and what always happens ([`Api::controller`]). A request that
//! nobody thought of fails the test in the end, and so does a rule that was never used.

mod answer;
pub mod clock;
mod defaults;
mod discovery;
mod exec;
mod history;
mod kinds;
mod log;
mod managed;
mod metadata;
mod patch;
mod pattern;
mod read;
mod rights;
mod route;
mod script;
mod seen;
mod selector;
mod server;
mod state;
mod status;
mod store;
mod wire;
mod write;

use std::time::Duration;

use serde_json::{Value, json};

pub use exec::Ran;
pub use route::collection_path;
pub use script::Answer;
pub use seen::Seen;
pub use store::Store;
pub use wire::{Request, Response};

use pattern::Pattern;
use script::Times;
use server::Server;

/// A running server. Dropping it checks the scenario; see [`Api::finish`].
#[must_use]
pub struct Api {
    server: Server,
    finished: bool,
}

impl Api {
    /// Starts a server with what every cluster has: the four namespaces and the server's own APIServices.
    ///
    /// # Panics
    /// If no port can be had.
    pub fn start() -> Api {
        let server = Server::start().unwrap_or_else(|error| panic!("could not start the scripted API: {error}"));
        let api = Api { server, finished: false };
        api.change(|store| {
            store.put_all(["default", "kube-node-lease", "kube-public", "kube-system"].map(namespace));
            store.put_all(kinds::local_group_versions().into_iter().map(local_service));
        });
        api
    }

    /// A server that has these objects too.
    pub fn with(objects: impl IntoIterator<Item = Value>) -> Api {
        let api = Api::start();
        api.change(|store| store.put_all(objects));
        api
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    pub fn port(&self) -> u16 {
        self.server.address.port()
    }

    /// Changes the cluster, as others in it do.
    pub fn change<T>(&self, change: impl FnOnce(&mut Store) -> T) -> T {
        let mut state = self.server.shared.lock();
        let made = change(&mut state.store);
        state.settle();
        drop(state);
        self.server.shared.ring();
        made
    }

    /// An object as it is now: `get("deployments.apps", "kube-system/metrics-server")`.
    pub fn get(&self, resource: &str, name: &str) -> Option<Value> {
        self.server.shared.lock().store.get(resource, name).cloned()
    }

    /// The version that the server says it is, such as `v1.33.13`.
    pub fn version(&self, version: &str) {
        self.server.shared.lock().version = Some(version.into());
    }

    /// Takes a right from the user: `deny("patch", "deployments.apps", Some("kube-system"))`; everywhere if there is no namespace.
    pub fn deny(&self, verb: &str, resource: &str, namespace: Option<&str>) {
        self.server.shared.lock().rights.deny(verb, resource, namespace);
    }

    /// Begins a rule about requests (see the form of [`Pattern`]'s text): `api.on("patch /apis/apps/**").first(1).answer(…)`.
    pub fn on(&self, pattern: &str) -> On<'_> {
        On { api: self, pattern: Pattern::new(pattern), times: Times::Always }
    }

    /// Begins a rule about what follows a successful request: `api.after("get /apis/**").nth(1).then(|store, request| …)`.
    /// It has happened before the client has its answer, which shows the state before it.
    pub fn after(&self, pattern: &str) -> After<'_> {
        After { api: self, pattern: Pattern::new(pattern), times: Times::Always, delay: Duration::ZERO }
    }

    /// Adds something that runs now and after every change, until nothing changes any more.
    pub fn controller(&self, controller: impl FnMut(&mut Store) + Send + 'static) {
        let mut state = self.server.shared.lock();
        state.controllers.push(Box::new(controller));
        state.settle();
        drop(state);
        self.server.shared.ring();
    }

    /// The requests so far.
    pub fn seen(&self) -> Seen {
        Seen::new(self.server.shared.lock().requests.clone())
    }

    /// What would make the scenario fail if it ended now.
    pub fn complaints(&self) -> Vec<String> {
        let state = self.server.shared.lock();
        let unexpected = state.unexpected.iter().map(|what| format!("unexpected: {what}"));
        let unused = state.script.unused();
        unexpected.chain(unused.into_iter().map(|rule| format!("never happened: {rule}"))).collect()
    }

    /// Stops the server.
    ///
    /// # Panics
    /// If there was a request that nobody thought of, or a rule that was never used.
    pub fn finish(mut self) {
        self.end();
    }

    /// Stops the server without judging, and says what [`Api::finish`] would have complained about.
    pub fn stop(mut self) -> Vec<String> {
        self.finished = true;
        self.server.stop();
        self.complaints()
    }

    fn end(&mut self) {
        self.finished = true;
        self.server.stop();
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "the scenario did not go as it was written:\n  {}", complaints.join("\n  "));
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.server.stop();
        } else if !self.finished {
            self.end();
        }
    }
}

/// A rule about answers, half said.
#[must_use]
pub struct On<'a> {
    api: &'a Api,
    pattern: Pattern,
    times: Times,
}

impl On<'_> {
    /// Only the n-th such request, counted from 1.
    pub fn nth(mut self, n: usize) -> Self {
        self.times = Times::Nth(n);
        self
    }

    /// Only the first n such requests.
    pub fn first(mut self, n: usize) -> Self {
        self.times = Times::First(n);
        self
    }

    pub fn answer(self, answer: Answer) {
        self.api.server.shared.lock().script.answer(self.pattern, self.times, answer);
    }
}

/// A rule about what follows, half said.
#[must_use]
pub struct After<'a> {
    api: &'a Api,
    pattern: Pattern,
    times: Times,
    delay: Duration,
}

impl After<'_> {
    /// Only the n-th such request, counted from 1.
    pub fn nth(mut self, n: usize) -> Self {
        self.times = Times::Nth(n);
        self
    }

    /// Only the first n such requests.
    pub fn first(mut self, n: usize) -> Self {
        self.times = Times::First(n);
        self
    }

    /// Not at once, but this much later (then it happens once only).
    pub fn later(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub fn then(self, effect: impl FnMut(&mut Store, &Request) + Send + 'static) {
        self.api.server.shared.lock().script.effect(self.pattern, self.times, self.delay, Box::new(effect));
    }
}

fn namespace(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}, "creationTimestamp": clock::ago(40 * 86_400)},
        "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
    })
}

fn local_service((group, version): (&str, &str)) -> Value {
    let condition = json!({
        "type": "Available", "status": "True", "reason": "Local", "message": "Local APIServices are always available",
        "lastTransitionTime": clock::ago(40 * 86_400),
    });
    json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {
            "name": format!("{version}.{group}"), "labels": {"kube-aggregator.kubernetes.io/automanaged": "onstart"},
            "creationTimestamp": clock::ago(40 * 86_400),
        },
        "spec": {"group": group, "version": version, "groupPriorityMinimum": 17_800, "versionPriority": 15},
        "status": {"conditions": [condition]},
    })
}
