//! Waiting until something that was read has changed.

use std::time::Duration;

use futures::FutureExt as _;
use futures::stream::{FuturesUnordered, StreamExt};
use k8s_openapi::Resource;

use super::{Reader, Selection};
use crate::request::query;
use crate::resource;
use crate::watch::news;

/// Something that was read and can be watched from there on.
#[derive(Clone)]
pub(crate) struct Watched {
    uri: String,
    /// The version that was read of a single object; to be told of it again is no news.
    known: Option<String>,
}

impl Watched {
    /// The version of an object may be too old to watch from; so its watch begins with the object as it is now.
    pub fn one<K: Resource>(namespace: Option<&str>, name: &str, known: Option<String>) -> Watched {
        let fields = format!("metadata.name={name}");
        let selection = Selection { namespace, fields: Some(&fields), ..Selection::default() };
        Watched { known, ..Watched::many::<K>(selection, None) }
    }

    pub fn many<K: Resource>(selection: Selection<'_>, version: Option<&str>) -> Watched {
        let mut pairs = selection.query();
        pairs.push(("watch", "true"));
        pairs.push(("resourceVersion", version.unwrap_or("0")));
        let uri = format!("{}{}", resource::typed::<K>(selection.namespace, None), query(&pairs));
        Watched { uri, known: None }
    }
}

/// Changes come in bursts (a pod's status is written several times a second); the next look comes after the burst.
const BURST: Duration = Duration::from_millis(300);

impl Reader<'_> {
    /// Returns when an object that this round has read was changed, but after `longest` at the latest: not everything
    /// can be watched, the metrics API for one.
    pub(crate) async fn changed(&self, longest: Duration) {
        let looked = self.round.get().elapsed();
        let watches: FuturesUnordered<_> =
            self.watched.borrow().iter().map(|watched| self.first_event(watched.clone()).boxed_local()).collect();
        if watches.is_empty() {
            tokio::time::sleep(longest).await;
            return;
        }
        let mut watches = watches;
        if tokio::time::timeout(longest, watches.next()).await.is_ok() {
            // Where a look takes long, it is not taken again and again.
            tokio::time::sleep(BURST.max(looked * 4).min(longest)).await;
        }
    }

    /// A watch that cannot be opened or is cut says nothing for ever.
    async fn first_event(&self, watched: Watched) {
        if !news(self.session, watched.uri, watched.known.as_deref()).await {
            std::future::pending::<()>().await;
        }
    }
}
