//! What is interrupted: the commands, the cluster that they begin with, and what they are to reach.

use std::fmt;

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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scenario {
    pub task: Task,
    /// Not the task is interrupted, but its taking back.
    pub undo: bool,
}

impl Task {
    /// The one that takes longest comes first, so that at the end no worker waits long for another.
    const ALL: [Task; 4] = [Task::StrictArpInIpvs, Task::Install, Task::Fix, Task::StrictArpInIptables];

    fn name(self) -> &'static str {
        match self {
            Task::Fix => "metrics-fix",
            Task::Install => "metrics-fix-install",
            Task::StrictArpInIptables => "strict-arp-iptables",
            Task::StrictArpInIpvs => "strict-arp-ipvs",
        }
    }

    /// The words after `kubectl lab`; `manifest` is the file of metrics-server's.
    pub fn words(self, manifest: &str) -> Vec<String> {
        let words: &[&str] = match self {
            Task::Fix => &["metrics-fix"],
            Task::Install => &["metrics-fix", "--install", "--manifest", manifest],
            Task::StrictArpInIptables | Task::StrictArpInIpvs => &["strict-arp", "on"],
        };
        words.iter().map(ToString::to_string).collect()
    }

    pub fn needs_restart(self) -> bool {
        self == Task::StrictArpInIpvs
    }
}

impl Scenario {
    pub fn all() -> Vec<Scenario> {
        let of = |task| [true, false].map(|undo| Scenario { task, undo });
        Task::ALL.into_iter().flat_map(of).collect()
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
