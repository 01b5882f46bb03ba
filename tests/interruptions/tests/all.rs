//! A part of the matrix that is always the same, run with all other tests. The whole is `cargo interruptions`.

use std::process::Command;

/// Every write of every scenario, and some of the reads.
#[test]
fn interrupted_runs_are_completed_and_taken_back() {
    // In the temporary directory, where `cargo ci` finds the clusters of tests that were ended themselves.
    let state = tempfile::Builder::new().prefix("lab-interruptions-").tempdir().expect("a folder");
    let mut matrix = Command::new(env!("CARGO_BIN_EXE_interruptions"));
    let output =
        matrix.args(["--sample", "--clusters=4"]).env("XDG_STATE_HOME", state.path()).output().expect("it runs");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", said(&output.stderr), said(&output.stdout));
}
