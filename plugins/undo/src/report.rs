//! What the user gets to see: the runs that could be taken back, and what became of them.

use lab::{Report, Table};
use serde::Serialize;

use crate::facts::Facts;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UndoReport {
    runs: Vec<Run>,
    /// Objects that bear a journal's labels and are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    id: String,
    verb: String,
    /// open (the run died or still goes on), closed, or undone.
    state: String,
    namespace: String,
    started: String,
    cluster: String,
    changes: Vec<String>,
    #[serde(skip)]
    age: String,
}

pub fn report(facts: &Facts) -> UndoReport {
    let runs = facts.journals.iter().rev().map(|stored| Run {
        id: stored.journal.id.clone(),
        verb: stored.journal.verb.clone(),
        state: stored.state.clone(),
        namespace: stored.target.namespace.clone().unwrap_or_default(),
        started: stored.journal.started.clone(),
        cluster: stored.journal.cluster.clone(),
        changes: stored.journal.entries.iter().map(|entry| entry.title.clone()).collect(),
        age: age(facts, &stored.journal.started),
    });
    UndoReport {
        runs: runs.collect(),
        unreadable: facts.unreadable.iter().map(|(target, why)| format!("{target}: {why}")).collect(),
    }
}

/// As kubectl shows ages: the two largest units are enough.
fn age(facts: &Facts, started: &str) -> String {
    let Ok(started) = started.parse::<lab::Timestamp>() else { return "<unknown>".into() };
    let seconds = facts.now.duration_since(started).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

impl Report for UndoReport {
    const KIND: &'static str = "UndoReport";

    fn table(&self, wide: bool) -> String {
        if self.runs.is_empty() {
            return "no run has left a journal\n".into();
        }
        let mut table = Table::new(["ID", "VERB", "STATE", "NAMESPACE", "AGE", "CHANGES"]);
        for run in &self.runs {
            let changes = if wide { run.changes.join("; ") } else { first(&run.changes) };
            table.row([&run.id, &run.verb, &run.state, &run.namespace, &run.age, &changes]);
        }
        table.to_string()
    }
}

fn first(changes: &[String]) -> String {
    const WIDTH: usize = 72;
    let more = if changes.len() > 1 { format!(" (+{})", changes.len() - 1) } else { String::new() };
    let text = changes.first().map(String::as_str).unwrap_or_default();
    let short: String = text.chars().take(WIDTH).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("{short}{dots}{more}")
}
