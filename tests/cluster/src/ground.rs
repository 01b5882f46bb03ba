//! What every step of `up` stands on: the spec, the places, the programs, and the record of what was started.

use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

use crate::kubectl::Kubectl;
use crate::machine::{Cgroups, Launch, Process, limits};
use crate::programs::{Program, Programs};
use crate::spec::ClusterSpec;
use crate::state::{Place, Record, make_dir};

/// Where the machine's own programs are, whatever PATH the caller has.
pub const MACHINE_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const KUBERNETES: [&str; 6] =
    ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl"];

/// What a node runs beside Kubernetes' own programs, under the names by which they call each other.
const REAL: [(Program, &str); 6] = [
    (Program::Containerd, "containerd"),
    (Program::ContainerdShim, "containerd-shim-runc-v2"),
    (Program::Ctr, "ctr"),
    (Program::Runc, "runc"),
    (Program::Crane, "crane"),
    (Program::CoreDns, "coredns"),
];

/// The programs of a cluster; its images hold more of them.
pub fn programs_of(spec: &ClusterSpec) -> Vec<Program> {
    if spec.light {
        vec![spec.kubernetes.program(), Program::Etcd, Program::Kwok]
    } else {
        let is_wanted = |program: &Program| match program {
            Program::Kubernetes | Program::KubernetesOld => *program == spec.kubernetes.program(),
            Program::Kwok | Program::Actionlint => false,
            _ => true,
        };
        Program::ALL.into_iter().filter(is_wanted).collect()
    }
}

pub struct Ground<'a> {
    pub spec: &'a ClusterSpec,
    pub place: &'a Place,
    pub programs: &'a Programs,
    pub cgroups: Cgroups,
    record: Mutex<Record>,
}

impl<'a> Ground<'a> {
    /// The record comes first: from here on `down` knows that there is something.
    pub fn prepare(spec: &'a ClusterSpec, place: &'a Place, programs: &'a Programs, identity: String) -> Result<Self> {
        crate::state::make_private_dir(place.dir())?;
        let record = Record::starting(spec, identity)?;
        record.write(place)?;
        make_dir(&place.logs())?;
        if !spec.light {
            limits::raise()?;
        }
        let cgroups = Cgroups::of(&spec.name)?;
        let nodes = if spec.light { 0 } else { spec.nodes };
        cgroups.make(nodes)?;
        let ground = Self { spec, place, programs, cgroups, record: Mutex::new(record) };
        ground.link_programs()?;
        Ok(ground)
    }

    fn link_programs(&self) -> Result<()> {
        make_dir(&self.place.bin())?;
        let kubernetes = KUBERNETES.iter().map(|name| (self.programs.kubernetes(name), *name));
        let light = [(Program::Etcd, "etcd"), (Program::Kwok, "kwok")];
        let wanted = programs_of(self.spec);
        let others = REAL.into_iter().chain(light).filter(|(program, _)| wanted.contains(program));
        for (target, name) in kubernetes.chain(others.map(|(p, name)| (self.programs.path(p).to_owned(), name))) {
            symlink(&target, self.place.bin().join(name))
                .with_context(|| format!("could not link {}", target.display()))?;
        }
        Ok(())
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.place.bin().join(name)
    }

    pub fn path(&self) -> OsString {
        let mut path = self.place.bin().into_os_string();
        path.push(":");
        path.push(MACHINE_PATH);
        path
    }

    /// Starts a program that stays, and writes it down.
    pub fn start(&self, launch: &Launch<'_>) -> Result<Process> {
        let process = launch.start(&self.cgroups, &self.place.log(launch.name), &self.path())?;
        self.note(|record| record.processes.push(process.clone()))?;
        Ok(process)
    }

    pub fn note(&self, change: impl FnOnce(&mut Record)) -> Result<()> {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut record);
        record.write(self.place)
    }

    /// Fails with the end of its log if a program that should stay has gone.
    pub fn check_alive(&self) -> Result<()> {
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(name) = record.dead().first().map(|name| (*name).to_owned()) else { return Ok(()) };
        let log = std::fs::read_to_string(self.place.log(&name)).unwrap_or_default();
        let last = log.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("its log is empty");
        let hint = format!("cargo cluster logs {name} --name {}", self.spec.name);
        Err(crate::say::Hinted::new(format!("{name} ended: {last}"), hint).into())
    }

    /// Through the listener on 127.0.0.1, as a user would.
    pub fn kubectl(&self) -> Kubectl {
        Kubectl::of(self.place)
    }
}
