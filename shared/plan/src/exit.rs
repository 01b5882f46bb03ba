//! The exit codes of every verb, in one place. The table in the README is checked against this file.

use serde::Serialize;

/// How a command ended, as the number that a script sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[repr(u8)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    Negative = 3,
    TimedOut = 4,
    Forbidden = 5,
    Unreachable = 6,
    Refused = 7,
    Interrupted = 130,
}

impl Exit {
    pub const ALL: [Exit; 9] = [
        Exit::Done,
        Exit::Failed,
        Exit::Usage,
        Exit::Negative,
        Exit::TimedOut,
        Exit::Forbidden,
        Exit::Unreachable,
        Exit::Refused,
        Exit::Interrupted,
    ];

    pub fn code(self) -> u8 {
        self as u8
    }

    /// What the code means, in the words of the documentation.
    pub fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "done, or there was nothing to do",
            Exit::Failed => "failed",
            Exit::Usage => "wrong usage, or a broken kubeconfig or context",
            Exit::Negative => "the verdict is negative",
            Exit::TimedOut => "timed out",
            Exit::Forbidden => "a right is missing",
            Exit::Unreachable => "the cluster could not be reached (network, TLS, 401)",
            Exit::Refused => "refused, or in conflict with somebody else's change",
            Exit::Interrupted => "interrupted",
        }
    }
}
