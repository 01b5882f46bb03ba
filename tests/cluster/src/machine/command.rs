//! Running the machine's own programs to their end.

use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

/// Runs to the end and gives back everything, whatever the exit code.
pub fn output(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().with_context(|| format!("could not run {}", name(command)))
}

/// Runs to the end and gives back standard output; a failure carries the end of standard error.
pub fn succeed(command: &mut Command) -> Result<String> {
    let output = output(command)?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = complaint.trim().lines().collect();
        let end = lines[lines.len().saturating_sub(5)..].join("; ");
        bail!("{} failed ({}): {end}", name(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn name(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args()).take(8);
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
