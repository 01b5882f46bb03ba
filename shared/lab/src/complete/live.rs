//! Values that only the kubeconfig or the cluster knows. Looking them up reads names and labels, and nothing else; where that
//! does not go smoothly there are none. All of a kind, or none: the only one of half a list would be the wrong one.

use std::collections::BTreeSet;

use kube::config::{Kubeconfig, NamedCluster, NamedContext};
use lab_plan::RUN_ANNOTATION;
use serde_json::Value;

use super::Live;
use super::candidates::Candidate;
use super::objects::{Objects, Scope};
use crate::connect::{self, Session};
use crate::flags::Connection;
use crate::journal::{MANAGED_BY, STATE, VERB};
use crate::reader::pages::{Pages, items};
use crate::reader::text_at;
use crate::resource::collection;

/// More than this nobody chooses from.
const MOST: usize = 10_000;

pub(super) fn look(live: Live, word: &str, connection: &Connection) -> Vec<Candidate> {
    let mut found = match live {
        Live::Contexts => in_kubeconfig(connection, contexts),
        Live::Clusters => in_kubeconfig(connection, clusters),
        Live::Users => in_kubeconfig(connection, users),
        Live::Objects(kinds) => objects(kinds, word, connection),
        Live::Runs => in_cluster(connection, runs).unwrap_or_default(),
    };
    found.retain(|candidate| candidate.value.starts_with(word));
    found
}

fn in_kubeconfig(connection: &Connection, names: fn(&Kubeconfig) -> Vec<Candidate>) -> Vec<Candidate> {
    connect::kubeconfig_of(connection).as_ref().map(names).unwrap_or_default()
}

fn contexts(config: &Kubeconfig) -> Vec<Candidate> {
    let about = |named: &NamedContext| {
        let cluster = named.context.as_ref().map(|context| format!("cluster {}", context.cluster)).unwrap_or_default();
        let current = config.current_context.as_ref() == Some(&named.name);
        if current { format!("{cluster}, the current one") } else { cluster }
    };
    config.contexts.iter().map(|named| Candidate::new(named.name.as_str(), &about(named))).collect()
}

fn clusters(config: &Kubeconfig) -> Vec<Candidate> {
    let server = |named: &NamedCluster| named.cluster.as_ref().and_then(|cluster| cluster.server.clone());
    let candidate = |named: &NamedCluster| Candidate::new(named.name.as_str(), &server(named).unwrap_or_default());
    config.clusters.iter().map(candidate).collect()
}

fn users(config: &Kubeconfig) -> Vec<Candidate> {
    config.auth_infos.iter().map(|named| Candidate::new(named.name.as_str(), "")).collect()
}

/// `svc/` leads to the names of Services; before that, it is itself what can be typed, and for that no cluster is needed.
pub(super) fn before_names(live: Live, word: &str) -> Vec<Candidate> {
    let Live::Objects(kinds) = live else { return Vec::new() };
    let begun = kinds.iter().filter(|kind| kind.before.starts_with(word) && kind.before.len() > word.len());
    begun.map(|kind| Candidate::new(kind.before, kind.plural)).collect()
}

fn objects(kinds: &[Objects], word: &str, connection: &Connection) -> Vec<Candidate> {
    // A name has no slash, so behind one it is known which kind is meant.
    let is_meant = |kind: &&Objects| word.starts_with(kind.before) && !word[kind.before.len()..].contains('/');
    let meant: Vec<&Objects> = kinds.iter().filter(is_meant).collect();
    if meant.is_empty() {
        return Vec::new();
    }
    in_cluster(connection, async |session| names(session, &meant).await).unwrap_or_default()
}

async fn names(session: &Session, kinds: &[&Objects]) -> Option<Vec<Candidate>> {
    let mut found = BTreeSet::new();
    for kind in kinds {
        let namespace = (kind.scope == Scope::Namespace).then_some(session.namespace.as_str());
        for object in all(session, collection(kind.api_version, kind.plural, namespace), Vec::new()).await? {
            found.extend(text_at(&object, "/metadata/name").map(|name| format!("{}{name}", kind.before)));
        }
    }
    Some(found.into_iter().map(|name| Candidate::new(name, "")).collect())
}

/// Newest first, as people mean one of the last.
async fn runs(session: &Session) -> Option<Vec<Candidate>> {
    let labels = format!("{}={},{STATE}", MANAGED_BY.0, MANAGED_BY.1);
    let everywhere = all(session, collection("v1", "configmaps", None), vec![("labelSelector", labels.as_str())]).await;
    let journals = match everywhere {
        Some(journals) => journals,
        None => {
            let own = collection("v1", "configmaps", Some(&session.namespace));
            all(session, own, vec![("labelSelector", labels.as_str())]).await?
        }
    };
    let label = |journal: &Value, name: &str| {
        let labels = journal.pointer("/metadata/labels");
        labels.and_then(|labels| labels.get(name)?.as_str()).unwrap_or_default().to_owned()
    };
    let candidate = |journal: &Value| {
        let id = journal.pointer("/metadata/annotations")?.get(RUN_ANNOTATION)?.as_str()?;
        Some(Candidate::new(id, &format!("{}, {}", label(journal, VERB), label(journal, STATE))))
    };
    let mut found: Vec<Candidate> = journals.iter().filter_map(candidate).collect();
    found.sort_by(|a, b| b.value.cmp(&a.value));
    found.dedup();
    Some(found)
}

async fn all(session: &Session, collection: String, pairs: Vec<(&'static str, &str)>) -> Option<Vec<Value>> {
    let mut found = Vec::new();
    let mut pages = Pages::of_metadata(collection, pairs);
    while let Some(page) = pages.next(session).await.ok()? {
        found.extend(items(&page).cloned());
        if found.len() > MOST {
            return None;
        }
    }
    Some(found)
}

fn in_cluster<T>(connection: &Connection, look: impl AsyncFnOnce(&Session) -> Option<T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        let session = connect::quietly(connection).await.ok()?;
        look(&session).await
    })
}
