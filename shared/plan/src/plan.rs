//! What a verb wants to do, before anything is done.

use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::condition::Settle;
use crate::lasts::Lasts;
use crate::refusal::Refusal;

/// The steps of one round. A plan without steps whose `then` is `Done` is the proof of success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    pub steps: Vec<Step>,
    /// Why the steps must not be taken, unless each reason is allowed by its code. All of them, before the first change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refusal>,
    /// What the reader should know beside the steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Steps that a later round may bring; the consent to this plan covers them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub may_follow: Vec<Announcement>,
    pub then: Then,
}

/// A step that is named before it is known whether it is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announcement {
    /// The `id` of the step.
    pub id: String,
    pub title: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Then {
    Done,
    /// With steps: look at what came of them. Without: a wait, and `why` is what it waits for.
    LookAgain {
        why: String,
    },
    /// Without steps: what this run has changed does not do what it was to do. Steps that are taken back on failure are
    /// taken back now, and the run fails for this reason.
    TakeBack {
        why: String,
    },
    /// Without steps: something has to be chosen by whoever sits at the terminal.
    Ask(Question),
}

/// What only a person can decide, with what could be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    pub text: String,
    pub options: Vec<Choice>,
    /// What is said where nobody can be asked, or nothing is chosen.
    pub otherwise: Refusal,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    pub value: String,
    /// What speaks for it.
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What sort of step it is, stable across rounds; consent is given to it.
    pub id: String,
    pub title: String,
    pub why: String,
    pub changes: Vec<Change>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settle: Vec<Settle>,
    /// What becomes of the changes if settling fails.
    #[serde(default, skip_serializing_if = "OnFailure::is_stop")]
    pub on_failure: OnFailure,
    /// The API server has to accept the changes in a dry run first; while an admission webhook is not up, that is waited for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once_accepted: bool,
    #[serde(default, skip_serializing_if = "Lasts::is_until_undone")]
    pub lasts: Lasts,
    /// Said before the step is taken, where it cannot be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cannot_be_undone: Option<String>,
    /// Others may miss what it takes away: where nobody can be asked, it is not taken unless that was agreed to beforehand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub destructive: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnFailure {
    /// They stay, and the run ends.
    #[default]
    Stop,
    /// They are inverted and settled again, and then the run ends.
    TakeBack,
    /// The run goes on, and the next look says what is missing and why. For steps of this run only.
    GoOn,
}

impl OnFailure {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_stop(&self) -> bool {
        *self == OnFailure::Stop
    }
}

impl Plan {
    /// Nothing to do, and nothing to wait for.
    pub fn done() -> Plan {
        Plan { steps: Vec::new(), refusals: Vec::new(), notes: Vec::new(), may_follow: Vec::new(), then: Then::Done }
    }

    /// Nothing to do but to wait.
    pub fn wait(why: impl Into<String>) -> Plan {
        Plan { then: Then::LookAgain { why: why.into() }, ..Plan::done() }
    }

    /// What was done is no good; back with it.
    pub fn take_back(why: impl Into<String>) -> Plan {
        Plan { then: Then::TakeBack { why: why.into() }, ..Plan::done() }
    }

    /// One step, and then a look at what came of it.
    pub fn step(step: Step, why: impl Into<String>) -> Plan {
        Plan { steps: vec![step], ..Plan::wait(why) }
    }

    /// Nothing that this verb can do helps, and why.
    pub fn refuse(refusal: Refusal) -> Plan {
        Plan { refusals: vec![refusal], ..Plan::done() }
    }

    /// The empty plan is the proof.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.refusals.is_empty() && self.then == Then::Done
    }

    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.steps.iter().flat_map(|step| &step.changes)
    }
}

impl Step {
    pub fn new(id: &str, title: impl Into<String>, why: impl Into<String>, changes: Vec<Change>) -> Step {
        Step {
            id: id.into(),
            title: title.into(),
            why: why.into(),
            changes,
            settle: Vec::new(),
            on_failure: OnFailure::Stop,
            once_accepted: false,
            lasts: Lasts::UntilUndone,
            cannot_be_undone: None,
            destructive: false,
        }
    }

    /// Asks whoever can be asked, and goes nowhere without an answer.
    #[must_use]
    pub fn destructive(mut self) -> Step {
        self.destructive = true;
        self
    }

    /// Waits until admission webhooks answer, and writes only what they accept.
    #[must_use]
    pub fn once_accepted(mut self) -> Step {
        self.once_accepted = true;
        self
    }

    #[must_use]
    pub fn settle(mut self, settle: impl IntoIterator<Item = Settle>) -> Step {
        self.settle.extend(settle);
        self
    }

    /// Puts the old values back if settling fails.
    #[must_use]
    pub fn or_take_back(mut self) -> Step {
        self.on_failure = OnFailure::TakeBack;
        self
    }

    /// What it makes is removed when the run ends.
    #[must_use]
    pub fn for_this_run(mut self) -> Step {
        self.lasts = Lasts::ThisRun;
        self
    }

    /// Goes on without it where it fails.
    #[must_use]
    pub fn or_go_on(mut self) -> Step {
        self.on_failure = OnFailure::GoOn;
        self
    }
}
