//! Clusters that many tests share: brought up once, used by every test process, left up for the next run.

use std::fs::File;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cluster::Cluster;
use crate::{say, state};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// Three real nodes whose kubelets signed their own certificates.
    Full,
    /// One real node whose kubelet waits for its certificate to be approved.
    Bootstrap,
    /// Control plane and three fake nodes.
    Light,
    /// Two real nodes whose kube-proxy the tests change as they like, which would disturb the others.
    Proxy,
    /// Three real nodes for MetalLB, the first with kubeadm's labels of a control plane, so that it announces no address.
    LoadBalancer,
    /// One real node whose kubelet knows the network of no pod.
    Blind,
    /// Two real nodes of the oldest Kubernetes that is still looked after.
    Oldest,
}

impl Shared {
    pub const ALL: [Shared; 7] = [
        Shared::Full,
        Shared::Bootstrap,
        Shared::Light,
        Shared::Proxy,
        Shared::LoadBalancer,
        Shared::Blind,
        Shared::Oldest,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "shared-full",
            Self::Bootstrap => "shared-bootstrap",
            Self::Light => "shared-light",
            Self::Proxy => "shared-proxy",
            Self::LoadBalancer => "shared-lb",
            Self::Blind => "shared-blind",
            Self::Oldest => "shared-oldest",
        }
    }

    /// Brings it up unless it is, with the programs that lie in `binaries`.
    pub fn up_command(self, binaries: &Path) -> Command {
        let mut up = Command::new(binaries.join("cluster"));
        up.args(["up", "--replace", "--name", self.name()]).args(self.settings());
        up
    }

    /// Where on the machine it may be at work. Nearly half of all tests need the one for MetalLB, one after the other; so it has a place
    /// of its own, and the rest is done meanwhile. A cluster at work waits more than it computes, so there are two places more than
    /// processors.
    fn places(self) -> RangeInclusive<usize> {
        let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        if self == Self::LoadBalancer { 1..=1 } else { 2..=processors.max(2) + 2 }
    }

    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Full => &["--nodes=3"],
            Self::Bootstrap => &["--nodes=1", "--kubelet-serving-certs=bootstrap"],
            Self::Light => &["--light", "--nodes=3"],
            Self::Proxy => &["--nodes=2"],
            Self::LoadBalancer => &["--nodes=3", "--control-plane-labels"],
            Self::Blind => &["--nodes=1", "--runtime-elsewhere"],
            Self::Oldest => &["--nodes=2", "--kubernetes=1.33"],
        }
    }
}

/// As long as this is held, nobody else takes the cluster: no other thread, and no other process. And only so many clusters are at work
/// at the same time as the machine has places: any number of tests may wait, and whichever cluster is free is used.
pub struct Turn {
    _cluster: File,
    _machine: File,
}

impl Turn {
    /// Waits for it, however long that takes. It ends with the process at the latest.
    pub fn at(kind: Shared) -> Result<Turn> {
        let root = state::root()?;
        state::make_private_dir(&root)?;
        // The cluster first: whoever waits for it must not keep the machine from others meanwhile.
        let cluster = alone(&root.join(format!("{}.turn", kind.name())), || {
            say::note(format!("waiting for another user of the cluster `{}`", kind.name()));
        })?;
        Ok(Turn { _cluster: cluster, _machine: one_of(&root, kind.places())? })
    }
}

/// The lock of this file, sooner or later.
fn alone(path: &Path, on_wait: impl FnOnce()) -> Result<File> {
    let lock = File::create(path).with_context(|| format!("could not open {}", path.display()))?;
    if lock.try_lock().is_err() {
        on_wait();
        lock.lock().with_context(|| format!("could not lock {}", path.display()))?;
    }
    Ok(lock)
}

const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// The lock of any of these files.
fn one_of(root: &Path, places: RangeInclusive<usize>) -> Result<File> {
    loop {
        for number in places.clone() {
            let path = root.join(format!("machine-{number}.turn"));
            let lock = File::create(&path).with_context(|| format!("could not open {}", path.display()))?;
            if lock.try_lock().is_ok() {
                return Ok(lock);
            }
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}

/// Brings it up unless it is. Any number of test processes may ask at once: `up` takes its turn at the cluster's lock, and is quick where
/// nothing is to be done. A cluster that died, or was made of other programs, is made anew.
pub fn shared(kind: Shared) -> Result<Cluster> {
    shared_by(&crate::built::binaries()?, kind)
}

/// The same with the programs that lie in `binaries`, built by whoever calls.
pub fn shared_by(binaries: &Path, kind: Shared) -> Result<Cluster> {
    // Its talk is the test's talk: shown where the test fails, or with --nocapture.
    let output = kind
        .up_command(binaries)
        .output()
        .with_context(|| format!("could not run {}", binaries.join("cluster").display()))?;
    if !output.status.success() {
        bail!("could not bring the cluster `{}` up:\n{}", kind.name(), String::from_utf8_lossy(&output.stderr));
    }
    Cluster::running_with_verbs(kind.name(), binaries)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn two_threads_take_turns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.turn");
        let first = alone(&path, || panic!("nobody else is here")).unwrap();
        let (waits, is_waiting) = mpsc::channel();
        let second = thread::spawn(move || alone(&path, || waits.send(()).unwrap()).map(drop));
        is_waiting.recv().unwrap();
        assert!(!second.is_finished());
        drop(first);
        second.join().unwrap().unwrap();
    }

    #[test]
    fn only_so_many_are_at_work_at_the_same_time() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let [first, _second] = [(); 2].map(|()| one_of(&root, 1..=2).unwrap());
        let third = thread::spawn(move || one_of(&root, 1..=2).map(drop));
        thread::sleep(BETWEEN_LOOKS * 3);
        assert!(!third.is_finished());
        drop(first);
        third.join().unwrap().unwrap();
    }
}
