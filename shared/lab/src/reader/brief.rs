//! Lists of many objects of which little is needed: page by page, and no more is kept than what a type of the verb's own names.
//!
//! Such objects are only looked at. They cannot be changed by what was read of them, and no wait ends because one has changed.

use k8s_openapi::Resource;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::pages::Pages;
use super::{Reader, Selection};
use crate::error::Result;
use crate::request::Failed;
use crate::resource;

/// What an object is called; the namespace is empty where it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Name {
    #[serde(default)]
    pub namespace: String,
    pub name: String,
}

#[derive(Deserialize)]
struct Named {
    metadata: Name,
}

impl Reader<'_> {
    /// All objects that are selected, as far as `B` reads them.
    pub async fn list_brief<K: Resource, B: DeserializeOwned>(&self, selection: Selection<'_>) -> Result<Vec<B>> {
        let pages = Pages::of(resource::typed::<K>(selection.namespace, None), selection.query());
        self.all_of(pages).await.map_err(|failed| self.could_not_list::<K>(failed, selection))
    }

    /// What they are called; the API server leaves out the rest.
    pub async fn list_names<K: Resource>(&self, selection: Selection<'_>) -> Result<Vec<Name>> {
        let pages = Pages::of_metadata(resource::typed::<K>(selection.namespace, None), selection.query());
        let all: Vec<Named> = self.all_of(pages).await.map_err(|failed| self.could_not_list::<K>(failed, selection))?;
        Ok(all.into_iter().map(|named| named.metadata).collect())
    }

    async fn all_of<B: DeserializeOwned>(&self, mut pages: Pages<'_>) -> std::result::Result<Vec<B>, Failed> {
        let mut found = Vec::new();
        while let Some(page) = pages.next_brief(self.session).await? {
            found.extend(page);
        }
        Ok(found)
    }
}
