//! One element in a list of plain values, told apart from its neighbours without counting positions.
//!
//! Others may add, remove or move elements beside ours; ours is found again by its text. Arguments of the form
//! `--name=value` that share a name are the same argument with another value.

use serde_json::Value;

use crate::change::State;

use crate::path::Path;

/// The list at a path; what is not there has no elements.
pub(crate) fn elements<'v>(list: &Path, object: &'v Value) -> &'v [Value] {
    list.get(object).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(crate) fn count(list: &[Value], wanted: &Value) -> usize {
    list.iter().filter(|element| *element == wanted).count()
}

/// How many elements are the same argument as `ours` with another value.
pub(crate) fn rivals(list: &[Value], ours: &Value) -> usize {
    list.iter().filter(|element| is_rival(element, ours)).count()
}

/// The place of the `occurrence`-th element that equals `wanted`.
pub(crate) fn find(list: &[Value], wanted: &Value, occurrence: usize) -> Option<usize> {
    list.iter().enumerate().filter(|(_, element)| *element == wanted).nth(occurrence).map(|(index, _)| index)
}

/// `equals` and `rivals` are what stood beside ours when the change was planned.
pub(crate) fn state(
    list: &[Value],
    before: Option<&Value>,
    after: Option<&Value>,
    equals: usize,
    known_rivals: usize,
) -> State {
    let has = |wanted: Option<&Value>| wanted.is_some_and(|wanted| count(list, wanted) > equals);
    match (before, after) {
        (Some(_), _) if has(before) => State::Before,
        (None, Some(_)) if has(after) => State::After,
        (Some(_), Some(new)) if count(list, new) > 0 => State::After,
        // One more of the same argument than there was: somebody gave ours another value.
        (None, Some(ours)) | (Some(ours), None) if rivals(list, ours) > known_rivals => {
            State::Other(rival(list, ours).cloned())
        }
        (None, _) => State::Before,
        (Some(_), None) => State::After,
        (Some(old), Some(new)) => State::Other(rival(list, old).or_else(|| rival(list, new)).cloned()),
    }
}

fn rival<'l>(list: &'l [Value], ours: &Value) -> Option<&'l Value> {
    list.iter().find(|element| is_rival(element, ours))
}

fn is_rival(element: &Value, ours: &Value) -> bool {
    element != ours && argument(element).is_some() && argument(element) == argument(ours)
}

fn argument(element: &Value) -> Option<&str> {
    let text = element.as_str()?;
    text.starts_with('-').then(|| text.split_once('=').map_or(text, |(name, _)| name))
}
