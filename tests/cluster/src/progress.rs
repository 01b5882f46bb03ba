//! Shows that something long is under way: a living line on a terminal, a plain line now and then anywhere else.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::say;

const BETWEEN_PLAIN_LINES: Duration = Duration::from_secs(30);

pub struct Progress {
    what: String,
    started: Instant,
    last_plain_line: Instant,
    bar: ProgressBar,
}

impl Progress {
    /// `what` is a sentence without its end: "building etcd 3.7.3".
    pub fn start(what: impl Into<String>) -> Progress {
        let what = what.into();
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg:.dim}") {
            bar.set_style(style);
        }
        bar.set_prefix(what.clone());
        bar.enable_steady_tick(Duration::from_millis(200));
        if bar.is_hidden() {
            say::note(format!("{what} …"));
        }
        Progress { what, started: Instant::now(), last_plain_line: Instant::now(), bar }
    }

    /// The newest thing that is known about it.
    pub fn now(&mut self, line: &str) {
        self.bar.set_message(line.to_owned());
        if self.bar.is_hidden() && self.last_plain_line.elapsed() >= BETWEEN_PLAIN_LINES {
            self.last_plain_line = Instant::now();
            say::note(format!("{} … {} s, {line}", self.what, self.started.elapsed().as_secs()));
        }
    }

    /// Ends with one line that stays.
    pub fn done(self) {
        self.bar.finish_and_clear();
        say::note(format!("{}: done in {}", self.what, seconds(self.started.elapsed())));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A duration as people read it: `0.4 s`, `12 s`, `6 m 55 s`.
pub fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        whole @ 10..60 => format!("{whole} s"),
        whole => format!("{} m {:02} s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_speech() {
        assert_eq!(seconds(Duration::from_millis(420)), "0.4 s");
        assert_eq!(seconds(Duration::from_secs(12)), "12 s");
        assert_eq!(seconds(Duration::from_secs(415)), "6 m 55 s");
    }
}
