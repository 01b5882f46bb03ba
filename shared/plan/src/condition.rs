//! What a step waits for once its changes are made, and how an object is judged against it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rollout::rolled_out;
use crate::target::Target;

/// Done after the changes of a step, forwards and backwards alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Settle {
    /// New pods from the same template, by a fresh time in its annotations. Waiting for them is a settling of its own.
    Restart(Target),
    Until(Condition, Target),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Condition {
    /// The controller has taken note of the newest specification, so that its status speaks of that one.
    Observed,
    /// The signer has issued the certificate that was asked for.
    Issued,
    /// Every pod is made of the newest template, and available.
    RolledOut,
}

/// How far an object is on the way to a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    Done,
    Waiting(String),
    Hopeless(String),
}

impl Condition {
    pub fn judge(self, live: Option<&Value>) -> Progress {
        let Some(live) = live else { return Progress::Hopeless("it does not exist any more".into()) };
        match self {
            Condition::Observed => observed(live),
            Condition::Issued => issued(live),
            Condition::RolledOut => rolled_out(live),
        }
    }
}

fn observed(live: &Value) -> Progress {
    let wanted = live.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default();
    let seen = live.pointer("/status/observedGeneration").and_then(Value::as_i64).unwrap_or_default();
    if seen >= wanted {
        Progress::Done
    } else {
        Progress::Waiting(format!("its controller has seen generation {seen}, the newest is {wanted}"))
    }
}

fn issued(live: &Value) -> Progress {
    let has = |wanted: &str| {
        let conditions = live.pointer("/status/conditions").and_then(Value::as_array);
        conditions.into_iter().flatten().find(|c| c.get("type").and_then(Value::as_str) == Some(wanted)).cloned()
    };
    let message =
        |condition: &Value| condition.get("message").and_then(Value::as_str).unwrap_or("no reason given").to_owned();
    if live.pointer("/status/certificate").and_then(Value::as_str).is_some_and(|text| !text.is_empty()) {
        Progress::Done
    } else if let Some(failed) = has("Failed") {
        Progress::Hopeless(format!("the signer failed: {}", message(&failed)))
    } else if let Some(denied) = has("Denied") {
        Progress::Hopeless(format!("the request was denied: {}", message(&denied)))
    } else {
        Progress::Waiting("the signer has not issued the certificate yet".into())
    }
}
