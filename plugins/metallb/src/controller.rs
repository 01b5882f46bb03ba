//! Whether MetalLB's controller is at work, which alone gives addresses to Services and takes them back.

use lab_plan::{Condition, Settle, Target};
use lab_topics::service::why_not_ready;

use crate::present::Present;
use crate::release::Behaviour;
use crate::resources::name;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Down {
    pub why: String,
    /// It does not come up by itself.
    pub for_good: bool,
}

/// Why it is not at work; `None` where it is.
pub fn down(present: &Present) -> Option<Down> {
    let Some(deployment) = &present.controller else {
        return Some(Down { why: "there is no Deployment of MetalLB's controller".into(), for_good: true });
    };
    let target = target(present);
    if deployment.object.spec.replicas == Some(0) {
        return Some(Down { why: format!("{target} is scaled to 0"), for_good: true });
    }
    let reasons: Vec<Option<String>> = present.controller_pods.iter().map(|pod| why_not_ready(&pod.object)).collect();
    if reasons.iter().any(Option::is_none) {
        return None;
    }
    let pods = present.controller_pods.iter().zip(reasons.into_iter().flatten());
    let named = pods.map(|(pod, why)| format!("pod {}: {why}", name(&pod.object.metadata))).next();
    let why = format!("{target} is not ready: {}", named.unwrap_or_else(|| "it has no pod".into()));
    Some(Down { why, for_good: false })
}

pub fn target(present: &Present) -> Target {
    let controller = present.controller.as_ref().map_or("controller", |seen| name(&seen.object.metadata));
    Target::namespaced("apps/v1", "Deployment", present.namespace(), controller)
}

/// Before 0.14 it goes on with a pool that is gone as long as a Service has an address of it, until it starts anew.
pub fn keeps_pools_in_use(present: &Present) -> bool {
    present.version().is_some_and(|version| Behaviour::of(version).keeps_pools_in_use)
}

pub fn restart(present: &Present) -> [Settle; 2] {
    let target = target(present);
    [Settle::Restart(target.clone()), Settle::Until(Condition::RolledOut, target)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seen::seen;
    use serde_json::json;

    fn present(replicas: i32, ready: &[&str]) -> Present {
        let pods = ready.iter().map(|ready| {
            let status = json!({ "conditions": [{ "type": "Ready", "status": ready }], "phase": "Running" });
            seen(json!({ "metadata": { "name": "controller-1" }, "status": status }))
        });
        Present {
            controller: Some(seen(json!({
                "metadata": { "name": "controller", "namespace": "metallb-system" },
                "spec": { "replicas": replicas, "selector": {}, "template": {} },
            }))),
            controller_pods: pods.collect(),
            ..Present::default()
        }
    }

    #[test]
    fn one_ready_pod_is_enough() {
        assert_eq!(down(&present(1, &["True"])), None);
        assert_eq!(down(&present(2, &["False", "True"])), None);
    }

    #[test]
    fn says_why_it_is_down_and_whether_that_stays() {
        let found =
            [present(1, &["False"]), present(1, &[]), present(0, &[]), Present::default()].map(|p| down(&p).unwrap());
        assert_eq!(found.each_ref().map(|down| down.for_good), [false, false, true, true]);
        assert!(found[0].why.contains("pod controller-1"), "{found:?}");
        assert_eq!(found[2].why, "Deployment metallb-system/controller is scaled to 0");
    }
}
