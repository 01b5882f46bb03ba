//! One change: a place in an object, its value before and its value after.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::declared::{contains, declared};
use crate::member;
use crate::path::Path;
use crate::target::Target;
use crate::yaml_error::YamlError;
use crate::yaml_in::{Splice, yaml_edit, yaml_value};

/// Written on every object that a run creates, so that a later look can tell whose it is.
pub const RUN_ANNOTATION: &str = "kubectl-lab/run-id";

/// By this name the API server keeps account of what we write.
pub const FIELD_MANAGER: &str = "kubectl-lab";

/// Where in an object a change takes place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// The object itself: it is created or deleted.
    Whole,
    /// What we declare of the object by server-side apply; `before` is what we declared so far, `after` a whole manifest.
    /// With `adopt`, what these managers declared in their ways becomes ours first.
    Declared {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        adopt: Vec<String>,
    },
    /// One value.
    At(Path),
    /// One element of a list of plain values, such as an argument of a container. The list as a whole belongs to
    /// others; only this element is ours. `position` says where a new one goes, `occurrence` which of several equal
    /// ones is meant (0 is the first), `equals` how many others had the same text, and `rivals` how many were the same
    /// argument with another value.
    Member {
        list: Path,
        position: usize,
        #[serde(default)]
        occurrence: usize,
        #[serde(default)]
        equals: usize,
        #[serde(default)]
        rivals: usize,
    },
    /// One value inside a text that is a YAML document, such as a ConfigMap's `data["config.conf"]`. The rest of the
    /// text belongs to others, byte by byte; `splice` is how the change is written in it.
    YamlIn {
        text: Path,
        yaml: Path,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        splice: Option<Splice>,
    },
}

/// A place, its value before and after; `None` means absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    pub target: Target,
    /// The object that was looked at; another of the same name is not it. `None` where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    pub place: Place,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "even_null")]
    pub before: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "even_null")]
    pub after: Option<Value>,
}

/// What a live object says about a change.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    Before,
    After,
    /// Neither: somebody else's value, or the place is gone.
    Other(Option<Value>),
}

/// Which request a change amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Create,
    Declare,
    Patch,
    Delete,
}

impl Change {
    /// An object that does not exist yet.
    pub fn create(target: Target, object: Value) -> Change {
        Change { target, uid: None, place: Place::Whole, before: None, after: Some(object) }
    }

    /// The object as it was seen; another one of that name, or a newer version of it, is not deleted. What it said is not
    /// kept: nobody makes it again.
    pub fn delete(target: Target, seen: &Value) -> Change {
        let version = seen.pointer("/metadata/resourceVersion").cloned().unwrap_or_default();
        let before = Some(json!({ "metadata": { "resourceVersion": version } }));
        Change { target, uid: uid(seen).map(str::to_owned), place: Place::Whole, before, after: None }
    }

    /// Another manifest in the place of the one that we declared of the object as it was seen.
    pub fn declare(target: Target, seen: &Value, adopt: Vec<String>, manifest: Value) -> Change {
        let managers: Vec<&str> = std::iter::once(FIELD_MANAGER).chain(adopt.iter().map(String::as_str)).collect();
        let before = Some(declared(seen, &managers));
        let uid = uid(seen).map(str::to_owned);
        Change { target, uid, place: Place::Declared { adopt }, before, after: Some(manifest) }
    }

    /// A value at a path of the object as it was seen; `None` takes it away.
    pub fn set(target: Target, seen: &Value, path: Path, after: Option<Value>) -> Change {
        let before = path.get(seen).cloned();
        Change { target, uid: uid(seen).map(str::to_owned), place: Place::At(path), before, after }
    }

    /// A new last element of a list of plain values.
    pub fn append(target: Target, seen: &Value, list: Path, element: Value) -> Change {
        let elements = member::elements(&list, seen);
        let equals = member::count(elements, &element);
        let rivals = member::rivals(elements, &element);
        let place = Place::Member { position: elements.len(), occurrence: equals, equals, rivals, list };
        Change { target, uid: uid(seen).map(str::to_owned), place, before: None, after: Some(element) }
    }

