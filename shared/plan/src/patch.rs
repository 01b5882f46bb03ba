//! The JSON patch of changes, with the `test` operations that keep it from overwriting anything newer.
//!
//! The tests come from the object that the plan was made from: its uid, the name of every list element on the way,
//! and the value before. For a member of a list the whole list is tested, because positions mean nothing otherwise.
//! JSON patch cannot test that something is absent; there the nearest parent that exists is tested whole.

use std::fmt;

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation, TestOperation};
use serde_json::{Value, json};

use crate::change::{Change, Place};
use crate::member;
use crate::path::{Path, PathStep};
use crate::yaml_error::YamlError;
use crate::yaml_in::{Splice, yaml_edit, yaml_value};

/// The object is not as the change expects it.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    pub place: String,
    pub expected: Option<Value>,
    pub found: Option<Value>,
    /// Why it cannot be made, where the value alone does not tell.
    pub why: Option<String>,
}

/// One patch for all changes to one object, made against the object as it was seen.
pub fn patch<'c>(changes: impl IntoIterator<Item = &'c Change>, seen: &Value) -> Result<Patch, Mismatch> {
    let mut object = seen.clone();
    let mut operations = Vec::new();
    for (i, change) in changes.into_iter().enumerate() {
        let mut part = Vec::new();
        if i == 0 {
            part.extend(uid_test(change, &object)?);
        }
        part.extend(operations_of(change, &object)?);
        let part = Patch(part);
        json_patch::patch(&mut object, &part).map_err(|_| mismatch(change, None))?;
        operations.extend(part.0);
    }
    Ok(Patch(operations))
}

/// The object with the changes made; the same operations as [`patch`], so the two cannot disagree.
pub fn put<'c>(changes: impl IntoIterator<Item = &'c Change>, object: &Value) -> Result<Value, Mismatch> {
    let patch = patch(changes, object)?;
    let mut changed = object.clone();
    json_patch::patch(&mut changed, &patch).map_err(|error| Mismatch {
        place: error.path.to_string(),
        expected: None,
        found: None,
        why: None,
    })?;
    Ok(changed)
}

fn mismatch(change: &Change, found: Option<Value>) -> Mismatch {
    let place = match &change.place {
        Place::Whole | Place::Declared { .. } => "the object itself".to_owned(),
        Place::At(path) => path.to_string(),
        Place::Member { list, .. } => list.to_string(),
        Place::YamlIn { text, yaml, .. } => format!("{yaml} in {text}"),
    };
    Mismatch { place, expected: change.before.clone(), found, why: None }
}

fn uid_test(change: &Change, object: &Value) -> Result<Option<PatchOperation>, Mismatch> {
    let Some(uid) = &change.uid else { return Ok(None) };
    let found = object.pointer("/metadata/uid").cloned();
    if found.as_ref().and_then(Value::as_str) != Some(uid) {
        return Err(Mismatch { place: "metadata.uid".into(), expected: Some(json!(uid)), found, why: None });
    }
    Ok(Some(test(PointerBuf::from_tokens(["metadata", "uid"]), json!(uid))))
}

fn operations_of(change: &Change, object: &Value) -> Result<Vec<PatchOperation>, Mismatch> {
    match &change.place {
        Place::Whole | Place::Declared { .. } => Err(mismatch(change, None)),
        Place::At(path) => at(change, path, object),
        Place::Member { list, position, occurrence, .. } => member(change, list, *position, *occurrence, object),
        Place::YamlIn { text, yaml, splice } => yaml_in(change, text, yaml, splice.as_ref(), object),
    }
}

fn at(change: &Change, path: &Path, object: &Value) -> Result<Vec<PatchOperation>, Mismatch> {
    let walk = Walk::to(path, object);
    if walk.found.as_ref() != change.before.as_ref() {
        return Err(mismatch(change, walk.found));
    }
    let mut operations = walk.tests;
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            operations.push(test(walk.pointer.clone(), before.clone()));
            operations.push(replace(walk.pointer, after.clone()));
        }
        (Some(before), None) => {
            operations.push(test(walk.pointer.clone(), before.clone()));
            operations.push(PatchOperation::Remove(RemoveOperation { path: walk.pointer }));
        }
        (None, Some(after)) => {
            let (key, inner) = walk.missing.split_first().ok_or_else(|| mismatch(change, None))?;
            let parent = walk.parent.ok_or_else(|| mismatch(change, None))?;
            operations.push(test(walk.pointer.clone(), parent));
            let value = inner.iter().rev().fold(after.clone(), |value, key| json!({ key: value }));
            let mut pointer = walk.pointer;
            pointer.push_back(key.as_str());
            operations.push(PatchOperation::Add(AddOperation { path: pointer, value }));
        }
        (None, None) => {}
    }
    Ok(operations)
}

