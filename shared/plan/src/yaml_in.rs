//! One value inside a YAML text: reading it, and changing it without touching any other byte.
//!
//! An edit replaces one span of the text. What comes of it is parsed and compared with what was there: only the value
//! at the path may differ. Whatever fails that is refused.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::path::{Path, PathStep};
use crate::yaml_edit::{Proposal, propose, walk};
use crate::yaml_error::YamlError;
use crate::yaml_tree::{Document, Node, parse};

/// The letters that an edit took away and those that it put there. Kept with a change, so that taking it back restores
/// the very bytes: the quotes of `"false"`, or a map that was not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Splice {
    pub old: String,
    pub new: String,
}

impl Splice {
    #[must_use]
    pub fn inverse(&self) -> Self {
        Splice { old: self.new.clone(), new: self.old.clone() }
    }
}

/// An edited text, and what was done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    pub text: String,
    /// The byte at which the edit begins.
    pub at: usize,
    pub splice: Splice,
}

/// The value at `path`; `None` where the way ends before it.
pub fn yaml_value(text: &str, path: &Path) -> Result<Option<Value>, YamlError> {
    let document = parse(text)?;
    let whole = values(text)?;
    if document.root.is_null() {
        return Err(YamlError::Empty);
    }
    walk(&document, path)?;
    Ok(path.get(&whole).cloned())
}

/// The text with another value at `path`, or with none. `known` is how the same edit was written before, or is to be
/// taken back.
pub fn yaml_edit(text: &str, path: &Path, after: Option<&Value>, known: Option<&Splice>) -> Result<Edited, YamlError> {
    let document = parse(text)?;
    let before = values(text)?;
    if document.root.is_null() {
        return Err(YamlError::Empty);
    }
    let again = known.and_then(|splice| again(text, &document, path, splice));
    let verified = |proposal: &Proposal| made(text, proposal).filter(|new| differs_only_at(&before, new, path, after));
    if let Some(proposal) = &again
        && let Some(text_after) = verified(proposal)
    {
        return Ok(edited(text, proposal, text_after));
    }
    let proposal = propose(text, &document, path, after)?;
    let text_after = verified(&proposal).ok_or(YamlError::Unsafe)?;
    Ok(edited(text, &proposal, text_after))
}

fn made(text: &str, proposal: &Proposal) -> Option<String> {
    let mut new = text.to_owned();
    let whole = text.is_char_boundary(proposal.span.start) && text.is_char_boundary(proposal.span.end);
    whole.then(|| new.replace_range(proposal.span.clone(), &proposal.new))?;
    Some(new)
}

fn edited(text: &str, proposal: &Proposal, after: String) -> Edited {
    let splice = Splice { old: text[proposal.span.clone()].to_owned(), new: proposal.new.clone() };
    Edited { text: after, at: proposal.span.start, splice }
}

/// The same edit once more: the old letters, where they still stand around the value.
fn again(text: &str, document: &Document, path: &Path, splice: &Splice) -> Option<Proposal> {
    let way = walk(document, path).ok().filter(|way| way.missing.is_empty())?;
    let Node { span: value, .. } = way.node;
    let first = value.end.saturating_sub(splice.old.len());
    let start =
        (first..=value.start).find(|start| text.is_char_boundary(*start) && text[*start..].starts_with(&splice.old))?;
    Some(Proposal { span: start..start + splice.old.len(), new: splice.new.clone() })
}

fn values(text: &str) -> Result<Value, YamlError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let words = error.to_string();
        let line = words.lines().next().unwrap_or_default();
        let line = line.split_once(", set ").map_or(line, |(what, _)| what);
        YamlError::Syntax(line.trim_start_matches("error: ").to_owned())
    })
}

/// Whether the new text says the same as the old one everywhere but at `path`, and `after` there.
fn differs_only_at(before: &Value, new: &str, path: &Path, after: Option<&Value>) -> bool {
    let (Ok(document), Ok(new)) = (parse(new), values(new)) else { return false };
    walk(&document, path).is_ok() && path.get(&new) == after && without(before, &path.0) == without(&new, &path.0)
}

/// Everything but what is at the path. A map on the way that holds nothing else is left out: whether it is empty, null
/// or not there at all says the same.
fn without(value: &Value, path: &[PathStep]) -> Option<Value> {
    let Some((PathStep::Key(key), rest)) = path.split_first() else { return None };
    let Value::Object(map) = value else { return (!value.is_null()).then(|| value.clone()) };
    let mut map = map.clone();
    if let Some(inner) = map.remove(key)
        && let Some(left) = without(&inner, rest)
    {
        map.insert(key.clone(), left);
    }
    (!map.is_empty()).then_some(Value::Object(map))
}
