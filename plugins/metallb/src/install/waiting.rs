//! What an installation still waits for, or why waiting is of no use.

use k8s_openapi::api::core::v1::Pod;
use lab::Seen;
use lab_plan::{Condition, Plan, Progress, Refusal, Target, stuck};
use serde_json::Value;

use crate::present::Present;

/// `None` once MetalLB is up.
pub fn plan(present: &Present) -> Option<Plan> {
    if !present.kinds {
        return Some(Plan::wait("the API server does not serve MetalLB's kinds yet"));
    }
    controller(present).or_else(|| speaker(present)).or_else(|| present.webhook.waits_for().map(Plan::wait))
}

pub fn controller(present: &Present) -> Option<Plan> {
    let live = present.controller.as_ref().map(|seen| &seen.raw);
    workload(present, "Deployment", "controller", live, &present.controller_pods)
}

pub fn speaker(present: &Present) -> Option<Plan> {
    let live = present.speaker.as_ref().map(|seen| &seen.raw);
    workload(present, "DaemonSet", "speaker", live, &present.speaker_pods)
}

fn workload(present: &Present, kind: &str, name: &str, live: Option<&Value>, pods: &[Seen<Pod>]) -> Option<Plan> {
    let target = Target::namespaced("apps/v1", kind, present.namespace(), name);
    let Some(live) = live else { return Some(Plan::wait(format!("{target} is not there yet"))) };
    match progress(live, pods) {
        Progress::Done => None,
        Progress::Waiting(why) => Some(Plan::wait(format!("{target}: {why}"))),
        Progress::Hopeless(why) => {
            let line = format!("kubectl -n {} get pods -o wide", present.namespace());
            let refusal = Refusal::cannot_mend(format!("{target} will not get there: {why}"));
            Some(Plan::refuse(refusal.hint(format!("see its pods with: {line}"))))
        }
    }
}

fn progress(live: &Value, pods: &[Seen<Pod>]) -> Progress {
    let found = Condition::RolledOut.judge(Some(live));
    let Progress::Waiting(why) = found else { return found };
    let pods: Vec<Value> = pods.iter().map(|pod| pod.raw.clone()).collect();
    match stuck(live, &pods).map(|stuck| stuck.progress) {
        Some(Progress::Waiting(reason)) => Progress::Waiting(format!("{why}; {reason}")),
        Some(Progress::Hopeless(reason)) => Progress::Hopeless(reason),
        Some(Progress::Done) | None => Progress::Waiting(why),
    }
}
