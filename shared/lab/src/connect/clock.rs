//! The API server's time. How old an error or a pod is can only be said by the clock that dated it, and this machine's
//! may be wrong: a laptop after its sleep, a virtual machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use http::header::DATE;
use http::{HeaderMap, Response};
use jiff::{SignedDuration, Timestamp};

/// How many seconds the API server is ahead of this machine.
#[derive(Debug, Default)]
pub(crate) struct Clock(AtomicI64);

/// Answers are dated to the second, and take their time.
const EXACT: i64 = 2;

impl Clock {
    /// Takes note of the time that an answer was given at.
    pub fn hear(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| jiff::fmt::rfc2822::parse(date.to_str().ok()?).ok());
        if let Some(date) = date {
            let ahead = date.timestamp().as_second() - Timestamp::now().as_second();
            self.0.store(if ahead.abs() <= EXACT { 0 } else { ahead }, Ordering::Relaxed);
        }
    }

    pub fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.0.load(Ordering::Relaxed));
        Timestamp::now().saturating_add(ahead).unwrap_or_else(|_| Timestamp::now())
    }
}

/// For the client's way back: lets the clock hear every answer.
pub(crate) fn hearing<B>(clock: Arc<Clock>) -> impl Fn(Response<B>) -> Response<B> + Clone + Send + 'static {
    move |response| {
        clock.hear(response.headers());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ahead_after(date: &str) -> i64 {
        let clock = Clock::default();
        clock.hear(&HeaderMap::from_iter([(DATE, date.parse().unwrap())]));
        clock.now().as_second() - Timestamp::now().as_second()
    }

    #[test]
    fn the_servers_time_is_taken_over() {
        let ahead = ahead_after("Sun, 22 Nov 2099 23:17:54 GMT");
        assert!(ahead > 365 * 86_400, "{ahead}");
        assert!(ahead_after("Sun, 22 Nov 2020 23:17:54 GMT") < -86_400);
    }

    #[test]
    fn what_is_no_time_changes_nothing() {
        for date in ["", "now", "Sun, 99 Nov 2020"] {
            assert_eq!(ahead_after(date), 0, "{date}");
        }
        let clock = Clock::default();
        clock.hear(&HeaderMap::new());
        assert_eq!(clock.0.load(Ordering::Relaxed), 0);
    }
}
