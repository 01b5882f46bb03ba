//! Everything that a request can see or change, behind one lock.

use serde_json::{Value, json};

use super::rights::Rights;
use super::script::{Due, Script};
use super::store::Store;
use super::wire::Request;

/// Something that runs after every change, like the controllers of a cluster.
pub type Controller = Box<dyn FnMut(&mut Store) + Send>;

/// A controller that still changes things after so many rounds fights with itself.
const ROUNDS: usize = 50;

#[derive(Default)]
pub struct State {
    pub store: Store,
    pub script: Script,
    pub rights: Rights,
    pub requests: Vec<Request>,
    /// What nobody thought of.
    pub unexpected: Vec<String>,
    pub version: Option<String>,
    /// Effects that are to happen later.
    pub due: Vec<Due>,
    pub controllers: Vec<Controller>,
    pub stopped: bool,
}

impl State {
    /// What comes after a request: the scenario's effects, then the controllers.
    pub fn follow(&mut self, request: &Request) {
        let due = self.script.follow(request, &mut self.store);
        self.due.extend(due);
        self.settle();
    }

    /// Runs the controllers until they have nothing more to do.
    pub fn settle(&mut self) {
        for _ in 0..ROUNDS {
            let before = self.store.version();
            for controller in &mut self.controllers {
                controller(&mut self.store);
            }
            if self.store.version() == before {
                return;
            }
        }
        self.unexpected.push(format!("controllers that do not settle in {ROUNDS} rounds"));
    }

    pub fn version_info(&self) -> Value {
        let version = self.version.as_deref().unwrap_or("v1.37.2");
        let mut numbers = version.trim_start_matches('v').split('.');
        let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
        json!({
            "major": major, "minor": minor, "gitVersion": version, "gitCommit": "0000000000000000000000000000000000000000",
            "gitTreeState": "clean", "buildDate": "2026-10-27T00:00:00Z", "goVersion": "go1.26.8", "compiler": "gc",
            "platform": "linux/amd64",
        })
    }
}
