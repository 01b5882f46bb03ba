//! What lies in a Namespace, or is of the kind that a CustomResourceDefinition defines: what goes when that goes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::target::Target;

/// What a look at everything in a container has found, and what could not be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    pub items: Vec<Item>,
    pub unseen: Vec<Unseen>,
    /// The kinds that were looked at: an owner of one of these that was not found does not exist any more.
    pub kinds: BTreeSet<String>,
}

/// One object, as far as it matters whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    pub target: Target,
    /// As kubectl takes it: `deployments.apps`.
    pub resource: String,
    pub uid: String,
    pub owners: Vec<Owner>,
    pub labels: BTreeMap<String, String>,
    /// The ServiceAccount whose token it is.
    pub token_of: Option<String>,
    /// Who holds it, if it is a Lease.
    pub holder: Option<String>,
    /// It is on its way out already.
    pub going: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub kind: String,
    pub uid: String,
}

/// A resource that could not be listed; something may be there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unseen {
    pub group: String,
    /// `*` where not even the names of the group's resources are known.
    pub resource: String,
    pub why: String,
    /// The user lacks the right to list it.
    pub forbidden: bool,
}

const TOKEN_OF: &str = "kubernetes.io/service-account.name";

impl Item {
    /// From an object of a list, or from its metadata alone.
    pub fn of(target: Target, resource: &str, object: &Value) -> Item {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let list = |pointer: &str| object.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
        let map = |pointer: &str| object.pointer(pointer).and_then(Value::as_object);
        let labels = map("/metadata/labels").into_iter().flatten();
        Item {
            target,
            resource: resource.to_owned(),
            uid: text("/metadata/uid").unwrap_or_default(),
            owners: list("/metadata/ownerReferences").filter_map(owner).collect(),
            labels: labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect(),
            token_of: map("/metadata/annotations")
                .and_then(|annotations| annotations.get(TOKEN_OF)?.as_str().map(str::to_owned)),
            holder: text("/spec/holderIdentity"),
            going: text("/metadata/deletionTimestamp").is_some(),
        }
    }
}

fn owner(reference: &Value) -> Option<Owner> {
    let text = |key: &str| reference.get(key)?.as_str().map(str::to_owned);
    Some(Owner { kind: text("kind")?, uid: text("uid")? })
}

/// As kubectl names it: `deployments.apps`.
impl std::fmt::Display for Unseen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dot = if self.group.is_empty() { "" } else { "." };
        write!(f, "{}{dot}{} ({})", self.resource, self.group, self.why)
    }
}