    /// Another value for the element at `index`; `None` takes it away.
    pub fn member(target: Target, seen: &Value, list: Path, index: usize, after: Option<Value>) -> Change {
        let elements = member::elements(&list, seen);
        let before = elements.get(index).cloned();
        let ours = before.clone().unwrap_or_default();
        let occurrence = member::count(&elements[..index.min(elements.len())], &ours);
        let equals = member::count(elements, &ours).saturating_sub(1);
        let place =
            Place::Member { position: index, occurrence, equals, rivals: member::rivals(elements, &ours), list };
        Change { target, uid: uid(seen).map(str::to_owned), place, before, after }
    }

    /// A value inside the YAML text at `text`; `None` takes it away.
    pub fn yaml_in(
        target: Target,
        seen: &Value,
        text: Path,
        yaml: Path,
        after: Option<Value>,
    ) -> Result<Change, YamlError> {
        let present = text.get(seen).and_then(Value::as_str).ok_or(YamlError::Empty)?;
        let before = yaml_value(present, &yaml)?;
        let splice = Some(yaml_edit(present, &yaml, after.as_ref(), None)?.splice);
        let place = Place::YamlIn { text, yaml, splice };
        Ok(Change { target, uid: uid(seen).map(str::to_owned), place, before, after })
    }

    pub fn kind(&self) -> Kind {
        match (&self.place, &self.before) {
            (Place::Whole, None) => Kind::Create,
            (Place::Whole, Some(_)) => Kind::Delete,
            (Place::Declared { .. }, _) => Kind::Declare,
            _ => Kind::Patch,
        }
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let place = match &self.place {
            Place::YamlIn { text, yaml, splice } => {
                Place::YamlIn { text: text.clone(), yaml: yaml.clone(), splice: splice.as_ref().map(Splice::inverse) }
            }
            other => other.clone(),
        };
        Change { place, before: self.after.clone(), after: self.before.clone(), ..self.clone() }
    }

    /// Whether the change is still to be made, is made, or somebody else's value stands there.
    pub fn state(&self, live: Option<&Value>) -> State {
        match (&self.place, live) {
            (Place::Whole, live) => self.whole_state(live),
            (_, None) => State::Other(None),
            (_, Some(live)) if self.uid.is_some() && uid(live) != self.uid.as_deref() => State::Other(None),
            (Place::At(path), Some(live)) => self.value_state(path.get(live)),
            (Place::Declared { .. }, Some(live)) => {
                let says = |manifest: &Option<Value>| manifest.as_ref().is_some_and(|it| contains(live, it));
                if says(&self.after) {
                    State::After
                } else if says(&self.before) {
                    State::Before
                } else {
                    State::Other(None)
                }
            }
            (Place::Member { list, equals, rivals, .. }, Some(live)) => {
                match list.get(live).and_then(Value::as_array) {
                    Some(list) => member::state(list, self.before.as_ref(), self.after.as_ref(), *equals, *rivals),
                    None => State::Other(list.get(live).cloned()),
                }
            }
            (Place::YamlIn { text, yaml, .. }, Some(live)) => {
                let present = text.get(live);
                match present.and_then(Value::as_str).map(|present| yaml_value(present, yaml)) {
                    Some(Ok(found)) => self.value_state(found.as_ref()),
                    // A text that cannot be read has no value of ours in it; the text itself is what somebody made.
                    _ => State::Other(present.cloned()),
                }
            }
        }
    }

    fn value_state(&self, found: Option<&Value>) -> State {
        if found == self.before.as_ref() {
            State::Before
        } else if found == self.after.as_ref() {
            State::After
        } else {
            State::Other(found.cloned())
        }
    }

    fn whole_state(&self, live: Option<&Value>) -> State {
        match (live, self.kind()) {
            (None, Kind::Create) => State::Before,
            (None, _) => State::After,
            (Some(live), Kind::Create)
                if run_id(live).is_some() && run_id(live) == self.after.as_ref().and_then(run_id) =>
            {
                State::After
            }
            (Some(live), Kind::Delete) if self.uid.is_none() || uid(live) == self.uid.as_deref() => State::Before,
            (Some(live), _) => State::Other(Some(live.clone())),
        }
    }
}

/// `null` is a value that can stand in an object; absence is the missing key.
fn even_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn uid(object: &Value) -> Option<&str> {
    object.pointer("/metadata/uid")?.as_str()
}

fn run_id(object: &Value) -> Option<&str> {
    object.pointer("/metadata/annotations")?.get(RUN_ANNOTATION)?.as_str()
}
