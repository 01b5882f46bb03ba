//! What happens while it is asked.

use std::time::Duration;

use lab_topics::service::{Balancing, Endpoint};

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// What is known of how connections are handed out.
    Ground(Ground),
    /// Where the pod of a place runs.
    Placed {
        place: usize,
        node: String,
    },
    Request(Request),
    /// It was not asked any more, because too many before it got no answer.
    Skipped {
        place: usize,
        number: u32,
    },
    /// No more comes from there; and why it is not all, where it is not.
    Over {
        place: usize,
        why: Option<String>,
    },
    /// Who gave an answer was found out later.
    Identified {
        place: usize,
        number: u32,
        who: String,
    },
    /// Why that could not be found out from the pods' logs.
    LogsSilent(String),
    /// The endpoints when all was over.
    After(Vec<Endpoint>),
    /// The NetworkPolicies beside the pods, looked at where nothing came back.
    Policies(Vec<String>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    pub balancing: Balancing,
    /// kube-proxy's mode; absent where it could not be read.
    pub mode: Option<String>,
    /// The zones of nodes, as (node, zone).
    pub zones: Vec<(String, String)>,
}

impl Default for Ground {
    fn default() -> Ground {
        Ground { balancing: Balancing::Random, mode: None, zones: Vec::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub place: usize,
    pub number: u32,
    /// Unknown where all go over one connection.
    pub took: Option<Duration>,
    pub outcome: Outcome,
    pub who: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With this HTTP status.
    Answered(u16),
    Silent(Failure),
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    UnknownName,
    Refused,
    TimedOut,
    NoRoute,
    Other(String),
}

impl Failure {
    pub fn words(&self) -> String {
        match self {
            Failure::UnknownName => "the name does not resolve".into(),
            Failure::Refused => "connection refused".into(),
            Failure::TimedOut => "nothing came back in time".into(),
            Failure::NoRoute => "there is no way to it".into(),
            Failure::Other(why) => why.clone(),
        }
    }
}
