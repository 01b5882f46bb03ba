//! Many objects by their names, without a request for each that is not there.

use std::collections::HashSet;
use std::rc::Rc;

use http::StatusCode;
use lab_plan::Target;
use serde_json::Value;

use super::pages::{Pages, items};
use super::{Reader, text_at};
use crate::error::Result;
use crate::request::Failed;

/// From so many objects of one kind and place on, the names of all that are there are asked for first.
const SEVERAL: usize = 2;

impl Reader<'_> {
    /// Each with the object of its names, if there is one, as [`Reader::find`] finds it.
    pub async fn find_all(&self, targets: Vec<Target>) -> Result<Vec<(Target, Option<Value>)>> {
        let mut names: Vec<(&Target, Option<HashSet<String>>)> = Vec::new();
        let mut found: Vec<Option<Value>> = Vec::new();
        for (at, target) in targets.iter().enumerate() {
            if let Some(before) = targets[..at].iter().position(|other| other == target) {
                found.push(found[before].clone());
                continue;
            }
            let known = names.iter().position(|(other, _)| are_kept_together(other, target));
            let place = match known {
                Some(place) => place,
                None => {
                    let beside = targets.iter().filter(|other| are_kept_together(other, target));
                    let count = beside.map(|other| &other.name).collect::<HashSet<_>>().len();
                    names.push((target, if count < SEVERAL { None } else { self.names(target).await? }));
                    names.len() - 1
                }
            };
            let is_absent = names[place].1.as_ref().is_some_and(|names| !names.contains(&target.name));
            found.push(if is_absent { None } else { self.find(target).await? });
        }
        Ok(targets.into_iter().zip(found).collect())
    }

    /// What is left of objects that were seen before. What this run has deleted and what was gone at once is not asked for again.
    pub async fn find_left(&self, seen: Vec<(Target, Value)>) -> Result<Vec<(Target, Option<Value>)>> {
        let is_gone =
            |live: &Value| text_at(live, "/metadata/uid").is_some_and(|uid| self.gone.borrow().contains(&uid));
        let in_question = seen.iter().filter(|(_, live)| !is_gone(live)).map(|(target, _)| target.clone()).collect();
        let found = self.find_all(in_question).await?;
        let now = |target: &Target| found.iter().find(|(at, _)| at == target).and_then(|(_, live)| live.clone());
        Ok(seen.into_iter().map(|(target, _)| (target.clone(), now(&target))).collect())
    }

    /// Those of several objects of one kind and place that are there now; `None` where a list cannot tell.
    pub(crate) async fn still_there<'t>(&self, targets: &[&'t Target]) -> Result<Option<Vec<&'t Target>>> {
        self.look_anew();
        let Some(first) = targets.first() else { return Ok(Some(Vec::new())) };
        let Some(names) = self.names(first).await? else { return Ok(None) };
        Ok(Some(targets.iter().copied().filter(|target| names.contains(&target.name)).collect()))
    }

    /// Names, labels and the like of each of these objects, or all of it; enough to tell whose it is, and to delete it.
    pub async fn find_metadata(&self, targets: Vec<Target>) -> Result<Vec<(Target, Option<Value>)>> {
        let mut found = Vec::new();
        for target in targets {
            let live = match self.beside(&target).await? {
                Some(all) => all.iter().find(|object| is_called(object, &target.name)).cloned(),
                None => self.find(&target).await?,
            };
            found.push((target, live));
        }
        Ok(found)
    }

    /// The names of all objects that are kept where this one is; `None` where they cannot be listed.
    async fn names(&self, target: &Target) -> Result<Option<HashSet<String>>> {
        let all = self.beside(target).await?;
        Ok(all.map(|all| all.iter().filter_map(|object| text_at(object, "/metadata/name")).collect()))
    }

    async fn beside(&self, target: &Target) -> Result<Option<Rc<Vec<Value>>>> {
        let Some(located) = self.kinds.look_up(self.session, target).await? else { return Ok(Some(Rc::default())) };
        match self.metadata(&located.collection(target)).await {
            Ok(all) => Ok(Some(all)),
            // Of a kind that has just gone there is none.
            Err(failed) if failed.is(StatusCode::NOT_FOUND) => Ok(Some(Rc::default())),
            // Who may read them one by one only still can.
            Err(failed) if failed.is(StatusCode::FORBIDDEN) => Ok(None),
            Err(failed) => {
                let right = located.right("list", target);
                let what = format!("could not list what there is beside {target}");
                Err(failed.explain(self.session, &what, Some(&right)))
            }
        }
    }

    /// The metadata of all objects of a collection, as this round has seen them.
    async fn metadata(&self, collection: &str) -> std::result::Result<Rc<Vec<Value>>, Failed> {
        if let Some(seen) = self.collections.borrow().get(collection) {
            return Ok(seen.clone());
        }
        let (mut pages, mut all) = (Pages::of_metadata(collection, Vec::new()), Vec::new());
        while let Some(page) = pages.next(self.session).await? {
            all.extend(items(&page).cloned().map(without_account));
        }
        let all = Rc::new(all);
        self.collections.borrow_mut().insert(collection.to_owned(), all.clone());
        Ok(all)
    }
}

/// Who wrote which field is most of the metadata, and nobody asks for it here.
fn without_account(mut object: Value) -> Value {
    object.pointer_mut("/metadata").and_then(Value::as_object_mut).map(|metadata| metadata.remove("managedFields"));
    object
}

fn is_called(object: &Value, name: &str) -> bool {
    object.pointer("/metadata/name").and_then(Value::as_str) == Some(name)
}

/// Of one kind, in one place.
pub(crate) fn are_kept_together(a: &Target, b: &Target) -> bool {
    (&a.api_version, &a.kind, &a.namespace) == (&b.api_version, &b.kind, &b.namespace)
}
