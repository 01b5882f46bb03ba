//! Lists of many objects of which little is needed: page by page, and no more is kept than what a type of the verb's own names.
//!
//! Such objects are only looked at. They cannot be changed by what was read of them, and no wait ends because one has changed.

use k8s_openapi::Resource;
use serde::de::DeserializeOwned;

use super::pages::Pages;
use super::{Reader, Selection};
use crate::error::Result;
use crate::request::Failed;
use crate::resource;

impl Reader<'_> {
    /// All objects that are selected, as far as `B` reads them.
    pub async fn list_brief<K: Resource, B: DeserializeOwned>(&self, selection: Selection<'_>) -> Result<Vec<B>> {
        let pages = Pages::of(resource::typed::<K>(selection.namespace, None), selection.query());
        self.all_of(pages).await.map_err(|failed| self.could_not_list::<K>(failed, selection))
    }

    /// The same of their metadata alone; the API server leaves out the rest.
    pub async fn list_metadata<K: Resource, B: DeserializeOwned>(&self, selection: Selection<'_>) -> Result<Vec<B>> {
        let pages = Pages::of_metadata(resource::typed::<K>(selection.namespace, None), selection.query());
        self.all_of(pages).await.map_err(|failed| self.could_not_list::<K>(failed, selection))
    }

    async fn all_of<B: DeserializeOwned>(&self, mut pages: Pages<'_>) -> std::result::Result<Vec<B>, Failed> {
        let mut found = Vec::new();
        while let Some(page) = pages.next_brief(self.session).await? {
            found.extend(page);
        }
        Ok(found)
    }
}
