//! Waiting with a reason: what is missing is printed when it changes, and is the error when time runs out.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::say;

pub enum Look {
    Done,
    /// Not yet, and why.
    Waiting(String),
}

const BETWEEN_LOOKS: Duration = Duration::from_millis(300);
/// A reason that lasts shorter than this is not worth a line.
const WORTH_SAYING: Duration = Duration::from_secs(3);

/// Looks until `look` says done. An error from `look` ends the wait: it is for what will never get better.
pub fn until(what: &str, limit: Duration, mut look: impl FnMut() -> Result<Look>) -> Result<()> {
    let start = Instant::now();
    let (mut said, mut since) = (String::new(), start);
    loop {
        let reason = match look()? {
            Look::Done => return Ok(()),
            Look::Waiting(reason) => reason,
        };
        if start.elapsed() > limit {
            bail!("could not wait longer than {} s for {what}: {reason}", limit.as_secs());
        }
        if reason != said && since.elapsed() > WORTH_SAYING {
            say::note(format!("  waiting for {what}: {reason}"));
            (said, since) = (reason, Instant::now());
        }
        sleep(BETWEEN_LOOKS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_reason_is_in_the_error() {
        let error = until("tea", Duration::ZERO, || Ok(Look::Waiting("water is cold".into()))).unwrap_err();
        assert!(format!("{error:#}").contains("tea: water is cold"), "{error:#}");
    }

    #[test]
    fn a_hopeless_look_ends_the_wait_at_once() {
        let error = until("tea", Duration::from_secs(60), || bail!("no kettle")).unwrap_err();
        assert_eq!(error.to_string(), "no kettle");
    }
}
