//! The same for people: the verdict, a row for each that answered, and what helps.

use lab::Table;
use lab::bar::bar;

use super::{Asker, Row, Shown};

impl Shown {
    pub fn table(&self, wide: bool) -> String {
        let mut text = format!("{}\n", self.verdict);
        let rows: usize = self.places.iter().map(|place| place.answers.len()).sum();
        let something = self.places.iter().any(|place| place.answered + place.failed + place.skipped > 0);
        if rows > 0 && something {
            text.push('\n');
            text.push_str(&self.rows(wide));
        }
        if self.places.len() > 1 && something {
            text.push('\n');
            for place in &self.places {
                text.push_str(&format!("from {}: {}\n", place.words, place.verdict));
            }
        }
        let notes = self.notes.iter().map(|note| format!("note: {note}\n"));
        let hints = self.failure.iter().flat_map(|failure| &failure.hints).map(|hint| format!("hint: {hint}\n"));
        let below: String = notes.chain(hints).collect();
        if !below.is_empty() {
            text.push('\n');
            text.push_str(&below);
        }
        text
    }

    fn rows(&self, wide: bool) -> String {
        let several = self.places.len() > 1;
        let timed = self.places.iter().flat_map(|place| &place.answers).any(|row| row.slowest_ms.is_some());
        let from = several.then_some("FROM");
        let headings = [
            from,
            Some("POD"),
            Some("NODE"),
            Some("ANSWERS"),
            Some("SHARE"),
            Some(""),
            Some("ERRORS"),
            timed.then_some("SLOWEST"),
        ];
        let mut table = Table::with_headings(headings.into_iter().flatten());
        for place in &self.places {
            let unanswered = place.failures.iter().map(|reason| Row {
                endpoint: Some(format!("<none: {}>", reason.why)),
                node: None,
                answers: reason.count,
                share: 0.0,
                errors: reason.count,
                slowest_ms: None,
            });
            let hidden = |row: &&Row| wide || row.answers > 0 || place.answers.len() <= 20;
            for row in place.answers.iter().filter(hidden) {
                table.row(cells(place, row, several, timed, false));
            }
            for row in unanswered {
                table.row(cells(place, &row, several, timed, true));
            }
        }
        table.to_string()
    }
}

fn cells(place: &Asker, row: &Row, several: bool, timed: bool, unanswered: bool) -> Vec<String> {
    let exact = place.from == "here";
    let slowest = match row.slowest_ms {
        None => String::new(),
        // A pod's clock goes in steps of 10 ms.
        Some(0) if !exact => "<10ms".into(),
        Some(0) => "<1ms".into(),
        Some(millis) => format!("{millis}ms"),
    };
    let (share, bar) = match unanswered {
        true => (String::new(), String::new()),
        false => (format!("{:.1}%", row.share * 100.0), bar(row.share)),
    };
    let name = row.endpoint.clone().unwrap_or_else(|| "<unknown>".into());
    let answers = if unanswered { "0".to_owned() } else { row.answers.to_string() };
    let mut cells = vec![name, row.node.clone().unwrap_or_default(), answers, share, bar, row.errors.to_string()];
    if several {
        cells.insert(0, place.words.clone());
    }
    if timed {
        cells.push(slowest);
    }
    cells
}
