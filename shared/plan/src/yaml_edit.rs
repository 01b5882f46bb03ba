//! Where in a YAML text an edit goes: one span that is replaced, and nothing outside it.
//!
//! These are only proposals. Whether one is right is decided by parsing what comes of it (see `yaml_in`).

use std::ops::Range;

use granit_parser::ScalarStyle;
use serde_json::Value;

use crate::path::{Path, PathStep};
use crate::yaml_error::YamlError;
use crate::yaml_tree::{Document, Entry, Kind, Node};

/// Some bytes of a text, and what is to stand there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
    pub span: Range<usize>,
    pub new: String,
}

/// The way along a path, as far as it goes.
pub(crate) struct Way<'d> {
    /// The maps on the way, the document first.
    pub node: &'d Node,
    pub at: Path,
    /// The entry that was entered last, and the map that it is in.
    pub entry: Option<(&'d Node, usize)>,
    pub missing: Vec<&'d str>,
}

pub(crate) fn walk<'d>(document: &'d Document, path: &'d Path) -> Result<Way<'d>, YamlError> {
    let mut way = Way { node: &document.root, at: Path::default(), entry: None, missing: Vec::new() };
    for (i, step) in path.0.iter().enumerate() {
        let PathStep::Key(key) = step else {
            return Err(YamlError::NotAMap { at: way.at, found: "a list" });
        };
        let entries = if way.node.is_null() { &[] } else { way.node.entries(&way.at)? };
        let Some(index) = entries.iter().position(|entry| entry.is(key)) else {
            way.missing = path.0[i..].iter().filter_map(word).collect();
            return Ok(way);
        };
        way.at = way.at.key(key);
        way.entry = Some((way.node, index));
        way.node = &entries[index].value;
    }
    Ok(way)
}

fn word(step: &PathStep) -> Option<&str> {
    match step {
        PathStep::Key(key) => Some(key),
        PathStep::Element { .. } => None,
    }
}

/// Another value, a new entry, or none.
pub(crate) fn propose(
    text: &str,
    document: &Document,
    path: &Path,
    after: Option<&Value>,
) -> Result<Proposal, YamlError> {
    let way = walk(document, path)?;
    match (way.missing.as_slice(), after) {
        ([], Some(after)) => replace(text, &way, &scalar(after)?),
        ([], None) => remove(text, &way),
        (missing, Some(after)) => insert(text, document, &way, missing, &scalar(after)?),
        (_, None) => Ok(Proposal { span: 0..0, new: String::new() }),
    }
}

fn scalar(value: &Value) -> Result<String, YamlError> {
    match value {
        Value::Array(_) | Value::Object(_) => Err(YamlError::Unwritable),
        // Strings are quoted as in JSON, which YAML understands; the others read as they are.
        plain => Ok(plain.to_string()),
    }
}

fn replace(text: &str, way: &Way<'_>, new: &str) -> Result<Proposal, YamlError> {
    match &way.node.kind {
        Kind::Map { .. } | Kind::List => Err(YamlError::NotAScalar { at: way.at.clone(), found: way.node.name() }),
        Kind::Scalar { style: ScalarStyle::Literal | ScalarStyle::Folded, .. } => Err(YamlError::Unsafe),
        Kind::Scalar { .. } | Kind::Alias => Ok(in_place_of(text, way.node, new)),
    }
}

/// Where nothing stands behind the colon, the parser places that nothing in front of it.
fn in_place_of(text: &str, node: &Node, new: &str) -> Proposal {
    if !node.span.is_empty() {
        return Proposal { span: node.span.clone(), new: new.to_owned() };
    }
    let rest = &text[node.span.end..];
    let colon = rest.trim_start_matches([' ', '\t']).strip_prefix(':');
    let at = colon.map_or(node.span.end, |behind| text.len() - behind.len());
    let before = if text[..at].ends_with(':') { " " } else { "" };
    let behind = if text[at..].starts_with('#') { " " } else { "" };
    Proposal { span: at..at, new: format!("{before}{new}{behind}") }
}

fn insert(
    text: &str,
    document: &Document,
    way: &Way<'_>,
    missing: &[&str],
    value: &str,
) -> Result<Proposal, YamlError> {
    let quoted = is_json(&document.root);
    let Kind::Map { flow, entries } = &way.node.kind else {
        // A key without a value becomes a map of one line, so that what stands behind it stays there.
        return Ok(in_place_of(text, way.node, &format!("{{{}}}", in_flow(missing, value, quoted))));
    };
    match (flow, beside(entries, missing[0])) {
        (true, Some(next)) => {
            let start = next.key.span.start;
            Ok(Proposal { span: start..start, new: format!("{}, ", in_flow(missing, value, quoted)) })
        }
        (true, None) => {
            let start = way.node.span.start + 1;
            Ok(Proposal { span: start..start, new: in_flow(missing, value, quoted) })
        }
        (false, Some(next)) => in_lines(text, document, next, missing, value),
        (false, None) => Err(YamlError::Unsafe),
    }
}

