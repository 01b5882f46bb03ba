//! Where a cluster's files live, and what is written down about it while it comes up.

use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::machine::Process;
use crate::say::Hinted;
use crate::spec::{ClusterSpec, check_name};

/// All clusters of this user: `$XDG_STATE_HOME/kubectl-lab-cluster`.
pub fn root() -> Result<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    let state =
        state.ok_or_else(|| Hinted::new("could not tell where to keep state: HOME is not set", "export HOME=…"))?;
    Ok(state.join("kubectl-lab-cluster"))
}

/// Names of the clusters that have files here, running or not.
pub fn names() -> Result<Vec<String>> {
    let root = root()?;
    let Ok(entries) = fs::read_dir(&root) else { return Ok(Vec::new()) };
    let mut names: Vec<String> = entries
        .filter_map(std::result::Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// The directory of one cluster. It need not exist.
#[derive(Clone, Debug)]
pub struct Place {
    name: String,
    dir: PathBuf,
}

impl Place {
    pub fn of(name: &str) -> Result<Self> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), dir: root()?.join(name) })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Links to every program of the cluster: what PATH begins with in it.
    pub fn bin(&self) -> PathBuf {
        self.dir.join("bin")
    }

    pub fn pki(&self) -> PathBuf {
        self.dir.join("pki")
    }

    pub fn logs(&self) -> PathBuf {
        self.dir.join("logs")
    }

    pub fn log(&self, component: &str) -> PathBuf {
        self.logs().join(format!("{component}.log"))
    }

    pub fn node(&self, number: u16) -> PathBuf {
        self.dir.join("nodes").join(number.to_string())
    }

    /// For this machine: the API server by way of 127.0.0.1.
    pub fn kubeconfig(&self) -> PathBuf {
        self.dir.join("kubeconfig")
    }

    /// For programs inside the cluster's namespaces: the API server by its own address.
    pub fn inside_kubeconfig(&self) -> PathBuf {
        self.dir.join("kubeconfig-inside")
    }

    /// Written by the forwarder as soon as it listens.
    pub fn api_port(&self) -> PathBuf {
        self.dir.join("api-port")
    }

    fn record_file(&self) -> PathBuf {
        self.dir.join("cluster.json")
    }

    /// One command at a time works on a cluster. The file stays outside the directory that `down` removes.
    pub fn lock(&self, on_wait: impl FnOnce()) -> Result<File> {
        let root = root()?;
        make_private_dir(&root)?;
        let path = root.join(format!("{}.lock", self.name));
        let file = File::create(&path).with_context(|| format!("could not open {}", path.display()))?;
        if file.try_lock().is_err() {
            on_wait();
            file.lock().with_context(|| format!("could not lock {}", path.display()))?;
        }
        Ok(file)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// `up` is at work, or died at it.
    Starting,
    Up,
}

/// What is known about a cluster, written before each step that would need it to be undone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    pub spec: ClusterSpec,
    pub programs: String,
    pub boot: String,
    pub phase: Phase,
    pub processes: Vec<Process>,
}

impl Record {
    pub fn starting(spec: &ClusterSpec, programs: String) -> Result<Self> {
        Ok(Self { spec: spec.clone(), programs, boot: boot_id()?, phase: Phase::Starting, processes: Vec::new() })
    }

    /// `None` where there is no such cluster, or one that was killed before its first line.
    pub fn read(place: &Place) -> Result<Option<Self>> {
        let path = place.record_file();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("could not read {}", path.display())),
        };
        // A record of another version of this program is as good as none: the cluster is to be made anew.
        Ok(serde_json::from_slice(&text).ok())
    }

    /// Whole or not at all: a kill between two writes leaves the earlier record.
    pub fn write(&self, place: &Place) -> Result<()> {
        let path = place.record_file();
        let fresh = path.with_extension("json.new");
        let text = serde_json::to_vec_pretty(self).context("could not write down the cluster's state")?;
        fs::write(&fresh, text).with_context(|| format!("could not write {}", fresh.display()))?;
        fs::rename(&fresh, &path).with_context(|| format!("could not write {}", path.display()))
    }

    pub fn process(&self, name: &str) -> Option<&Process> {
        self.processes.iter().find(|process| process.name == name)
    }

    /// The names of what should run and does not.
    pub fn dead(&self) -> Vec<&str> {
        let same_boot = boot_id().is_ok_and(|boot| boot == self.boot);
        self.processes.iter().filter(|p| !same_boot || !p.is_alive()).map(|p| p.name.as_str()).collect()
    }

    /// Up, and nothing of it has died since.
    pub fn is_whole(&self) -> bool {
        self.phase == Phase::Up && self.dead().is_empty()
    }
}

/// The record of a cluster that must be there for the command to make sense.
pub fn running(name: &str) -> Result<(Place, Record)> {
    let place = Place::of(name)?;
    let Some(record) = Record::read(&place)? else {
        let hint = format!("start it: cargo cluster up --name {name}");
        return Err(Hinted::new(format!("cluster `{name}` is not up"), hint).into());
    };
    Ok((place, record))
}

pub fn make_private_dir(path: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("could not make {}", path.display()))
}

pub fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("could not make {}", path.display()))
}

pub fn write_file(path: &Path, text: impl AsRef<[u8]>) -> Result<()> {
    fs::write(path, text).with_context(|| format!("could not write {}", path.display()))
}

fn boot_id() -> Result<String> {
    let path = "/proc/sys/kernel/random/boot_id";
    Ok(fs::read_to_string(path).with_context(|| format!("could not read {path}"))?.trim().to_owned())
}
