//! The parts of the check: each is timed, and remembered with how it ended.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::runner::Interrupt;
use crate::progress::seconds;
use crate::say::{self, Hinted};
use crate::shared::Shared;
use crate::spec::ClusterSpec;
use crate::state::Place;
use crate::{built, preflight as machine};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Well,
    Failed,
    /// By Ctrl-C.
    Stopped,
}

struct Part {
    name: &'static str,
    ending: Ending,
    took: Duration,
}

pub(super) struct Parts<'a> {
    interrupt: &'a Interrupt,
    done: Vec<Part>,
    start: Instant,
}

impl<'a> Parts<'a> {
    pub fn new(interrupt: &'a Interrupt) -> Parts<'a> {
        Parts { interrupt, done: Vec::new(), start: Instant::now() }
    }

    /// Does this part unless Ctrl-C came before; whether all is well with it.
    pub fn run(&mut self, name: &'static str, part: impl FnOnce() -> Result<()>) -> bool {
        !self.interrupt.is_set() && self.always(name, part)
    }

    pub fn always(&mut self, name: &'static str, part: impl FnOnce() -> Result<()>) -> bool {
        say::note(format!("\n==> {name}"));
        let start = Instant::now();
        let result = part();
        if let Err(error) = &result {
            say::failure(error);
        }
        let ending = match &result {
            Ok(()) => Ending::Well,
            Err(_) if self.interrupt.is_set() => Ending::Stopped,
            Err(_) => Ending::Failed,
        };
        self.done.push(Part { name, ending, took: start.elapsed() });
        result.is_ok()
    }

    pub fn all_well(&self) -> bool {
        self.done.iter().all(|part| part.ending == Ending::Well)
    }

    pub fn summary(&self) {
        say::note(format!("\n{}", summary(&self.done, self.start.elapsed(), self.interrupt.is_set())));
    }
}

fn summary(parts: &[Part], total: Duration, interrupted: bool) -> String {
    let mut text: String = parts
        .iter()
        .map(|part| format!("{:<7}{:<28} {:>10}\n", verdict(part.ending), part.name, seconds(part.took)))
        .collect();
    let failed: Vec<_> = parts.iter().filter(|part| part.ending == Ending::Failed).map(|part| part.name).collect();
    let whole = match (interrupted, failed.as_slice()) {
        (true, _) => "interrupted".to_owned(),
        (false, []) => "all is well".to_owned(),
        (false, failed) => format!("FAILED: {}", failed.join(", ")),
    };
    text.push_str(&format!("{whole} (after {})", seconds(total)));
    text
}

fn verdict(ending: Ending) -> &'static str {
    match ending {
        Ending::Well => "ok",
        Ending::Failed => "FAILED",
        Ending::Stopped => "ended",
    }
}

/// What the machine lacks for the clusters, and for the checks themselves.
pub(super) fn preflight() -> Result<()> {
    let spec = ClusterSpec::named(Shared::Full.name());
    machine::check(&spec, &Place::of(&spec.name)?)?;
    for component in ["fmt", "clippy"] {
        let output = built::cargo().args([component, "--version"]).output()?;
        if !output.status.success() {
            return Err(
                Hinted::new(format!("cargo {component} is missing"), "rustup component add rustfmt clippy").into()
            );
        }
    }
    let git = std::process::Command::new("git").arg("--version").output();
    git.map(drop).map_err(|error| anyhow!(Hinted::new(format!("could not run git: {error}"), "apt-get install git")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &'static str, well: bool) -> Part {
        let ending = if well { Ending::Well } else { Ending::Failed };
        Part { name, ending, took: Duration::from_secs(75) }
    }

    #[test]
    fn summary_names_what_failed() {
        let text = summary(&[part("cargo fmt", true), part("cargo test", false)], Duration::from_secs(80), false);
        assert!(text.contains("ok     cargo fmt                      1 m 15 s\n"), "{text}");
        assert!(text.ends_with("FAILED: cargo test (after 1 m 20 s)"), "{text}");
    }

    #[test]
    fn summary_of_success_says_so() {
        let text = summary(&[part("cargo fmt", true)], Duration::from_secs(80), false);
        assert!(text.ends_with("all is well (after 1 m 20 s)"), "{text}");
    }
}
