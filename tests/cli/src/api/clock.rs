//! Times as Kubernetes writes them.

use jiff::{SignedDuration, Timestamp};

use crate::run::binaries;

/// Now, to the second.
pub fn now() -> String {
    ago(0)
}

/// So many seconds before now.
pub fn ago(seconds: i64) -> String {
    let then = present() - SignedDuration::from_secs(seconds);
    then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The clock of a stage runs from when the programs are there: to build them may take minutes, which its objects would age meanwhile.
fn present() -> Timestamp {
    binaries();
    Timestamp::now()
}

/// Now, as precisely as a container runtime notes it.
pub fn precise() -> String {
    present().strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
}
