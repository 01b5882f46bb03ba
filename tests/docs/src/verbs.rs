//! Every verb's command line. The one place in the tests of documents that a new verb is added to.

use std::fs;

use lab_cluster::built::workspace;

/// What `kubectl lab NAME` accepts.
pub fn command(name: &str) -> Option<clap::Command> {
    match name {
        "digests" => Some(digests::command()),
        "metrics-fix" => Some(lab::command::<metrics_fix::MetricsFix>()),
        "metallb" => Some(metallb::group().command()),
        "probe" => Some(lab::command::<probe::Probe>()),
        "strict-arp" => Some(lab::command::<strict_arp::StrictArp>()),
        "traffic" => Some(lab::command::<traffic::Traffic>()),
        "undo" => Some(lab::command::<undo::Undo>()),
        _ => None,
    }
}

/// The verbs there are: the folders beside the dispatcher's.
pub fn names() -> Vec<String> {
    let folders = fs::read_dir(workspace().join("plugins")).expect("there are plugins");
    let names = folders.map(|folder| folder.expect("a folder").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name != "lab").collect();
    names.sort();
    names
}
