//! The one full check of the project: what `cargo ci` does. Every part runs, whatever failed before it; then the clusters go, and
//! a summary says what was how long and how it ended.

mod clusters;
mod deny;
mod parts;
mod runner;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::built;
use crate::programs::{self, Program};
use crate::say;
use clusters::{Background, Clusters};
use parts::Parts;
use runner::Interrupt;

const INTERRUPTED: u8 = 130;
/// More threads than there are tests on real clusters: each waits for the cluster that it needs, and a cluster that is free is used.
const ALL_AT_ONCE: usize = 200;
/// Tests of programs wait for them most of the time.
const TESTS_A_PROCESSOR: usize = 4;

pub fn run() -> Result<ExitCode> {
    let interrupt = Interrupt::heed()?;
    let mut parts = Parts::new(&interrupt);
    let clusters = Clusters::of_this_run()?;
    check(&mut parts, &interrupt, &clusters);
    parts.always("taking the clusters down", || clusters.take_down());
    parts.summary();
    Ok(match (interrupt.is_set(), parts.all_well()) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::FAILURE,
    })
}

/// Tests call the verbs through a kubectl: the machine's own if there is one, else the one built here.
fn with_kubectl() -> Result<OsString> {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    if programs::are_built(&[Program::Kubernetes])? {
        path.push(":");
        path.push(programs::ensure(&[Program::Kubernetes])?.kubernetes_dir());
    }
    Ok(path)
}

fn check(parts: &mut Parts<'_>, interrupt: &Interrupt, clusters: &Clusters) {
    // What the machine lacks is said before anything long begins.
    if !parts.run("looking at this machine", parts::preflight) {
        return;
    }
    let with = |words: &'static [&'static str], threads: Option<usize>| {
        move || {
            let mut command = built::cargo();
            command.args(words).env("TMPDIR", clusters.temporary()).env("PATH", with_kubectl()?);
            command.envs(threads.map(|threads| ("RUST_TEST_THREADS", threads.to_string())));
            runner::run(command, interrupt)
        }
    };
    let cargo = |words| with(words, None);
    parts.run("removing what older lists of crates left", built::forget_older);
    parts.run("cargo fmt", cargo(&["fmt", "--all", "--check"]));
    if !parts.run("building the binaries", || built::binaries().map(drop)) {
        return;
    }
    // The clusters come up while the compiler works: they wait for one another more than for the processor.
    let background = Background::start(interrupt);
    parts.run("cargo clippy", cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]));
    // Run by name only, so cargo does not count them among all targets.
    let real = &["clippy", "--workspace", "--test", "e2e", "--", "-D", "warnings"];
    parts.run("the same of tests on clusters", cargo(real));
    parts.run("cargo deny", || deny::check(interrupt));
    parts.run("building the tests", cargo(&["test", "--workspace", "--no-run"]));
    parts.run("building the tests on real clusters", cargo(&["test", "--workspace", "--test", "e2e", "--no-run"]));
    parts.run("waiting for the clusters", || background.wait());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) * TESTS_A_PROCESSOR;
    parts.run("cargo test", with(&["test", "--workspace", "--no-fail-fast"], Some(threads)));
    let real = &["test", "--workspace", "--test", "e2e", "--no-fail-fast"];
    parts.run("cargo test on real clusters", with(real, Some(ALL_AT_ONCE)));
    if interrupt.is_set() {
        say::note("interrupted: the rest is not run");
    }
}
