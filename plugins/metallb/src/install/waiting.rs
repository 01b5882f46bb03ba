//! What an installation still waits for, or why waiting is of no use.

use k8s_openapi::api::core::v1::Pod;
use lab::Seen;
use lab_plan::{Condition, Plan, Progress, Refusal, Target, stuck};
use serde_json::Value;

use crate::present::Present;

/// `None` once MetalLB is up.
pub fn plan(present: &Present) -> Option<Plan> {
    let namespace = present.namespace();
    if !present.kinds {
        return Some(Plan::wait("the API server does not serve MetalLB's kinds yet"));
    }
    let controller = present.controller.as_ref().map(|seen| &seen.raw);
    let speaker = present.speaker.as_ref().map(|seen| &seen.raw);
    let workloads = [
        (Target::namespaced("apps/v1", "Deployment", namespace, "controller"), controller, &present.controller_pods),
        (Target::namespaced("apps/v1", "DaemonSet", namespace, "speaker"), speaker, &present.speaker_pods),
    ];
    for (target, live, pods) in workloads {
        let Some(live) = live else { return Some(Plan::wait(format!("{target} is not there yet"))) };
        match progress(live, pods) {
            Progress::Done => {}
            Progress::Waiting(why) => return Some(Plan::wait(format!("{target}: {why}"))),
            Progress::Hopeless(why) => {
                let line = format!("kubectl -n {namespace} get pods -o wide");
                let refusal = Refusal::cannot_mend(format!("{target} will not get there: {why}"));
                return Some(Plan::refuse(refusal.hint(format!("see its pods with: {line}"))));
            }
        }
    }
    present.webhook.waits_for().map(Plan::wait)
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
