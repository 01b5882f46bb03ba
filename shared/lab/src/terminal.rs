//! Talking to the person: everything that is not data goes to stderr, through here.
//!
//! Colour only on a terminal and never as the only carrier of meaning; `anstream` sees to NO_COLOR.

use std::cell::RefCell;
use std::io::Write as _;
use std::time::{Duration, Instant};

use dialoguer::console::{Term, truncate_str};
use owo_colors::OwoColorize as _;

use crate::error::Error;
use crate::harmless::{harmless, one_line};
use crate::rights::smallest_roles;
use crate::wrap::wrapped;

pub struct Terminal {
    term: Term,
    started: Instant,
    /// The wait that is shown at the moment.
    waiting: RefCell<Option<String>>,
}

impl Default for Terminal {
    fn default() -> Terminal {
        Terminal { term: Term::stderr(), started: Instant::now(), waiting: RefCell::default() }
    }
}

impl Terminal {
    /// Whether a person sits at both ends: to be asked and to see the question.
    pub fn can_ask(&self) -> bool {
        self.term.is_term()
            && Term::stdout().features().is_attended()
            && std::io::IsTerminal::is_terminal(&std::io::stdin())
    }

    /// Some lines of talk. Whatever is in them may come from the cluster, so nothing in them reaches the terminal that
    /// it would obey.
    pub fn say(&self, text: &str) {
        self.clear_wait();
        // Nobody is left to read it when stderr is closed; that is no reason to stop working.
        let _ = writeln!(anstream::stderr(), "{}", harmless(text));
    }

    /// The same for sentences: on a terminal they are broken between words.
    pub fn tell(&self, text: &str) {
        self.clear_wait();
        let _ = writeln!(anstream::stderr(), "{}", self.broken(harmless(text)));
    }

    fn broken(&self, text: String) -> String {
        if self.term.is_term() { wrapped(&text, self.width()) } else { text }
    }

    /// The last column stays free: there are terminals that go on to the next line once it is written.
    fn width(&self) -> usize {
        usize::from(self.term.size().1).saturating_sub(1)
    }

    fn labelled(&self, label: &dyn std::fmt::Display, text: &str) {
        self.clear_wait();
        let _ = writeln!(anstream::stderr(), "{label} {}", harmless(text));
    }

    /// The coloured label takes up as much room as the plain one.
    fn told(&self, coloured: &dyn std::fmt::Display, label: &str, text: &str) {
        self.clear_wait();
        let line = self.broken(format!("{label} {}", harmless(text)));
        let _ = writeln!(anstream::stderr(), "{coloured}{}", line.strip_prefix(label).unwrap_or(&line));
    }

    /// Something went wrong that does not make the command fail.
    pub fn warning(&self, text: &str) {
        self.told(&"warning:".yellow().bold(), "warning:", text);
    }

    pub fn note(&self, text: &str) {
        self.told(&"note:".bold(), "note:", text);
    }

    /// Says what is being waited for: in place on a terminal, else once per reason.
    pub fn wait(&self, why: &str) {
        let why = &one_line(why);
        if self.term.is_term() {
            let since = humantime::format_duration(Duration::from_secs(self.started.elapsed().as_secs()));
            let line = format!("waiting ({since}): {why}");
            let _ = self.term.clear_line();
            let _ = self.term.write_str(&truncate_str(&line, self.width(), "…"));
        } else if self.waiting.borrow().as_ref() != Some(why) {
            let _ = writeln!(anstream::stderr(), "waiting: {why}");
        }
        *self.waiting.borrow_mut() = Some(why.to_owned());
    }

    /// Says how far something is that goes on all the time: in place on a terminal, else not at all.
    pub fn progress(&self, text: &str) {
        if self.term.is_term() {
            self.wait(text);
        }
    }

    /// Ends the line that shows the wait; what comes next starts on a line of its own.
    pub fn clear_wait(&self) {
        if self.waiting.borrow_mut().take().is_some() && self.term.is_term() {
            let _ = self.term.clear_line();
        }
    }

    /// The error, cause by cause, its hints, and the smallest Role where a right is missing.
    pub fn error(&self, error: &Error) {
        self.labelled(&"error:".red().bold(), &error.to_string());
        for right in &error.missing {
            self.say(&format!("missing right: {right}"));
        }
        for hint in &error.hints {
            self.labelled(&"hint:".cyan().bold(), hint);
        }
        if !error.missing.is_empty() {
            let roles = smallest_roles(&error.missing);
            let hint = format!("somebody with the right to grant it can apply this and bind it to you:\n\n{roles}");
            self.labelled(&"hint:".cyan().bold(), &hint);
        }
    }
}
