//! Waiting until something that was read has changed.

use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use futures::{FutureExt, TryStreamExt};
use k8s_openapi::Resource;
use kube::core::WatchEvent;
use serde_json::Value;

use super::{Reader, Selection, version_of};
use crate::request::{Call, query};
use crate::resource;

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
        let selection = Selection { namespace, labels: None, fields: Some(&fields) };
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

    /// True at the first piece of news. A watch that cannot be opened or is cut says nothing for ever.
    async fn first_event(&self, watched: Watched) -> bool {
        let Ok(request) = Call::get(watched.uri).request() else { return std::future::pending().await };
        let Ok(events) = self.session.client.request_events::<Value>(request).await else {
            return std::future::pending().await;
        };
        let mut events = std::pin::pin!(events);
        loop {
            match events.try_next().await {
                Ok(Some(WatchEvent::Bookmark(_))) => {}
                Ok(Some(WatchEvent::Added(object)))
                    if watched.known.is_some() && version_of(&object) == watched.known => {}
                Ok(Some(WatchEvent::Added(_) | WatchEvent::Modified(_) | WatchEvent::Deleted(_))) => return true,
                Ok(Some(WatchEvent::Error(_)) | None) | Err(_) => return std::future::pending().await,
            }
        }
    }
}
