//! Where in an object: steps by key, and into lists by the name an element carries, never by number.
//!
//! Written as `spec.template.spec.containers[name=metrics-server].args`; a key that is not a plain word is quoted:
//! `metadata.annotations["kubectl.kubernetes.io/restartedAt"]`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PathStep {
    /// The value of a key of an object.
    Key(String),
    /// The element of a list whose field `field` has the text `value`.
    Element { field: String, value: String },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(pub Vec<PathStep>);

#[derive(Debug, PartialEq, Eq)]
pub struct ParsePathError(String);

impl Path {
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.0.push(PathStep::Key(key.into()));
        self
    }

    #[must_use]
    pub fn element(mut self, field: &str, value: &str) -> Self {
        self.0.push(PathStep::Element { field: field.into(), value: value.into() });
        self
    }

    /// The value that stands here in `object`, if it does.
    pub fn get<'v>(&self, object: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(object, |value, step| step.get(value))
    }
}

impl PathStep {
    pub(crate) fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match self {
            PathStep::Key(key) => value.as_object()?.get(key),
            PathStep::Element { .. } => value.as_array()?.get(self.index(value)?),
        }
    }

    /// The number of the first element that carries the name.
    pub(crate) fn index(&self, value: &Value) -> Option<usize> {
        let PathStep::Element { field, value: wanted } = self else { return None };
        value.as_array()?.iter().position(|element| element.get(field).and_then(Value::as_str) == Some(wanted))
    }
}

fn plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Key(key) if plain(key) => write!(f, "{}{key}", if i == 0 { "" } else { "." })?,
                PathStep::Key(key) => write!(f, "[{}]", quoted(key))?,
                PathStep::Element { field, value } => {
                    let field = if plain(field) { field.clone() } else { quoted(field) };
                    let value = if plain(value) { value.clone() } else { quoted(value) };
                    write!(f, "[{field}={value}]")?;
                }
            }
        }
        Ok(())
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

impl FromStr for Path {
    type Err = ParsePathError;

    fn from_str(text: &str) -> Result<Self, ParsePathError> {
        let mut rest = text;
        let mut path = Path::default();
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (first, after) = word(inner)?;
                if let Some(after) = after.strip_prefix('=') {
                    let (value, after) = word(after)?;
                    path.0.push(PathStep::Element { field: first, value });
                    rest = after;
                } else {
                    path.0.push(PathStep::Key(first));
                    rest = after;
                }
                rest = rest.strip_prefix(']').ok_or_else(|| ParsePathError(format!("no ] before {rest:?}")))?;
            } else {
                let unread = if path.0.is_empty() { rest } else { rest.strip_prefix('.').unwrap_or(rest) };
                if !path.0.is_empty() && unread.len() == rest.len() {
                    return Err(ParsePathError(format!("no . before {rest:?}")));
                }
                let (key, after) = word(unread)?;
                path.0.push(PathStep::Key(key));
                rest = after;
            }
        }
        Ok(path)
    }
}

/// Takes one plain or quoted word off the front.
fn word(text: &str) -> Result<(String, &str), ParsePathError> {
    if text.starts_with('"') {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let word =
            values.next().and_then(Result::ok).ok_or_else(|| ParsePathError(format!("bad quotes in {text:?}")))?;
        return Ok((word, &text[values.byte_offset()..]));
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(text.len());
    if end == 0 {
        return Err(ParsePathError(format!("a word is missing before {text:?}")));
    }
    Ok((text[..end].to_owned(), &text[end..]))
}

impl fmt::Display for ParsePathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a path: {}", self.0)
    }
}

impl std::error::Error for ParsePathError {}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
