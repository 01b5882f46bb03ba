//! A YAML text as a tree of nodes that know where in the text they stand.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StructureStyle};

use crate::path::Path;
use crate::yaml_error::YamlError;

#[derive(Debug)]
pub(crate) struct Node {
    /// Bytes of the text, without anchor and tag.
    pub span: Range<usize>,
    pub kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Scalar { text: String, style: ScalarStyle },
    Map { flow: bool, entries: Vec<Entry> },
    List,
    Alias,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub key: Node,
    pub value: Node,
}

/// The one document of a text, and the spans of the comments in it.
#[derive(Debug)]
pub(crate) struct Document {
    pub root: Node,
    pub comments: Vec<Range<usize>>,
}

/// The parser itself forbids deep nesting only at a depth that would exhaust the stack here.
const DEEPEST: usize = 64;

pub(crate) fn parse(text: &str) -> Result<Document, YamlError> {
    let mut comments = Vec::new();
    let mut events = Vec::new();
    let mut documents = 0;
    for next in Parser::new_from_str(text) {
        let (event, span) = next.map_err(|error| syntax(&error))?;
        match event {
            Event::Comment(..) => comments.extend(span.byte_range()),
            Event::DocumentStart(..) => documents += 1,
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            event => events.push((event, span)),
        }
    }
    match documents {
        0 => return Err(YamlError::Empty),
        1 => {}
        several => return Err(YamlError::SeveralDocuments(several)),
    }
    let root = node(&mut events.into_iter(), 0).ok_or_else(|| YamlError::Syntax("it ends too early".into()))??;
    Ok(Document { root, comments })
}

/// In the words and numbers that the other errors of the text have.
fn syntax(error: &ScanError) -> YamlError {
    let at = error.marker();
    YamlError::Syntax(format!("line {} column {}: {}", at.line(), at.col() + 1, error.info()))
}

type Events<'e> = std::vec::IntoIter<(Event<'e>, Span)>;

/// The next node with all that is in it; `None` at the end of the collection around it.
fn node(events: &mut Events<'_>, depth: usize) -> Option<Result<Node, YamlError>> {
    if depth > DEEPEST {
        return Some(Err(YamlError::Syntax(format!("it is nested more than {DEEPEST} levels deep"))));
    }
    let (event, span) = events.next()?;
    let span = span.byte_range()?;
    match event {
        Event::Scalar(value, style, ..) => {
            Some(Ok(Node { span, kind: Kind::Scalar { text: value.into_owned(), style } }))
        }
        Event::MappingStart(style, ..) => Some(map(events, depth, span.start, style == StructureStyle::Flow)),
        Event::SequenceStart(..) => Some(list(events, depth, span.start)),
        Event::Alias(_) => Some(Ok(Node { span, kind: Kind::Alias })),
        Event::MappingEnd | Event::SequenceEnd => None,
        other => Some(Err(YamlError::Syntax(format!("unexpected {other:?}")))),
    }
}

fn map(events: &mut Events<'_>, depth: usize, start: usize, flow: bool) -> Result<Node, YamlError> {
    let mut entries = Vec::new();
    let mut end = start;
    loop {
        if flow && let Some((Event::MappingEnd, span)) = events.as_slice().first() {
            end = span.byte_range().map_or(end, |range| range.end);
        }
        let Some(key) = node(events, depth + 1) else {
            return Ok(Node { span: start..end, kind: Kind::Map { flow, entries } });
        };
        let value = node(events, depth + 1).ok_or_else(|| YamlError::Syntax("a key has no value".into()))?;
        let (key, value) = (key?, value?);
        end = value.span.end.max(key.span.end);
        entries.push(Entry { key, value });
    }
}

fn list(events: &mut Events<'_>, depth: usize, start: usize) -> Result<Node, YamlError> {
    let mut end = start;
    loop {
        if let Some((Event::SequenceEnd, span)) = events.as_slice().first() {
            end = end.max(span.byte_range().map_or(end, |range| range.end));
        }
        let Some(element) = node(events, depth + 1) else {
            return Ok(Node { span: start..end, kind: Kind::List });
        };
        end = element?.span.end;
    }
}

impl Node {
    /// What it is, in words.
    pub fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar { .. } => "a plain value",
            Kind::Map { .. } => "a map",
            Kind::List => "a list",
            Kind::Alias => "an alias",
        }
    }

    /// `null`, `~`, or nothing at all.
    pub fn is_null(&self) -> bool {
        let Kind::Scalar { text, style: ScalarStyle::Plain } = &self.kind else { return false };
        self.span.is_empty() || matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// The entries, where it is a map whose keys all stand here.
    pub fn entries(&self, at: &Path) -> Result<&[Entry], YamlError> {
        match &self.kind {
            Kind::Map { entries, .. } if entries.iter().any(|entry| entry.is("<<")) => {
                Err(YamlError::MergeKey { at: at.clone() })
            }
            Kind::Map { entries, .. } => Ok(entries),
            Kind::Alias => Err(YamlError::Alias { at: at.clone() }),
            _ => Err(YamlError::NotAMap { at: at.clone(), found: self.name() }),
        }
    }
}

impl Entry {
    pub fn is(&self, wanted: &str) -> bool {
        matches!(&self.key.kind, Kind::Scalar { text, .. } if text == wanted)
    }

    pub fn key_text(&self) -> &str {
        match &self.key.kind {
            Kind::Scalar { text, .. } => text,
            _ => "",
        }
    }
}
