//! Every verb's command line. The one place in the documents that a new verb is added to.

use std::fs;

use lab::CommandLine;
use lab_workspace::built::workspace;

/// What `kubectl lab NAME` accepts, and what explains it.
pub fn command_line(name: &str) -> Option<CommandLine> {
    match name {
        "completion" => Some(lab::local::command_line::<completion::Completion>()),
        // It needs no more of the project than its own command.
        "digests" => Some(CommandLine { command: digests::command(), parts: Vec::new() }),
        "metrics-fix" => Some(lab::command_line::<metrics_fix::MetricsFix>()),
        "metallb" => Some(metallb::group().command_line()),
        "probe" => Some(lab::command_line::<probe::Probe>()),
        "strict-arp" => Some(lab::command_line::<strict_arp::StrictArp>()),
        "traffic" => Some(lab::command_line::<traffic::Traffic>()),
        "undo" => Some(lab::command_line::<undo::Undo>()),
        _ => None,
    }
}

/// What `kubectl lab NAME` accepts.
pub fn command(name: &str) -> Option<clap::Command> {
    command_line(name).map(|line| line.command)
}

/// The verbs there are: the folders beside the dispatcher's.
pub fn names() -> Vec<String> {
    let folders = fs::read_dir(workspace().join("plugins")).expect("there are plugins");
    let names = folders.map(|folder| folder.expect("a folder").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name != "lab").collect();
    names.sort();
    names
}
