//! The report of a command: the same data as a table or as JSON and YAML of a named, versioned type.

use std::io::{self, Write};

use lab_plan::{Exit, Lasts, Plan};
use serde::Serialize;
use serde_json::Value;

use crate::connect::Session;
use crate::error::Error;
use crate::flags::{DryRun, Format};
use crate::harmless::{harmless, harmless_json};
use crate::rights::Right;

/// What a verb has found out, for people and for programs.
pub trait Report: Serialize {
    /// The type's name in JSON.
    const KIND: &'static str;

    /// For people; `wide` shows more columns.
    fn table(&self, wide: bool) -> String;

    /// How a command ends that has done its work: a verdict may be negative.
    fn exit(&self) -> Exit {
        Exit::Done
    }
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepReport {
    pub id: String,
    pub title: String,
    pub outcome: StepOutcome,
    /// Whether anything of it stays.
    #[serde(skip)]
    pub lasts: Lasts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum StepOutcome {
    Done,
    Failed,
    NotDone,
    /// It did not work, and its changes were taken back.
    TakenBack,
    /// Somebody else changed the object first; nothing was written.
    Conflict,
    /// It was done, and somebody else put the old value back.
    Reverted,
    /// The API server accepted the change in a dry run.
    Checked,
    /// It could not be checked in a dry run, because it needs an earlier step.
    NotChecked,
}

/// Everything there is to tell when a command ends.
pub(crate) struct Ending<'e, R> {
    pub session: Option<&'e Session>,
    pub dry_run: DryRun,
    pub plan: Option<&'e Plan>,
    pub steps: &'e [StepReport],
    pub report: Option<&'e R>,
    pub error: Option<&'e Error>,
}

/// YAML has no escape outside of quotes, so the texts themselves are made harmless.
fn with_harmless_texts(mut value: Value) -> Value {
    match &mut value {
        Value::String(text) => *text = harmless(text),
        Value::Array(items) => items.iter_mut().for_each(|item| *item = with_harmless_texts(item.take())),
        Value::Object(fields) => fields.values_mut().for_each(|field| *field = with_harmless_texts(field.take())),
        _ => {}
    }
    value
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'e, R> {
    api_version: &'static str,
    kind: &'static str,
    result: Exit,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<Cluster<'e>>,
    dry_run: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'e Plan>,
    steps: &'e [StepReport],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
    #[serde(flatten)]
    report: Option<&'e R>,
}

#[derive(Serialize)]
struct Cluster<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'e str>,
    server: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'e str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    message: String,
    hints: Vec<String>,
    missing_rights: Vec<String>,
    exit_code: u8,
}

impl<R: Report> Ending<'_, R> {
    /// Writes the report to stdout. A reader that has gone away is not an error.
    pub fn print(&self, format: Format) -> io::Result<()> {
        let text = match format {
            Format::Json => harmless_json(&format!("{}\n", serde_json::to_string_pretty(&self.document())?)),
            Format::Yaml => lab_plan::yaml(&with_harmless_texts(self.document())),
            Format::Table => self.report.map(|report| harmless(&report.table(false))).unwrap_or_default(),
            Format::Wide => self.report.map(|report| harmless(&report.table(true))).unwrap_or_default(),
        };
        match anstream::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    pub fn exit(&self) -> Exit {
        match self.error {
            Some(error) => error.exit,
            None => self.report.map_or(Exit::Done, Report::exit),
        }
    }

    fn document(&self) -> Value {
        let document = Document {
            api_version: "lab/v1",
            kind: R::KIND,
            result: self.exit(),
            cluster: self.session.map(|session| Cluster {
                context: session.context.as_deref(),
                server: &session.server,
                user: session.user.as_deref(),
            }),
            dry_run: match self.dry_run {
                DryRun::None => "none",
                DryRun::Client => "client",
                DryRun::Server => "server",
            },
            plan: self.plan,
            steps: self.steps,
            error: self.error.map(|error| Failure {
                message: error.to_string(),
                hints: error.hints.clone(),
                missing_rights: error.missing.iter().map(Right::to_string).collect(),
                exit_code: error.exit.code(),
            }),
            report: self.report,
        };
        serde_json::to_value(&document).unwrap_or_default()
    }
}
