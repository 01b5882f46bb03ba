//! A collection page by page, so that a large one needs no large answer.

use serde::Deserialize;
use serde::de::DeserializeOwned;
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

/// A page of which only that is kept that its items are read as.
#[derive(Deserialize)]
struct Brief<B> {
    metadata: Option<Continue>,
    #[serde(default = "Option::default")]
    items: Option<Vec<B>>,
}

#[derive(Deserialize)]
struct Continue {
    r#continue: Option<String>,
}

impl<'p> Pages<'p> {
    pub fn of(collection: impl Into<String>, pairs: Vec<(&'static str, &'p str)>) -> Pages<'p> {
        Pages { collection: collection.into(), pairs, accept: JSON, from: None, is_over: false }
    }

    /// Names, labels and the like of the objects alone.
    pub fn of_metadata(collection: impl Into<String>, pairs: Vec<(&'static str, &'p str)>) -> Pages<'p> {
        Pages { accept: METADATA, ..Pages::of(collection, pairs) }
    }

    /// The answer with the next page, `None` after the last one.
    pub async fn next(&mut self, session: &Session) -> Result<Option<Value>, Failed> {
        let Some(text) = self.text(session).await? else { return Ok(None) };
        let page: Value = understood(&text)?;
        self.turn(text_at(&page, "/metadata/continue"));
        Ok(Some(page))
    }

    /// The items of the next page as `B` reads them, `None` after the last one.
    pub async fn next_brief<B: DeserializeOwned>(&mut self, session: &Session) -> Result<Option<Vec<B>>, Failed> {
        let Some(text) = self.text(session).await? else { return Ok(None) };
        let page: Brief<B> = understood(&text)?;
        self.turn(page.metadata.and_then(|metadata| metadata.r#continue));
        Ok(Some(page.items.unwrap_or_default()))
    }

    async fn text(&self, session: &Session) -> Result<Option<String>, Failed> {
        if self.is_over {
            return Ok(None);
        }
        let mut pairs = self.pairs.clone();
        pairs.push(("limit", LIMIT));
        pairs.extend(self.from.as_deref().map(|from| ("continue", from)));
        let uri = format!("{}{}", self.collection, query(&pairs));
        Call { accept: self.accept, ..Call::get(uri) }.send_for_text(session).await.map(Some)
    }

    fn turn(&mut self, next: Option<String>) {
        self.from = next.filter(|from| !from.is_empty());
        self.is_over = self.from.is_none();
    }

    /// Whether there is more than what was given out so far.
    pub fn has_more(&self) -> bool {
        !self.is_over
    }
}

fn understood<T: DeserializeOwned>(text: &str) -> Result<T, Failed> {
    serde_json::from_str(text).map_err(|error| Failed::Garbled(error.to_string()))
}

/// The objects of a page.
pub(crate) fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page.get("items").and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_page_only_that_is_read_which_is_asked_for() {
        #[derive(Deserialize)]
        struct Named {
            metadata: Name,
        }
        #[derive(Deserialize)]
        struct Name {
            name: String,
        }
        let page = r#"{"metadata":{"continue":"x"},"items":[{"metadata":{"name":"a","uid":"u"},"spec":{"more":[1]}}]}"#;
        let page: Brief<Named> = understood(page).ok().unwrap();
        assert_eq!(page.metadata.unwrap().r#continue.as_deref(), Some("x"));
        assert_eq!(page.items.unwrap()[0].metadata.name, "a");
        let empty: Brief<Named> = understood(r#"{"metadata":{},"items":null}"#).ok().unwrap();
        assert!(empty.items.is_none());
    }
}
