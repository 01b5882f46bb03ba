//! The cluster's cgroups: every process of it lives in them, so that `down` finds all by looking here.
//!
//! Version 1 has a tree per controller, version 2 has one tree. Both are handled; **version 2 is unproven**, because
//! the machine that the tests run on has version 1.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

const MOUNT: &str = "/sys/fs/cgroup";
const JOIN_THEN_RUN: &str = r#"for procs in $0; do echo $$ > "$procs" || exit 71; done; exec "$@""#;

pub struct Cgroups {
    name: String,
    hierarchies: Vec<PathBuf>,
    unified: bool,
}

impl Cgroups {
    pub fn of(cluster: &str) -> Result<Self> {
        let mount = Path::new(MOUNT);
        let unified = mount.join("cgroup.controllers").exists();
        let hierarchies = if unified { vec![mount.to_owned()] } else { hierarchies_of_version_1(mount)? };
        if hierarchies.is_empty() {
            bail!("could not find any cgroup hierarchy in {MOUNT}");
        }
        Ok(Self { name: format!("kubectl-lab-{cluster}"), hierarchies, unified })
    }

    /// The kubelet's `cgroupRoot` of a node.
    pub fn root_of_node(&self, number: u16) -> String {
        format!("/{}/node-{number}", self.name)
    }

    /// A command that joins the cgroups before the program's first instruction, so that nothing it starts can be missed by `down`.
    /// Where the cgroups are gone it does not run at all.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let files = self.hierarchies.iter().map(|h| h.join(&self.name).join("programs/cgroup.procs"));
        let files = files.map(|file| file.display().to_string()).collect::<Vec<_>>().join(" ");
        let mut command = Command::new("sh");
        command.args(["-c", JOIN_THEN_RUN]).arg(files).arg(program);
        command
    }

    /// Makes the directories beforehand: a kubelet refuses a `cgroupRoot` that is missing in any hierarchy. The nodes are numbered from 1.
    pub fn make(&self, nodes: u16) -> Result<()> {
        for hierarchy in &self.hierarchies {
            let top = hierarchy.join(&self.name);
            self.make_one(&top)?;
            self.make_one(&top.join("programs"))?;
            for number in 1..=nodes {
                self.make_one(&top.join(format!("node-{number}")))?;
            }
        }
        Ok(())
    }

    fn make_one(&self, directory: &Path) -> Result<()> {
        let parent = directory.parent().context("a cgroup without a parent")?;
        if self.unified {
            give_controllers_down(parent);
        }
        fs::create_dir_all(directory).with_context(|| format!("could not make {}", directory.display()))?;
        // A cpuset of version 1 begins empty, and no process can be put into an empty one.
        for file in ["cpuset.cpus", "cpuset.mems"] {
            let (from, to) = (parent.join(file), directory.join(file));
            if !self.unified && to.exists() {
                let value = fs::read_to_string(&from).with_context(|| format!("could not read {}", from.display()))?;
                fs::write(&to, value.trim()).with_context(|| format!("could not write {}", to.display()))?;
            }
        }
        Ok(())
    }

    fn tops(&self) -> impl Iterator<Item = PathBuf> {
        self.hierarchies.iter().map(|hierarchy| hierarchy.join(&self.name))
    }

    pub fn exist(&self) -> bool {
        self.tops().any(|top| top.exists())
    }

    /// The processes inside, in every hierarchy and at every depth.
    pub fn members(&self) -> BTreeSet<i32> {
        let directories = self.tops().flat_map(|top| with_descendants(&top));
        let lists = directories.filter_map(|directory| fs::read_to_string(directory.join("cgroup.procs")).ok());
        lists.flat_map(|list| list.lines().filter_map(|line| line.parse().ok()).collect::<Vec<i32>>()).collect()
    }

    /// Ends everything inside and removes the directories. While it is at work processes may be born, or join that were started a moment
    /// ago, so it looks again until there is neither process nor directory.
    pub fn end(&self, limit: Duration) -> Result<()> {
        let start = Instant::now();
        let namespaces = network_namespaces_of(&self.members());
        while self.exist() {
            let members = self.members();
            for id in members.iter().copied().chain(inhabitants(&namespaces)).filter_map(Pid::from_raw) {
                // It may have ended by itself in between: that is what we want.
                let _ = kill_process(id, Signal::KILL);
            }
            let stuck = self
                .tops()
                .flat_map(|top| with_descendants(&top))
                .find_map(|d| fs::remove_dir(&d).err().map(|e| (d, e)));
            if let Some((directory, error)) = stuck {
                if start.elapsed() > limit {
                    let what =
                        format!("could not remove {} (processes in the cgroup: {members:?})", directory.display());
                    return Err(error).context(what);
                }
                sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }
}

/// A network that only the cluster's processes live in; commands that `up` ran inside it just before it was killed are not in the cgroups.
fn network_namespaces_of(members: &BTreeSet<i32>) -> BTreeSet<PathBuf> {
    let link = |id: &str| fs::read_link(format!("/proc/{id}/ns/net")).ok();
    let own = [link("self"), link("1")];
    let found = members.iter().filter_map(|id| link(&id.to_string()));
    found.filter(|namespace| !own.iter().flatten().any(|own| own == namespace)).collect()
}

fn inhabitants(namespaces: &BTreeSet<PathBuf>) -> Vec<i32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(std::result::Result::ok);
    let inside =
        processes.filter(|p| fs::read_link(p.path().join("ns/net")).is_ok_and(|link| namespaces.contains(&link)));
    inside.filter_map(|process| process.file_name().to_str()?.parse().ok()).collect()
}

/// Children before their parents.
fn with_descendants(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(directory) else { return found };
    for entry in entries.filter_map(std::result::Result::ok) {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(with_descendants(&entry.path()));
        }
    }
    found.push(directory.to_owned());
    found
}

/// Each mount of type `cgroup` once (`cpu` and `cpu,cpuacct` may be links to one directory), and the process tree of
/// version 2 beside them where a machine has both.
fn hierarchies_of_version_1(mount: &Path) -> Result<Vec<PathBuf>> {
    let mounts = fs::read_to_string("/proc/self/mounts").context("could not read /proc/self/mounts")?;
    let mut found = BTreeSet::new();
    for line in mounts.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        if let [_, point, "cgroup" | "cgroup2", ..] = fields[..]
            && Path::new(point).starts_with(mount)
        {
            found.insert(fs::canonicalize(point).with_context(|| format!("could not look at {point}"))?);
        }
    }
    Ok(found.into_iter().collect())
}

/// A cgroup of version 2 has only the controllers that its parent passes on. Those that cannot be are left out, one by one.
fn give_controllers_down(parent: &Path) {
    let available = fs::read_to_string(parent.join("cgroup.controllers")).unwrap_or_default();
    for controller in available.split_whitespace() {
        let _ = fs::write(parent.join("cgroup.subtree_control"), format!("+{controller}"));
    }
}
