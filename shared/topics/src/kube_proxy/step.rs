//! The step that sets strictARP, and the restart by which it settles.

use lab_plan::{Condition, Settle, Step};

use super::configuration::{Place, StrictArp, Trouble};
use super::facts::daemon_set;

pub const WRITE: &str = "set-strict-arp";
pub const RESTART: &str = "restart-kube-proxy";

pub fn write(place: &Place<'_>, on: bool, why: impl Into<String>) -> Result<Step, Trouble> {
    let title = format!("set ipvs.strictARP to {on} in {} (key {})", place.target(), place.key);
    Ok(Step::new(WRITE, title, why, vec![place.change(on)?]))
}

/// Where the configuration is as it should be, and what runs is older.
pub fn restart() -> Step {
    let why = "the configuration was changed after its pods were started, and kube-proxy reads it only at its start";
    with_restart(Step::new(RESTART, restart_title(), why, Vec::new()))
}

pub fn restart_title() -> String {
    format!("restart {}", daemon_set())
}

/// kube-proxy reads its configuration only at its start.
#[must_use]
pub fn with_restart(step: Step) -> Step {
    let set = daemon_set();
    step.settle([Settle::Restart(set.clone()), Settle::Until(Condition::RolledOut, set)]).or_take_back()
}

/// Why the value has to be another one where kube-proxy is in ipvs mode.
pub fn why_in_ipvs_mode(value: &StrictArp, on: bool) -> String {
    match (value, on) {
        (StrictArp::Other(other), _) => format!("it is {other}, which kube-proxy does not take for a boolean"),
        (_, true) => {
            "in ipvs mode every node answers ARP for every LoadBalancer address, unless strictARP is on".into()
        }
        (_, false) => "in ipvs mode it decides whether nodes answer ARP for LoadBalancer addresses".into(),
    }
}
