//! Removing what the run has made for itself, when it ends.

use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use k8s_openapi::Resource;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Service;
use serde_json::Value;

use super::job::RUN_LABEL;
use super::made::{Entry, Made, Sort};
use crate::connect::Session;
use crate::interrupt::interrupted;
use crate::request::{Call, Failed, query};
use crate::resource;
use crate::terminal::Terminal;
use crate::writer::delete_temporary;

/// Removal is no reason to keep anybody waiting for long: what stays goes by itself.
const LONGEST: Duration = Duration::from_secs(10);
/// A request that was cut off may reach the API server a moment after we have looked.
const AFTERTHOUGHT: Duration = Duration::from_millis(500);
const AT_ONCE: usize = 8;

impl Made {
    /// Never fails: what could not be removed is told, with the time after which it goes by itself. A Ctrl-C ends it.
    pub async fn remove(&self, session: &Session, terminal: &Terminal) {
        if self.left().is_empty() {
            return;
        }
        let why = tokio::select! {
            biased;
            () = interrupted() => "interrupted".to_owned(),
            outcome = tokio::time::timeout(LONGEST, self.remove_all(session)) => match outcome {
                Ok(Ok(())) => String::new(),
                Ok(Err(failed)) => failed.message(),
                Err(_) => format!("it took longer than {} seconds", LONGEST.as_secs()),
            },
        };
        if let Some(text) = told(&self.left(), &why) {
            terminal.warning(&text);
        }
    }

    async fn remove_all(&self, session: &Session) -> Result<(), Failed> {
        let mut namespaces: Vec<String> = self.left().into_iter().map(|entry| entry.seen.namespace).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        let mut first = None;
        for namespace in namespaces {
            if let Err(failed) = self.remove_in(session, &namespace).await {
                first = first.or(Some(failed));
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// Services first: their addresses are free at once, and nobody is led to pods that end.
    async fn remove_in(&self, session: &Session, namespace: &str) -> Result<(), Failed> {
        let services = self.remove_sort::<Service>(session, Sort::Service, namespace).await;
        let jobs = self.remove_sort::<Job>(session, Sort::Job, namespace).await;
        services.and(jobs)
    }

    /// The label is asked, not our memory: it has the uids, and also what was made by a request whose answer was lost.
    async fn remove_sort<K: Resource>(&self, session: &Session, sort: Sort, namespace: &str) -> Result<(), Failed> {
        let left = || self.left().into_iter().filter(|entry| entry.sort == sort && entry.seen.namespace == namespace);
        if left().next().is_none() {
            return Ok(());
        }
        let mut failed = self.remove_listed::<K>(session, sort, namespace).await?;
        if left().any(|entry| !entry.confirmed) {
            tokio::time::sleep(AFTERTHOUGHT).await;
            failed = self.remove_listed::<K>(session, sort, namespace).await?;
        }
        match failed {
            Some(failed) => Err(failed),
            None => {
                // Every one that is still there was listed and removed.
                left().for_each(|entry| self.removed(sort, namespace, &entry.seen.name));
                Ok(())
            }
        }
    }

    /// The first failure of those that there are.
    async fn remove_listed<K: Resource>(
        &self,
        session: &Session,
        sort: Sort,
        namespace: &str,
    ) -> Result<Option<Failed>, Failed> {
        let selector = format!("{RUN_LABEL}={}", self.run_id());
        let uri = format!("{}{}", resource::typed::<K>(Some(namespace), None), query(&[("labelSelector", &selector)]));
        let answer = Call::get(uri).send(session).await?;
        let items = answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let removals = items.iter().map(|item| async {
            let text = |field: &str| item.pointer(field).and_then(Value::as_str).unwrap_or_default();
            let name = text("/metadata/name");
            delete_temporary::<K>(session, namespace, name, text("/metadata/uid")).await?;
            self.removed(sort, namespace, name);
            Ok(())
        });
        let outcomes: Vec<Result<(), Failed>> = stream::iter(removals).buffer_unordered(AT_ONCE).collect().await;
        Ok(outcomes.into_iter().find_map(Result::err))
    }
}

/// Services are not named: they go with the Job of the same name.
fn told(left: &[Entry], why: &str) -> Option<String> {
    let stays = left.iter().map(|entry| entry.stays).max()?;
    let mut names: Vec<String> =
        left.iter().map(|entry| format!("{}/{}", entry.seen.namespace, entry.seen.name)).collect();
    names.sort_unstable();
    names.dedup();
    let more = if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
    let (jobs, go) = if names.len() == 1 { ("Job", "it goes by itself") } else { ("Jobs", "they go by themselves") };
    names.truncate(5);
    let seconds = stays.as_secs();
    Some(format!(
        "temporary {jobs} {}{more} could not be removed: {why}; {go} within {seconds} seconds",
        names.join(", ")
    ))
}
