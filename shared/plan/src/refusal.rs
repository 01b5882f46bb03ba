//! Why a verb will not go on, found before the first change.

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RefusalKind {
    /// It could, but it must not without being told to.
    Refused,
    /// The cause lies where this verb can do nothing good.
    CannotMend,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    pub kind: RefusalKind,
    pub reason: String,
    /// Commands or facts that help, each a line of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// The code that `--allow` takes to go ahead all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_by: Option<&'static str>,
}

impl Refusal {
    pub fn refused(reason: impl Into<String>, allowed_by: Option<&'static str>) -> Refusal {
        Refusal { kind: RefusalKind::Refused, reason: reason.into(), hints: Vec::new(), allowed_by }
    }

    pub fn cannot_mend(reason: impl Into<String>) -> Refusal {
        Refusal { kind: RefusalKind::CannotMend, reason: reason.into(), hints: Vec::new(), allowed_by: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Refusal {
        self.hints.push(hint.into());
        self
    }
}