fn member(
    change: &Change,
    path: &Path,
    position: usize,
    occurrence: usize,
    object: &Value,
) -> Result<Vec<PatchOperation>, Mismatch> {
    let walk = Walk::to(path, object);
    let Some(Value::Array(list)) = &walk.found else { return Err(mismatch(change, walk.found)) };
    let mut operations = walk.tests;
    operations.push(test(walk.pointer.clone(), Value::Array(list.clone())));
    let index = match &change.before {
        Some(before) => member::find(list, before, occurrence).ok_or_else(|| mismatch(change, walk.found.clone()))?,
        None => position.min(list.len()),
    };
    let mut pointer = walk.pointer;
    pointer.push_back(index.to_string().as_str());
    match (&change.before, &change.after) {
        (Some(_), Some(after)) => operations.push(replace(pointer, after.clone())),
        (Some(_), None) => operations.push(PatchOperation::Remove(RemoveOperation { path: pointer })),
        (None, Some(after)) => {
            operations.push(PatchOperation::Add(AddOperation { path: pointer, value: after.clone() }));
        }
        (None, None) => {}
    }
    Ok(operations)
}

/// The whole text is tested, because it is replaced as a whole.
fn yaml_in(
    change: &Change,
    text: &Path,
    yaml: &Path,
    splice: Option<&Splice>,
    object: &Value,
) -> Result<Vec<PatchOperation>, Mismatch> {
    let walk = Walk::to(text, object);
    let Some(Value::String(present)) = &walk.found else { return Err(mismatch(change, walk.found)) };
    let because = |error: YamlError| Mismatch { why: Some(error.to_string()), ..mismatch(change, None) };
    let found = yaml_value(present, yaml).map_err(because)?;
    if found != change.before {
        return Err(mismatch(change, found));
    }
    let mut operations = walk.tests;
    if change.before != change.after {
        let edited = yaml_edit(present, yaml, change.after.as_ref(), splice).map_err(because)?;
        operations.push(test(walk.pointer.clone(), json!(present)));
        operations.push(replace(walk.pointer, json!(edited.text)));
    }
    Ok(operations)
}

/// The way through an object along a path, as far as it goes.
struct Walk {
    /// Pointer to the value, or to the nearest parent that exists.
    pointer: PointerBuf,
    /// The names of the list elements passed on the way, as tests.
    tests: Vec<PatchOperation>,
    found: Option<Value>,
    /// The keys that are not there yet, outermost first, and the parent they would go into.
    missing: Vec<String>,
    parent: Option<Value>,
}

impl Walk {
    fn to(path: &Path, object: &Value) -> Walk {
        let mut walk =
            Walk { pointer: PointerBuf::new(), tests: Vec::new(), found: None, missing: Vec::new(), parent: None };
        let mut value = object;
        for (i, step) in path.0.iter().enumerate() {
            let Some(next) = step.get(value) else {
                walk.missing = path.0[i..].iter().map_while(key_of).collect();
                // Only an object can take a missing key, and only keys can be made on the way.
                let possible = value.is_object() && walk.missing.len() == path.0.len() - i;
                walk.parent = possible.then(|| value.clone());
                return walk;
            };
            walk.enter(step, value);
            value = next;
        }
        walk.found = Some(value.clone());
        walk
    }

    fn enter(&mut self, step: &PathStep, list: &Value) {
        match step {
            PathStep::Key(key) => self.pointer.push_back(key.as_str()),
            PathStep::Element { field, value } => {
                self.pointer.push_back(step.index(list).unwrap_or_default().to_string().as_str());
                let mut name = self.pointer.clone();
                name.push_back(field.as_str());
                self.tests.push(test(name, json!(value)));
            }
        }
    }
}

fn key_of(step: &PathStep) -> Option<String> {
    match step {
        PathStep::Key(key) => Some(key.clone()),
        PathStep::Element { .. } => None,
    }
}

fn test(path: PointerBuf, value: Value) -> PatchOperation {
    PatchOperation::Test(TestOperation { path, value })
}

fn replace(path: PointerBuf, value: Value) -> PatchOperation {
    PatchOperation::Replace(ReplaceOperation { path, value })
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
        if let Some(why) = &self.why {
            return write!(f, "{}: {why}", self.place);
        }
        write!(f, "{} is {}, expected {}", self.place, show(&self.found), show(&self.expected))
    }
}

impl std::error::Error for Mismatch {}
