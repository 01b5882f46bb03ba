//! A collection page by page, so that a large one needs no large answer.

use serde_json::Value;

use super::text_at;
use crate::connect::Session;
use crate::request::{Call, Failed, JSON, query};

const LIMIT: &str = "500";
/// Lists without what the objects say, which may be much.
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

pub(crate) struct Pages<'p> {
    collection: String,
    /// What is asked for beside the page.
    pairs: Vec<(&'static str, &'p str)>,
    accept: &'static str,
    /// Where the next page begins; none before the first.
    from: Option<String>,
    is_over: bool,
}

impl<'p> Pages<'p> {
    pub fn of(collection: impl Into<String>, pairs: Vec<(&'static str, &'p str)>) -> Pages<'p> {
        Pages { collection: collection.into(), pairs, accept: JSON, from: None, is_over: false }
    }

    /// Names, labels and the like of the objects alone.
    pub fn of_metadata(collection: impl Into<String>) -> Pages<'p> {
        Pages { accept: METADATA, ..Pages::of(collection, Vec::new()) }
    }

    /// Only those that are selected.
    pub fn with(mut self, pairs: Vec<(&'static str, &'p str)>) -> Pages<'p> {
        self.pairs.extend(pairs);
        self
    }

    /// The answer with the next page, `None` after the last one.
    pub async fn next(&mut self, session: &Session) -> Result<Option<Value>, Failed> {
        if self.is_over {
            return Ok(None);
        }
        let mut pairs = self.pairs.clone();
        pairs.push(("limit", LIMIT));
        pairs.extend(self.from.as_deref().map(|from| ("continue", from)));
        let uri = format!("{}{}", self.collection, query(&pairs));
        let answer = Call { accept: self.accept, ..Call::get(uri) }.send(session).await?;
        self.from = text_at(&answer, "/metadata/continue").filter(|from| !from.is_empty());
        self.is_over = self.from.is_none();
        Ok(Some(answer))
    }

    /// Whether there is more than what was given out so far.
    pub fn has_more(&self) -> bool {
        !self.is_over
    }
}

/// The objects of a page.
pub(crate) fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page.get("items").and_then(Value::as_array).into_iter().flatten()
}
