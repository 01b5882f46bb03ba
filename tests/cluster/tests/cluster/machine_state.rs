//! What can be seen of clusters on this machine: processes, mounts, namespaces, cgroups, network devices, directories.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What was there before a cluster came up.
pub struct MachineState {
    /// The cluster that is looked for.
    name: String,
    processes: BTreeSet<String>,
    namespaces: BTreeSet<String>,
    cgroups: BTreeSet<String>,
    rest: BTreeSet<String>,
}

impl MachineState {
    pub fn now(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            processes: processes().map(|process| process.identity()).collect(),
            namespaces: processes().flat_map(|process| process.namespaces()).collect(),
            cgroups: cgroups(),
            rest: mounts().into_iter().chain(names()).collect(),
        }
    }

    /// The kernel takes a moment to clear away what dead processes held.
    pub fn assert_is_back(&self) {
        let start = Instant::now();
        loop {
            let differences = self.differences();
            if differences.is_empty() {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "left behind: {differences:#?}");
            sleep(Duration::from_millis(100));
        }
    }

    pub fn differences(&self) -> Vec<String> {
        let now = Self::now(&self.name);
        let mut found: Vec<String> = self.rest.symmetric_difference(&now.rest).cloned().collect();
        found.extend(now.cgroups.difference(&self.cgroups).filter(|path| self.is_suspicious_cgroup(path)).cloned());
        for process in processes().filter(|process| !self.processes.contains(&process.identity())) {
            let in_new_namespace = process.namespaces().iter().any(|namespace| !self.namespaces.contains(namespace));
            if process.mentions(&self.name) || in_new_namespace && !process.is_of_another_cluster(&self.name) {
                found.push(format!("process {} {}", process.id, process.read("cmdline")));
            }
        }
        found
    }

    /// Other programs of this machine come and go as well: their cgroups hold processes, and a cluster's that is down must not.
    fn is_suspicious_cgroup(&self, path: &str) -> bool {
        let of_another_cluster = path.contains("kubectl-lab-") && !path.contains(&self.name);
        path.contains(&self.name) || !of_another_cluster && is_empty_cgroup(path)
    }
}

fn is_empty_cgroup(path: &str) -> bool {
    fs::read_to_string(Path::new(path).join("cgroup.procs")).is_ok_and(|list| list.is_empty())
}

struct SomeProcess {
    id: u32,
}

impl SomeProcess {
    /// Empty where the process has just ended.
    fn read(&self, file: &str) -> String {
        let bytes = fs::read(format!("/proc/{}/{file}", self.id)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\0', " ")
    }

    fn identity(&self) -> String {
        let stat = self.read("stat");
        let born = stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(19)).unwrap_or_default();
        format!("{} {born}", self.id)
    }

    fn namespaces(&self) -> Vec<String> {
        let link = |kind: &str| fs::read_link(format!("/proc/{}/ns/{kind}", self.id));
        ["net", "mnt", "uts"].iter().filter_map(|kind| Some(link(kind).ok()?.display().to_string())).collect()
    }

    fn mentions(&self, name: &str) -> bool {
        let me = std::process::id();
        let zombie = self.read("stat").contains(") Z ");
        self.id != me && !zombie && ["cmdline", "environ", "cgroup"].iter().any(|file| self.read(file).contains(name))
    }

    fn is_of_another_cluster(&self, name: &str) -> bool {
        let cgroup = self.read("cgroup");
        cgroup.contains("kubectl-lab-") && !cgroup.contains(name)
    }
}

fn processes() -> impl Iterator<Item = SomeProcess> {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    entries.filter_map(|entry| Some(SomeProcess { id: entry.file_name().to_str()?.parse().ok()? }))
}

/// As this process sees them, without the numbers that the kernel gives anew.
fn mounts() -> Vec<String> {
    let text = fs::read_to_string("/proc/self/mounts").unwrap();
    text.lines().map(|line| format!("mount {line}")).collect()
}

/// Named namespaces, network devices, and the places where nodes keep their files.
fn names() -> Vec<String> {
    let directories = [
        "/run",
        "/run/netns",
        "/sys/class/net",
        "/var/lib",
        "/var/log",
        "/var/run",
        "/etc",
        "/etc/cni/net.d",
        "/opt",
        "/lib/modules",
    ];
    let mut found = Vec::new();
    for directory in directories {
        let Ok(entries) = fs::read_dir(directory) else { continue };
        found.push(directory.to_owned());
        found.extend(entries.filter_map(Result::ok).map(|entry| entry.path().display().to_string()));
    }
    found
}

fn cgroups() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![Path::new("/sys/fs/cgroup").to_owned()];
    while let Some(directory) = open.pop() {
        found.insert(directory.display().to_string());
        let entries = fs::read_dir(&directory).into_iter().flatten().filter_map(Result::ok);
        open.extend(
            entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()),
        );
    }
    found
}
