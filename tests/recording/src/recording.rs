//! What a terminal was sent, and when: a file as asciinema writes and plays it (asciicast, version 2).

use std::num::NonZeroU16;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::session::PROMPT;

const VERSION: u8 = 2;
/// What was sent to the terminal, as the format calls it.
const OUTPUT: &str = "o";

#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    pub columns: NonZeroU16,
    pub rows: NonZeroU16,
    pub title: String,
    /// Whoever shows it makes no pause longer than this.
    pub longest_pause: Duration,
    pub events: Vec<Event>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Since the beginning.
    pub at: Duration,
    pub output: String,
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: u8,
    width: NonZeroU16,
    height: NonZeroU16,
    idle_time_limit: f64,
    title: String,
}

impl Recording {
    pub fn read(text: &str) -> Result<Recording> {
        let mut lines = text.lines();
        let header: Header = serde_json::from_str(lines.next().unwrap_or_default())
            .context("could not read the recording's first line")?;
        ensure!(header.version == VERSION, "could not read a recording of version {}", header.version);
        let numbered = lines.enumerate().filter(|(_, line)| !line.is_empty());
        let event = |(number, line): (usize, &str)| {
            Event::read(line).with_context(|| format!("could not read line {} of the recording", number + 2))
        };
        Ok(Recording {
            columns: header.width,
            rows: header.height,
            title: header.title,
            longest_pause: Duration::try_from_secs_f64(header.idle_time_limit)?,
            events: numbered.map(event).collect::<Result<_>>()?,
        })
    }

    pub fn text(&self) -> Result<String> {
        let header = Header {
            version: VERSION,
            width: self.columns,
            height: self.rows,
            idle_time_limit: self.longest_pause.as_secs_f64(),
            title: self.title.clone(),
        };
        let events = self.events.iter().map(Event::text).collect::<Result<String>>()?;
        Ok(format!("{}\n{events}", serde_json::to_string(&header)?))
    }

    /// Each command line that was typed, with all that the terminal was sent until the next prompt.
    pub fn commands(&self) -> Vec<(String, String)> {
        let all: String = self.events.iter().map(|event| event.output.as_str()).collect();
        let behind_prompts = all.split(PROMPT).skip(1);
        let typed = behind_prompts.filter_map(|rest| rest.split_once("\r\n"));
        typed.map(|(line, output)| (line.to_owned(), output.to_owned())).collect()
    }
}

impl Event {
    fn read(line: &str) -> Result<Event> {
        let (at, kind, output): (f64, String, String) = serde_json::from_str(line)?;
        ensure!(kind == OUTPUT, "an event of kind {kind:?} is not known");
        Ok(Event { at: Duration::try_from_secs_f64(at)?, output })
    }

    fn text(&self) -> Result<String> {
        let (seconds, thousandths) = (self.at.as_secs(), self.at.subsec_millis());
        Ok(format!("[{seconds}.{thousandths:03}, \"{OUTPUT}\", {}]\n", serde_json::to_string(&self.output)?))
    }
}

/// What was read from the terminal in pieces, as text: a letter that two pieces share goes with the later one.
pub fn events(pieces: impl IntoIterator<Item = (Duration, Vec<u8>)>) -> Vec<Event> {
    let mut events = Vec::new();
    let mut rest = Vec::new();
    for (at, bytes) in pieces {
        rest.extend(bytes);
        let tail = rest.split_off(rest.len() - unfinished(&rest));
        let whole = std::mem::replace(&mut rest, tail);
        if !whole.is_empty() {
            events.push(Event { at, output: String::from_utf8_lossy(&whole).into_owned() });
        }
    }
    events
}

/// How many bytes at the end are the beginning of a letter.
fn unfinished(bytes: &[u8]) -> usize {
    match bytes.utf8_chunks().last() {
        Some(last) if std::str::from_utf8(last.invalid()).is_err_and(|error| error.error_len().is_none()) => {
            last.invalid().len()
        }
        _ => 0,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// What a small terminal was sent, with the times in milliseconds.
    pub fn recording(sent: &[(u64, &str)]) -> Recording {
        let event = |(at, output): &(u64, &str)| Event { at: Duration::from_millis(*at), output: (*output).to_owned() };
        let size = |size| NonZeroU16::new(size).unwrap();
        Recording {
            columns: size(20),
            rows: size(3),
            title: "a & b".into(),
            longest_pause: Duration::from_millis(1_500),
            events: sent.iter().map(event).collect(),
        }
    }

    const TEXT: &str = r#"{"version":2,"width":80,"height":24,"idle_time_limit":1.5,"title":"a \"lab\""}
[0.000, "o", "\u001b[1mä\r\n"]
[12.034, "o", "…"]
"#;

    #[test]
    fn what_is_written_is_read_again() {
        let recording = Recording::read(TEXT).unwrap();
        assert_eq!(recording.events[1], Event { at: Duration::from_millis(12_034), output: "…".into() });
        assert_eq!((recording.columns.get(), recording.longest_pause), (80, Duration::from_millis(1_500)));
        assert_eq!(recording.text().unwrap(), TEXT);
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        for (text, reason) in [
            ("", "first line"),
            (&TEXT.replace("\"version\":2", "\"version\":3"), "version 3"),
            (&TEXT.replace("[12.034, \"o\"", "[12.034, \"i\""), "line 3 of the recording"),
            (&TEXT.replace("12.034", "-1"), "line 3 of the recording"),
        ] {
            let error = format!("{:#}", Recording::read(text).unwrap_err());
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn commands_are_what_stands_behind_a_prompt() {
        let mut recording = Recording::read(TEXT).unwrap();
        let sent = [PROMPT, "a", " b\r", "\n1\r\n2\r\n", PROMPT, "c\r\n", PROMPT, "not entered"];
        recording.events = sent.map(|output| Event { at: Duration::ZERO, output: output.into() }).into();
        let wanted = [("a b", "1\r\n2\r\n"), ("c", "")].map(|(line, output)| (line.to_owned(), output.to_owned()));
        assert_eq!(recording.commands(), wanted);
    }

    #[test]
    fn a_letter_is_never_torn() {
        let at = Duration::from_millis;
        let bytes = "a…b".as_bytes();
        let pieces = [(at(1), bytes[..2].to_vec()), (at(2), bytes[2..3].to_vec()), (at(3), bytes[3..].to_vec())];
        let event = |at, output: &str| Event { at, output: output.into() };
        assert_eq!(events(pieces), [event(at(1), "a"), event(at(3), "…b")]);
        assert_eq!(events([(at(1), b"a\xffb".to_vec())]), [event(at(1), "a\u{fffd}b")]);
    }
}
