//! Many objects by their names, without a request for each that is not there.

use std::collections::HashSet;

use http::StatusCode;
use lab_plan::Target;
use serde_json::Value;

use super::pages::{Pages, items};
use super::{Reader, text_at};
use crate::error::Result;

/// From so many objects of one kind and place on, the names of all that are there are asked for first.
const SEVERAL: usize = 2;

impl Reader<'_> {
    /// Each with the object of its names, if there is one, as [`Reader::find`] finds it.
    pub async fn find_all(&self, targets: Vec<Target>) -> Result<Vec<(Target, Option<Value>)>> {
        let mut names: Vec<(&Target, Option<HashSet<String>>)> = Vec::new();
        let mut found = Vec::new();
        for target in &targets {
            let known = names.iter().position(|(other, _)| are_kept_together(other, target));
            let at = match known {
                Some(at) => at,
                None => {
                    let count = targets.iter().filter(|other| are_kept_together(other, target)).count();
                    names.push((target, if count < SEVERAL { None } else { self.names(target).await? }));
                    names.len() - 1
                }
            };
            let is_absent = names[at].1.as_ref().is_some_and(|names| !names.contains(&target.name));
            found.push(if is_absent { None } else { self.find(target).await? });
        }
        Ok(targets.into_iter().zip(found).collect())
    }

    /// The names of all objects that are kept where this one is; `None` where they cannot be listed.
    async fn names(&self, target: &Target) -> Result<Option<HashSet<String>>> {
        let mut names = HashSet::new();
        let Some(located) = self.kinds.look_up(self.session, target).await? else { return Ok(Some(names)) };
        let mut pages = Pages::of_metadata(located.collection(target), Vec::new());
        loop {
            match pages.next(self.session).await {
                Ok(Some(page)) => names.extend(items(&page).filter_map(|item| text_at(item, "/metadata/name"))),
                Ok(None) => return Ok(Some(names)),
                // Who may read them one by one only still can.
                Err(failed) if failed.is(StatusCode::FORBIDDEN) => return Ok(None),
                Err(failed) => {
                    let right = located.right("list", target);
                    let what = format!("could not list what there is beside {target}");
                    return Err(failed.explain(self.session, &what, Some(&right)));
                }
            }
        }
    }
}

fn are_kept_together(a: &Target, b: &Target) -> bool {
    (&a.api_version, &a.kind, &a.namespace) == (&b.api_version, &b.kind, &b.namespace)
}
