//! One watch, for as long as it takes until something has happened.

use futures::TryStreamExt as _;
use kube::core::WatchEvent;
use serde_json::Value;

use crate::connect::Session;
use crate::request::Call;

/// True at the first piece of news; to be told of the version that is `known` is none. False where the watch cannot be
/// opened or was cut: then it has nothing more to say.
pub(crate) async fn news(session: &Session, uri: String, known: Option<&str>) -> bool {
    let Ok(request) = Call::get(uri).request() else { return false };
    let Ok(events) = session.client.request_events::<Value>(request).await else { return false };
    let mut events = std::pin::pin!(events);
    loop {
        match events.try_next().await {
            Ok(Some(WatchEvent::Bookmark(_))) => {}
            Ok(Some(WatchEvent::Added(object))) if known.is_some() && version(&object) == known => {}
            Ok(Some(WatchEvent::Added(_) | WatchEvent::Modified(_) | WatchEvent::Deleted(_))) => return true,
            Ok(Some(WatchEvent::Error(_)) | None) | Err(_) => return false,
        }
    }
}

fn version(object: &Value) -> Option<&str> {
    object.pointer("/metadata/resourceVersion")?.as_str()
}