/// The neighbour that a new key goes in front of: in a sorted map the one that keeps it sorted.
fn beside<'e>(entries: &'e [Entry], key: &str) -> Option<&'e Entry> {
    entries.iter().find(|entry| entry.key_text() > key).or(entries.first())
}

fn in_flow(keys: &[&str], value: &str, quoted: bool) -> String {
    let (last, outer) = keys.split_last().unwrap_or((&"", &[]));
    let inner = format!("{}: {value}", key(last, quoted));
    outer.iter().rev().fold(inner, |inner, outer| format!("{}: {{{inner}}}", key(outer, quoted)))
}

fn key(key: &str, quoted: bool) -> String {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !matches!(
            key.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null"
        );
    if plain && !quoted { key.to_owned() } else { Value::from(key).to_string() }
}

fn is_json(root: &Node) -> bool {
    match &root.kind {
        Kind::Map { flow: true, entries } => entries
            .first()
            .is_some_and(|entry| matches!(&entry.key.kind, Kind::Scalar { style: ScalarStyle::DoubleQuoted, .. })),
        _ => false,
    }
}

/// New lines in front of a neighbour and of the comments that stand directly above it.
fn in_lines(
    text: &str,
    document: &Document,
    next: &Entry,
    missing: &[&str],
    value: &str,
) -> Result<Proposal, YamlError> {
    let mut start = line_start(text, next.key.span.start);
    let indent = &text[start..next.key.span.start];
    if !indent.trim_matches(' ').is_empty() {
        return Err(YamlError::Unsafe);
    }
    while let Some(above) = comment_above(text, document, start) {
        start = above;
    }
    let line_end = line_end(&text[..start], text);
    let step = " ".repeat(step(text, &document.root).unwrap_or(2));
    let mut new = String::new();
    for (depth, word) in missing.iter().enumerate() {
        let end = if depth + 1 == missing.len() { format!(" {value}") } else { String::new() };
        new.push_str(&format!("{indent}{}{}:{end}{line_end}", step.repeat(depth), key(word, false)));
    }
    Ok(Proposal { span: start..start, new })
}

fn line_start(text: &str, at: usize) -> usize {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    if start == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8().min(at) } else { start }
}

/// The start of the line above, if nothing but a comment is on it.
fn comment_above(text: &str, document: &Document, start: usize) -> Option<usize> {
    let above = line_start(text, text[..start].strip_suffix('\n')?.len());
    let line = &text[above..start];
    let comment = above + line.find('#')?;
    let only = line[..comment - above].trim().is_empty();
    (only && document.comments.iter().any(|span| span.start == comment)).then_some(above)
}

/// As the line above ends, or else the first line of the text.
fn line_end(above: &str, text: &str) -> &'static str {
    let ending = if above.is_empty() { text.find('\n').map_or("", |end| &text[..=end]) } else { above };
    if ending.ends_with("\r\n") { "\r\n" } else { "\n" }
}

/// By how much the first nested map of the document is indented.
fn step(text: &str, root: &Node) -> Option<usize> {
    let column = |entry: &Entry| entry.key.span.start - line_start(text, entry.key.span.start);
    let Kind::Map { flow: false, entries } = &root.kind else { return None };
    let inner = entries.iter().find_map(|entry| match &entry.value.kind {
        Kind::Map { flow: false, entries } => entries.first(),
        _ => None,
    })?;
    column(inner).checked_sub(column(entries.first()?)).filter(|step| *step > 0)
}

fn remove(text: &str, way: &Way<'_>) -> Result<Proposal, YamlError> {
    let Some((Node { kind: Kind::Map { flow, entries }, .. }, index)) = way.entry else {
        return Err(YamlError::Unsafe);
    };
    let entry = &entries[index];
    let span = if *flow { flow_entry(entries, index) } else { block_entry(text, entry) };
    Ok(Proposal { span, new: String::new() })
}

/// With the comma that parted it from a neighbour.
fn flow_entry(entries: &[Entry], index: usize) -> Range<usize> {
    let entry = &entries[index];
    let end = entry.value.span.end.max(entry.key.span.end);
    match (entries.get(index + 1), index.checked_sub(1)) {
        (Some(next), _) => entry.key.span.start..next.key.span.start,
        (None, Some(previous)) => entries[previous].value.span.end.max(entries[previous].key.span.end)..end,
        (None, None) => entry.key.span.start..end,
    }
}

/// With its line, unless a comment stands behind it: that is not ours.
fn block_entry(text: &str, entry: &Entry) -> Range<usize> {
    let end = entry.value.span.end.max(entry.key.span.end);
    let rest = &text[end..];
    let line = rest.find('\n').map_or(rest, |end| &rest[..=end]);
    if line.trim().is_empty() {
        line_start(text, entry.key.span.start)..end + line.len()
    } else {
        entry.key.span.start..end + line.len() - line.trim_start().len()
    }
}
