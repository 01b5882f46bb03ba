//! Namespaces that live as long as the process that holds them: no names, no mounts on the machine, nothing to clean up
//! but the process.

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::AsFd;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::{Launch, succeed};
use crate::wait::{self, Look};

/// What its holder has of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    Network,
    NetworkMountsAndName,
}

#[derive(Clone, Debug)]
pub struct Namespace {
    holder: u32,
    extent: Extent,
}

impl Namespace {
    pub fn of_network(holder: u32) -> Self {
        Self { holder, extent: Extent::Network }
    }

    pub fn of_node(holder: u32) -> Self {
        Self { holder, extent: Extent::NetworkMountsAndName }
    }

    /// The same holder's network alone: for programs that keep the machine's view of files.
    pub fn network_only(&self) -> Self {
        Self::of_network(self.holder)
    }

    /// The process to start for a namespace of its own network.
    pub fn network_holder(name: &str) -> Launch<'_> {
        Launch::new(name, "unshare").args(["--net", "--", "sleep", "infinity"])
    }

    /// The process to start for a node: its own network, mounts and host name, like a machine that shares this one's files.
    pub fn node_holder(name: &str) -> Launch<'_> {
        Launch::new(name, "unshare")
            .args(["--net", "--mount", "--uts", "--propagation", "private"])
            .args(["--", "sleep", "infinity"])
    }

    pub fn holder(&self) -> u32 {
        self.holder
    }

    /// The words to put before a command so that it runs inside. Never `ip netns exec`: that mounts /sys anew and hides the cgroups.
    pub fn entrance(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> =
            vec!["nsenter".into(), format!("--target={}", self.holder).into(), "--net".into()];
        if self.extent == Extent::NetworkMountsAndName {
            words.extend(["--mount".into(), "--uts".into()]);
        }
        words.push("--".into());
        words
    }

    pub fn command(&self, program: &str) -> Command {
        let words = self.entrance();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(program);
        command
    }

    /// A short shell script inside, stopped at its first failure.
    pub fn script(&self, text: &str) -> Result<String> {
        succeed(self.command("sh").args(["-euc", text]))
    }

    /// `unshare` needs a moment between its start and the new namespaces.
    pub fn wait_until_separate(&self) -> Result<()> {
        let link = |id: &str| std::fs::read_link(format!("/proc/{id}/ns/net"));
        let ours = link("self").context("could not look at our own network namespace")?;
        let program = format!("/proc/{}/comm", self.holder);
        wait::until("a namespace", Duration::from_secs(10), || {
            let theirs = link(&self.holder.to_string()).context("the namespace's holder ended")?;
            let settled = std::fs::read_to_string(&program).is_ok_and(|name| name.trim() == "sleep");
            Ok(if theirs != ours && settled { Look::Done } else { Look::Waiting("still the machine's own".into()) })
        })
    }

    /// Runs `work` on a thread of its own that has entered the network.
    pub fn on_a_thread<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                self.enter_with_this_thread()?;
                work()
            });
            inside.join().map_err(|_| anyhow!("a thread inside the cluster's network panicked"))?
        })
    }

    /// Moves the calling thread, and threads that it starts later, into the network.
    pub fn enter_with_this_thread(&self) -> Result<()> {
        let path = format!("/proc/{}/ns/net", self.holder);
        let file = File::open(&path).with_context(|| format!("could not open {path}"))?;
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))
            .with_context(|| format!("could not enter {path}"))
    }
}
