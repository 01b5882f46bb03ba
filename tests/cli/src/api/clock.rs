//! Times as Kubernetes writes them.

use jiff::{SignedDuration, Timestamp};

/// Now, to the second.
pub fn now() -> String {
    ago(0)
}

/// So many seconds before now.
pub fn ago(seconds: i64) -> String {
    let then = Timestamp::now() - SignedDuration::from_secs(seconds);
    then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Now, as precisely as a container runtime notes it.
pub fn precise() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
}
