//! What `gather` has seen, as plain values, and how far the removal is.

use lab_plan::{Contents, Target};
use serde_json::Value;

use crate::inventory::Ours;
use crate::present::Present;
use crate::services::LoadBalancer;

#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub present: Present,
    /// Those of type LoadBalancer.
    pub services: Vec<LoadBalancer>,
    /// What bears our label.
    pub ours: Vec<Ours>,
    /// What is MetalLB's by its name and does not bear our label, where not all of MetalLB does.
    pub unlabelled: Vec<Ours>,
    /// What would go along with Namespaces and kinds, as far as their turn has come, or nothing was removed yet.
    pub contents: Vec<(Target, Contents)>,
    /// Pods of MetalLB that still run.
    pub pods: Vec<String>,
    /// This run has removed something already.
    pub wrote: bool,
}

impl Facts {
    /// All that has to go, pools and advertisements apart, in the order in which it was applied.
    pub fn parts(&self) -> impl Iterator<Item = &Ours> {
        self.ours.iter().chain(&self.unlabelled)
    }

    pub fn is_anything_there(&self) -> bool {
        self.present.is_there() || self.parts().next().is_some()
    }
}

/// What takes others along.
pub const NAMESPACE: &str = "Namespace";
pub const DEFINITION: &str = "CustomResourceDefinition";
pub const WEBHOOK: &str = "ValidatingWebhookConfiguration";

/// It was deleted, and something still holds it.
pub fn is_going(live: &Value) -> bool {
    live.pointer("/metadata/deletionTimestamp").is_some()
}

/// Where the removal stands. Each stage has a look of its own before it, because what comes before may take a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Pools,
    Kinds,
    Workloads,
    Namespace,
    Done,
}

pub fn stage(facts: &Facts) -> Stage {
    if !facts.present.pools.is_empty() || !facts.present.l2_advertisements.is_empty() {
        return Stage::Pools;
    }
    let left = |wanted: &dyn Fn(&str) -> bool| facts.parts().any(|part| wanted(&part.target.kind));
    if left(&|kind| kind == WEBHOOK || kind == DEFINITION) {
        Stage::Kinds
    } else if left(&|kind| kind != NAMESPACE) {
        Stage::Workloads
    } else if left(&|kind| kind == NAMESPACE) || !facts.pods.is_empty() {
        Stage::Namespace
    } else {
        Stage::Done
    }
}
