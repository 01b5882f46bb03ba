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

    /// Whether it can be given out as CSV.
    const HAS_CSV: bool = false;

    /// For people; `wide` shows more columns.
    fn table(&self, wide: bool) -> String;

    /// The headings and the rows of a spreadsheet, where there is one.
    fn csv(&self) -> Vec<Vec<String>> {
        Vec::new()
    }

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

/// Where a document stands among those that a command writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is the only one.
    Alone,
    /// It is one of several, and so many came before it.
    After(usize),
}

impl<R: Report> Ending<'_, R> {
    /// Writes the report to stdout. A reader that has gone away is not an error.
    pub fn print(&self, format: Format, place: Place) -> io::Result<()> {
        match anstream::stdout().write_all(self.text(format, place)?.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Of several documents, JSON has a line for each, YAML a line between, CSV the headings once, and a table a blank line between.
    fn text(&self, format: Format, place: Place) -> io::Result<String> {
        let table = |wide| self.report.map(|report| harmless(&report.table(wide))).unwrap_or_default();
        let text = match format {
            Format::Json if place == Place::Alone => serde_json::to_string_pretty(&self.document())? + "\n",
            Format::Json => serde_json::to_string(&self.document())? + "\n",
            Format::Yaml => lab_plan::yaml(&with_harmless_texts(self.document())),
            Format::Csv => harmless(&self.csv(place)?),
            Format::Table => table(false),
            Format::Wide => table(true),
        };
        let between = match (format, place) {
            (Format::Yaml, Place::After(_)) => "---\n",
            (Format::Table | Format::Wide, Place::After(1..)) => "\n",
            _ => "",
        };
        let text = if format == Format::Json { harmless_json(&text) } else { text };
        Ok(format!("{between}{text}"))
    }

    fn csv(&self, place: Place) -> io::Result<String> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let skipped = usize::from(matches!(place, Place::After(1..)));
        for row in self.report.map(Report::csv).unwrap_or_default().iter().skip(skipped) {
            writer.write_record(row)?;
        }
        let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
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
