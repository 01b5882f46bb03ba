//! What is interrupted: the commands, the cluster that they begin with, and what they are to reach.

use std::fmt;
use std::path::Path;

use lab_e2e::POOL;

/// What changes something and can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// The kubelets' certificates of an upstream installation cannot be checked, so the flag is appended.
    Fix,
    /// The same from nothing, with a manifest at hand.
    Install,
    /// The value changes nothing there and nothing is restarted.
    StrictArpInIptables,
    /// kube-proxy has to restart.
    StrictArpInIpvs,
    /// The current release and a pool, where there is nothing of MetalLB.
    MetallbInstall,
    /// From the old release, which the same command has installed with a pool.
    MetallbUpgrade,
    /// Of the current release and its pool, of which a Service has an address.
    MetallbUninstall,
}

/// The files that tasks are given, in one folder.
pub const METRICS_SERVER: &str = "components.yaml";
pub const METALLB: &str = "metallb-native.yaml";
pub const METALLB_OLD: &str = "metallb-native-old.yaml";

/// How MetalLB is installed, less the name of its manifest.
const INSTALL: [&str; 5] = ["metallb", "install", "--subnet", "172.30.0.0/16", "--manifest"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scenario {
    pub task: Task,
    /// Not the task is interrupted, but its taking back.
    pub undo: bool,
}

impl Task {
    /// The one that takes longest comes first, so that at the end no worker waits long for another.
    const ALL: [Task; 7] = [
        Task::MetallbInstall,
        Task::MetallbUninstall,
        Task::MetallbUpgrade,
        Task::StrictArpInIpvs,
        Task::Install,
        Task::Fix,
        Task::StrictArpInIptables,
    ];

    fn name(self) -> &'static str {
        match self {
            Task::Fix => "metrics-fix",
            Task::Install => "metrics-fix-install",
            Task::StrictArpInIptables => "strict-arp-iptables",
            Task::StrictArpInIpvs => "strict-arp-ipvs",
            Task::MetallbInstall => "metallb-install",
            Task::MetallbUpgrade => "metallb-upgrade",
            Task::MetallbUninstall => "metallb-uninstall",
        }
    }

    /// The words after `kubectl lab`; `files` is the folder of the manifests.
    pub fn words(self, files: &Path) -> Vec<String> {
        match self {
            Task::Fix => words(&["metrics-fix"]),
            Task::Install => with_file(&["metrics-fix", "--install", "--manifest"], files, METRICS_SERVER),
            Task::StrictArpInIptables | Task::StrictArpInIpvs => words(&["strict-arp", "on"]),
            Task::MetallbInstall => metallb_with_pool(files, METALLB),
            Task::MetallbUpgrade => with_file(&INSTALL, files, METALLB),
            Task::MetallbUninstall => words(&["metallb", "uninstall", "--yes"]),
        }
    }

    pub fn needs_restart(self) -> bool {
        self == Task::StrictArpInIpvs
    }

    /// So long that what it leaves is not made by it each time.
    pub fn takes_long(self) -> bool {
        self.needs_restart() || self.is_about_metallb()
    }

    pub fn is_about_metallb(self) -> bool {
        matches!(self, Task::MetallbInstall | Task::MetallbUpgrade | Task::MetallbUninstall)
    }

    /// Whether `undo` brings back what was before. Where it does not, it says so and changes nothing.
    pub fn can_be_undone(self) -> bool {
        !matches!(self, Task::MetallbUpgrade | Task::MetallbUninstall)
    }

    /// The words that make the cluster with which the task begins, where a verb does that.
    pub fn preparation(self, files: &Path) -> Option<Vec<String>> {
        match self {
            Task::MetallbUpgrade => Some(metallb_with_pool(files, METALLB_OLD)),
            Task::MetallbUninstall => Some(metallb_with_pool(files, METALLB)),
            _ => None,
        }
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn with_file(before: &[&str], files: &Path, name: &str) -> Vec<String> {
    words(before).into_iter().chain([files.join(name).to_string_lossy().into_owned()]).collect()
}

fn metallb_with_pool(files: &Path, manifest: &str) -> Vec<String> {
    with_file(&INSTALL, files, manifest).into_iter().chain(words(&["--pool", POOL])).collect()
}

impl Scenario {
    pub fn all() -> Vec<Scenario> {
        let of = |task| [true, false].map(|undo| Scenario { task, undo });
        Task::ALL.into_iter().flat_map(of).collect()
    }

    /// How many cases of it a sample has at most.
    pub fn in_sample(self) -> usize {
        match (self.task, self.undo) {
            (Task::MetallbInstall, false) => 4,
            (Task::MetallbInstall, true) | (Task::MetallbUpgrade | Task::MetallbUninstall, false) => 2,
            // It changes nothing but a journal.
            (Task::MetallbUpgrade | Task::MetallbUninstall, true) => 0,
            _ => usize::MAX,
        }
    }

    pub fn named(name: &str) -> Option<Scenario> {
        Scenario::all().into_iter().find(|scenario| scenario.to_string() == name)
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let undo = if self.undo { "undo-" } else { "" };
        f.pad(&format!("{undo}{}", self.task.name()))
    }
}
