//! What a step waits for once its changes are made, and how an object is judged against it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rollout::{available, rolled_out};
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
    /// A Deployment has as many pods that serve as it needs.
    Available,
    /// The API server serves the kind that a CustomResourceDefinition defines.
    Established,
    /// It was deleted, and nothing holds it back any more.
    Gone,
    /// A Service has no external address any more.
    Unassigned,
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
        match (self, live) {
            (Condition::Gone | Condition::Unassigned, None) => Progress::Done,
            (_, None) => Progress::Hopeless("it does not exist any more".into()),
            (Condition::Observed, Some(live)) => observed(live),
            (Condition::Issued, Some(live)) => issued(live),
            (Condition::RolledOut, Some(live)) => rolled_out(live),
            (Condition::Available, Some(live)) => available(live),
            (Condition::Established, Some(live)) => established(live),
            (Condition::Gone, Some(live)) => gone(live),
            (Condition::Unassigned, Some(live)) => unassigned(live),
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
    let message = |condition: &Value| message(condition).unwrap_or("no reason given").to_owned();
    if live.pointer("/status/certificate").and_then(Value::as_str).is_some_and(|text| !text.is_empty()) {
        Progress::Done
    } else if let Some(failed) = condition(live, "Failed") {
        Progress::Hopeless(format!("the signer failed: {}", message(failed)))
    } else if let Some(denied) = condition(live, "Denied") {
        Progress::Hopeless(format!("the request was denied: {}", message(denied)))
    } else {
        Progress::Waiting("the signer has not issued the certificate yet".into())
    }
}

fn established(live: &Value) -> Progress {
    let refused = condition(live, "NamesAccepted").filter(|condition| is(condition, "False"));
    match (refused, condition(live, "Established")) {
        (Some(refused), _) => {
            let why = message(refused).unwrap_or("no reason given");
            Progress::Hopeless(format!("its names are not accepted: {why}"))
        }
        (None, Some(established)) if is(established, "True") => Progress::Done,
        (None, Some(not_yet)) => {
            Progress::Waiting(format!("its kind is not served yet: {}", message(not_yet).unwrap_or("no reason given")))
        }
        (None, None) => Progress::Waiting("the API server has not looked at it yet".into()),
    }
}

fn unassigned(live: &Value) -> Progress {
    let ingress = live.pointer("/status/loadBalancer/ingress").and_then(Value::as_array);
    let Some(address) = ingress.and_then(|ingress| ingress.first()) else { return Progress::Done };
    let address = ["ip", "hostname"].iter().find_map(|key| address.get(key)?.as_str()).unwrap_or("an address");
    Progress::Waiting(format!("it still has {address}, which its load balancer takes back"))
}

/// What a Namespace or a CustomResourceDefinition says while it goes, the most telling first.
const WHAT_HOLDS: [&str; 6] = [
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceFinalizersRemaining",
    "NamespaceContentRemaining",
    "Terminating",
];

fn gone(live: &Value) -> Progress {
    if live.pointer("/metadata/deletionTimestamp").is_none() {
        return Progress::Hopeless("nothing deletes it; perhaps somebody has made it anew".into());
    }
    let said = WHAT_HOLDS.iter().filter_map(|name| condition(live, name));
    let said: Vec<&str> = said.filter(|condition| is(condition, "True")).filter_map(message).collect();
    if !said.is_empty() {
        return Progress::Waiting(format!("it is being deleted: {}", said.join(" ")));
    }
    let finalizers = live.pointer("/metadata/finalizers").and_then(Value::as_array);
    let finalizers: Vec<&str> = finalizers.into_iter().flatten().filter_map(Value::as_str).collect();
    let until = if finalizers.is_empty() {
        String::new()
    } else {
        format!("; it stays until these are through with it: {}", finalizers.join(", "))
    };
    Progress::Waiting(format!("it is being deleted{until}"))
}

fn condition<'o>(object: &'o Value, name: &str) -> Option<&'o Value> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|condition| condition.get("type").and_then(Value::as_str) == Some(name))
}

fn is(condition: &Value, status: &str) -> bool {
    condition.get("status").and_then(Value::as_str) == Some(status)
}

fn message(condition: &Value) -> Option<&str> {
    condition.get("message").and_then(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(conditions: &Value) -> Value {
        json!({ "metadata": { "deletionTimestamp": "2026-11-22T22:00:00Z" }, "status": { "conditions": conditions } })
    }

    #[test]
    fn what_does_not_exist_is_gone_and_nothing_else() {
        assert_eq!(Condition::Gone.judge(None), Progress::Done);
        for condition in [Condition::Observed, Condition::Issued, Condition::RolledOut, Condition::Established] {
            assert_eq!(condition.judge(None), Progress::Hopeless("it does not exist any more".into()));
        }
    }

    #[test]
    fn a_namespace_says_what_it_still_waits_for() {
        let namespace = with(&json!([
            { "type": "NamespaceContentRemaining", "status": "True",
              "message": "Some resources are remaining: services. has 1 resource instances" },
            { "type": "NamespaceDeletionDiscoveryFailure", "status": "False", "message": "All resources discovered" },
            { "type": "NamespaceFinalizersRemaining", "status": "True",
              "message": "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances" },
        ]));
        let why = "it is being deleted: Some content in the namespace has finalizers remaining: example.com/hold in 1 \
                   resource instances Some resources are remaining: services. has 1 resource instances";
        assert_eq!(Condition::Gone.judge(Some(&namespace)), Progress::Waiting(why.into()));
    }

    #[test]
    fn what_is_held_by_finalizers_names_them() {
        let object = json!({ "metadata": { "deletionTimestamp": "x", "finalizers": ["foregroundDeletion"] } });
        let why = "it is being deleted; it stays until these are through with it: foregroundDeletion";
        assert_eq!(Condition::Gone.judge(Some(&object)), Progress::Waiting(why.into()));
    }

    #[test]
    fn what_nobody_deletes_is_not_waited_for() {
        let live = json!({ "metadata": { "uid": "new" } });
        assert!(matches!(Condition::Gone.judge(Some(&live)), Progress::Hopeless(why) if why.contains("made it anew")));
    }

    #[test]
    fn a_kind_is_established_once_it_is_served() {
        let judge = |conditions: &Value| Condition::Established.judge(Some(&with(conditions)));
        let accepted = json!({ "type": "NamesAccepted", "status": "True" });
        assert_eq!(judge(&json!([accepted, { "type": "Established", "status": "True" }])), Progress::Done);
        let installing = json!({ "type": "Established", "status": "False", "message": "not yet" });
        assert_eq!(
            judge(&json!([accepted, installing])),
            Progress::Waiting("its kind is not served yet: not yet".into())
        );
        assert!(matches!(judge(&json!([])), Progress::Waiting(_)));
        let refused = json!({ "type": "NamesAccepted", "status": "False", "message": "\"widgets\" is already in use" });
        assert_eq!(
            judge(&json!([refused])),
            Progress::Hopeless("its names are not accepted: \"widgets\" is already in use".into())
        );
    }
}
