//! Is MetalLB there, and does its controller run, which gives out the addresses?

use lab_topics::service::why_not_ready;

use super::{Case, Hop, Id};
use crate::present::Present;
use crate::resources::name;

pub fn judge(case: &Case<'_>) -> Hop {
    let present = &case.world.present;
    if present.controller.is_none() {
        return without_controller(present);
    }
    let version = version(present);
    match not_running(present) {
        None => Hop::ok(Id::Controller, format!("{version}, its controller runs")).warn(warnings(present)),
        Some((why, hint)) if case.service.is_pending() => {
            Hop::failed(Id::Controller, format!("MetalLB's controller gives no address: {why}")).hint(hint)
        }
        Some((_, hint)) => Hop::ok(Id::Controller, version).warn(warnings(present)).hint(hint),
    }
}

pub fn version(present: &Present) -> String {
    present.version().map_or_else(|| "MetalLB of an unknown version".to_owned(), |version| format!("MetalLB {version}"))
}

fn without_controller(present: &Present) -> Hop {
    if present.is_there() {
        let said = "MetalLB is here by halves: there is no Deployment of its controller (label app=metallb)";
        return Hop::failed(Id::Controller, said).hint("kubectl lab metallb install");
    }
    Hop::failed(Id::Controller, "MetalLB is not installed").hint("kubectl lab metallb install")
}

/// Why, and the command that helps.
fn not_running(present: &Present) -> Option<(String, String)> {
    let object = &present.controller.as_ref()?.object;
    let (there, deployment) = (present.namespace(), name(&object.metadata));
    if object.spec.replicas == Some(0) {
        let hint = format!("kubectl -n {there} scale deployment {deployment} --replicas=1");
        return Some(("it is scaled to 0".into(), hint));
    }
    let ready = object.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or_default();
    if ready > 0 {
        return None;
    }
    let pods = present.controller_pods.iter().map(|seen| &seen.object);
    let trouble = pods.filter_map(|pod| Some((name(&pod.metadata), why_not_ready(pod)?))).next();
    let hint = |pod: &str| format!("kubectl -n {there} describe pod {pod}");
    Some(match trouble {
        Some((pod, why)) => (format!("pod {pod}: {why}"), hint(pod)),
        None => ("it has no pod".into(), format!("kubectl -n {there} describe deployment {deployment}")),
    })
}

/// What is worth a word about MetalLB itself, whatever the Service.
pub fn warnings(present: &Present) -> Vec<String> {
    let stays = |(why, _)| {
        format!("MetalLB's controller does not run ({why}): addresses that are given stay, new ones are not given")
    };
    let mut warnings: Vec<String> = not_running(present).map(stays).into_iter().collect();
    if let (Some(controller), Some(speaker)) = (present.version(), present.speaker_version())
        && controller != speaker
    {
        warnings.push(format!("the controller is of version {controller}, the speakers of {speaker}"));
    }
    warnings.extend(invalid_configuration(present));
    warnings
}

/// What MetalLB itself says of a configuration that it cannot use, where its release says so.
fn invalid_configuration(present: &Present) -> Vec<String> {
    let states = present.configuration_states.iter().map(|seen| &seen.object);
    let invalid = states.filter(|state| state.status.result.as_deref() == Some("Invalid"));
    let mut said: Vec<String> = invalid
        .map(|state| {
            let summary = state.status.error_summary.as_deref().unwrap_or("it does not say why");
            format!(
                "MetalLB cannot use its configuration ({}): {}",
                name(&state.metadata),
                lab::harmless::one_line(summary)
            )
        })
        .collect();
    said.sort();
    said
}
