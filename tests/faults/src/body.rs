//! The body of a reply on its way to the client: passed on piece by piece as it comes, and cut where that was ordered.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, Incoming};
use serde_json::json;
use tokio::time::{Sleep, sleep};

use crate::answer::expired;
use crate::desk::lock;
use crate::fault::{Extent, Fault};
use crate::seen::Seen;

/// Long enough for what was passed on last to be on its way: a connection that breaks takes with it what still waits to be written.
const LAST_WORDS: Duration = Duration::from_millis(50);

pub type ReplyBody = UnsyncBoxBody<Bytes, anyhow::Error>;

pub fn whole(bytes: Bytes) -> ReplyBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

pub fn passed_on(body: Incoming) -> ReplyBody {
    body.map_err(anyhow::Error::from).boxed_unsync()
}

/// The body with the fault that concerns bodies; any other leaves it as it is.
pub fn with_fault(body: ReplyBody, fault: &Fault, seen: &Arc<Mutex<Seen>>) -> ReplyBody {
    let (left, ending) = match fault {
        Fault::CutAfter(extent) => (*extent, Ending::Breaks(None)),
        Fault::EndAfter(extent) => (*extent, Ending::Ends),
        Fault::ExpireAfter { events } => (Extent::Events(*events), Ending::Expires),
        _ => return body,
    };
    Cut { body: Some(body), left, ending, fault: fault.clone(), seen: seen.clone() }.boxed_unsync()
}

struct Cut {
    /// None once it is cut.
    body: Option<ReplyBody>,
    left: Extent,
    ending: Ending,
    fault: Fault,
    seen: Arc<Mutex<Seen>>,
}

enum Ending {
    Breaks(Option<Pin<Box<Sleep>>>),
    Expires,
    Ends,
}

impl Cut {
    fn cut(&mut self) {
        self.body = None;
        lock(&self.seen).fault = Some(self.fault.clone());
    }

    fn end(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, anyhow::Error>>> {
        match &mut self.ending {
            Ending::Ends => Poll::Ready(None),
            Ending::Expires => {
                self.ending = Ending::Ends;
                let event = json!({"type": "ERROR", "object": expired()}).to_string() + "\n";
                Poll::Ready(Some(Ok(Frame::data(event.into()))))
            }
            Ending::Breaks(pause) => {
                let pause = pause.get_or_insert_with(|| Box::pin(sleep(LAST_WORDS)));
                ready!(pause.as_mut().poll(context));
                Poll::Ready(Some(Err(anyhow::anyhow!("cut as ordered"))))
            }
        }
    }
}

impl Body for Cut {
    type Data = Bytes;
    type Error = anyhow::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, anyhow::Error>>> {
        if self.body.is_some() && is_nothing(self.left) {
            self.cut();
        }
        let Some(body) = &mut self.body else { return self.end(context) };
        let frame = match ready!(Pin::new(body).poll_frame(context)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            Some(Ok(frame)) => frame,
        };
        let Ok(data) = frame.into_data() else { return Poll::Ready(None) };
        let (passed, left) = allowed(&data, self.left);
        self.left = left;
        Poll::Ready(Some(Ok(Frame::data(data.slice(..passed)))))
    }
}

fn is_nothing(extent: Extent) -> bool {
    matches!(extent, Extent::Bytes(0) | Extent::Events(0))
}

/// How many of the bytes may pass, and what may pass after them.
fn allowed(data: &[u8], extent: Extent) -> (usize, Extent) {
    match extent {
        Extent::Bytes(left) => {
            let passed = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
            (passed, Extent::Bytes(left - passed as u64))
        }
        Extent::Events(left) => {
            let wanted = usize::try_from(left).unwrap_or(usize::MAX);
            let ends: Vec<usize> =
                (0..data.len()).filter(|&at| data[at] == b'\n').map(|at| at + 1).take(wanted).collect();
            let passed = if ends.len() == wanted { ends.last().copied().unwrap_or(0) } else { data.len() };
            (passed, Extent::Events(left - ends.len() as u64))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_exactly_what_is_allowed() {
        let data = b"{1}\n{22}\n{3";
        for (extent, passed, left) in [
            (Extent::Bytes(2), 2, Extent::Bytes(0)),
            (Extent::Bytes(100), 11, Extent::Bytes(89)),
            (Extent::Events(1), 4, Extent::Events(0)),
            (Extent::Events(2), 9, Extent::Events(0)),
            (Extent::Events(3), 11, Extent::Events(1)),
        ] {
            assert_eq!(allowed(data, extent), (passed, left), "{extent:?}");
        }
    }
}
