//! One step on the way from a Service to an answer.

use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    pub id: Id,
    pub state: State,
    /// What was found; of a failed one the cause.
    pub said: String,
    /// Commands that help.
    pub hints: Vec<String>,
    /// What works today and is worth a word all the same.
    pub warnings: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Id {
    Service,
    Class,
    Controller,
    Pool,
    Address,
    Advertisement,
    Node,
    Endpoints,
    Announced,
    FromPod,
    FromNode,
    FromHere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    Ok,
    Failed,
    /// It could not be found out.
    Unproven,
    NotLookedAt,
}

impl Id {
    pub fn words(self) -> &'static str {
        match self {
            Id::Service => "service",
            Id::Class => "class",
            Id::Controller => "controller",
            Id::Pool => "pool",
            Id::Address => "address",
            Id::Advertisement => "advertisement",
            Id::Node => "node",
            Id::Endpoints => "endpoints",
            Id::Announced => "announced",
            Id::FromPod => "from a pod",
            Id::FromNode => "from a node",
            Id::FromHere => "from here",
        }
    }
}

impl State {
    pub fn words(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Failed => "failed",
            State::Unproven => "unproven",
            State::NotLookedAt => "not looked at",
        }
    }
}

impl Hop {
    fn new(id: Id, state: State, said: impl Into<String>) -> Hop {
        Hop { id, state, said: said.into(), hints: Vec::new(), warnings: Vec::new() }
    }

    pub fn ok(id: Id, said: impl Into<String>) -> Hop {
        Hop::new(id, State::Ok, said)
    }

    pub fn failed(id: Id, said: impl Into<String>) -> Hop {
        Hop::new(id, State::Failed, said)
    }

    pub fn unproven(id: Id, said: impl Into<String>) -> Hop {
        Hop::new(id, State::Unproven, said)
    }

    pub fn not_looked_at(id: Id) -> Hop {
        Hop::new(id, State::NotLookedAt, "")
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Hop {
        self.hints.push(hint.into());
        self
    }

    #[must_use]
    pub fn warn(mut self, warnings: impl IntoIterator<Item = String>) -> Hop {
        self.warnings.extend(warnings);
        self
    }
}
