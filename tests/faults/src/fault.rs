//! What can go wrong with a request, and when a test's own code is called.

use std::time::Duration;

use crate::answer::Answer;

/// What happens to the requests that a rule chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks before the request reached the server.
    DropRequest,
    /// The server carries the request out; the connection breaks before a byte of its reply is passed on.
    DropReply,
    /// The client is answered here; the server never sees the request.
    Answer(Answer),
    /// The request goes on after this time, or not at all if the client gave up.
    StallFor(Duration),
    /// The request goes nowhere until the client gives up; the server never sees it.
    Stall,
    /// The server carries the request out; the client waits for the reply until it gives up.
    HoldReply,
    /// The connection breaks in the middle of the reply.
    CutAfter(Extent),
    /// The reply ends early and properly, as a watch does that the server closes.
    EndAfter(Extent),
    /// After so many events the watch reports `410 Expired` as its last one.
    ExpireAfter { events: u64 },
}

/// How much of a reply is passed on before it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    Bytes(u64),
    /// Of a watch in JSON: one to a line.
    Events(u64),
}

impl Fault {
    /// Events can be counted only in JSON that is not compressed.
    pub(crate) fn counts_events(&self) -> bool {
        matches!(self, Self::CutAfter(Extent::Events(_)) | Self::EndAfter(Extent::Events(_)) | Self::ExpireAfter { .. })
    }
}

/// When a test's own code is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The request has arrived whole, and the server has seen nothing of it.
    Before,
    /// The server has answered, and the client has seen nothing of it.
    After,
}

/// How it goes on after a test's own code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    GoOn,
    /// Before: the server never sees the request. After: the reply is lost.
    Drop,
}
