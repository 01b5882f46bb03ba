//! Debian's packages: which are needed, which are missing, and installing them.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::Lack;
use crate::ground::MACHINE_PATH;
use crate::say;
use crate::spec::ClusterSpec;

struct Needed {
    /// What proves that it is there: a path, or a program's name.
    proof: &'static str,
    package: &'static str,
    for_light_too: bool,
}

const fn real(proof: &'static str, package: &'static str) -> Needed {
    Needed { proof, package, for_light_too: false }
}

const fn always(proof: &'static str, package: &'static str) -> Needed {
    Needed { proof, package, for_light_too: true }
}

const NEEDED: &[Needed] = &[
    always("ip", "iproute2"),
    always("nsenter", "util-linux"),
    always("unshare", "util-linux"),
    always("setsid", "util-linux"),
    real("mount", "mount"),
    real("hostname", "hostname"),
    // For what a node does itself: addresses on the way out, host ports, the pods' network.
    real("iptables", "iptables"),
    real("/usr/lib/cni/ptp", "containernetworking-plugins"),
    // For taking packages apart: the lecture's images are made of some.
    real("dpkg-deb", "dpkg"),
    // For runc and the pause image.
    real("gcc", "gcc"),
    real("/usr/include/stdlib.h", "libc6-dev"),
    real("pkg-config", "pkg-config"),
    real("/usr/include/seccomp.h", "libseccomp-dev"),
    // For the tests: a bash in which somebody presses TAB.
    always("/usr/share/bash-completion/bash_completion", "bash-completion"),
    // For the tests: a server that shows a certificate which has run out.
    real("openssl", "openssl"),
];

/// In the order of the table, each once.
pub fn missing(spec: &ClusterSpec) -> Vec<&'static str> {
    let absent = NEEDED.iter().filter(|needed| (needed.for_light_too || !spec.light) && !is_there(needed.proof));
    let mut packages: Vec<&str> = absent.map(|needed| needed.package).collect();
    packages.dedup();
    packages
}

fn is_there(proof: &str) -> bool {
    MACHINE_PATH.split(':').any(|dir| Path::new(dir).join(proof).exists())
}

pub fn apt_is_here() -> bool {
    is_there("apt-get")
}

/// Real clusters run images that are made of Debian's packages, installed or not.
pub fn lack_of_apt(spec: &ClusterSpec) -> Option<Lack> {
    (!spec.light && !apt_is_here()).then(|| Lack {
        what: "apt-get (images are made of Debian's packages)".to_owned(),
        way_on: "use Debian or a relative of it; or the light cluster: cargo cluster up --light".to_owned(),
    })
}

pub fn lack(packages: &[&str]) -> Option<Lack> {
    (!packages.is_empty()).then(|| Lack {
        what: format!("packages: {}", packages.join(" ")),
        way_on: format!("install them: sudo apt-get install --no-install-recommends {}", packages.join(" ")),
    })
}

/// Installs after saying so. Should a package bring a service, it is not started: only files are wanted.
pub fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    say::note(format!("installing with apt-get what is missing: {}", packages.join(" ")));
    // The list of packages may be old; that alone is no reason to stop.
    let _ = apt(&["update"]);
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
        .with_context(|| format!("could not install {}", packages.join(" ")))
}

fn apt(arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1").env("SYSTEMD_OFFLINE", "1");
    let output = command.stdin(Stdio::null()).output().context("could not run apt-get")?;
    if !output.status.success() {
        bail!("apt-get {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_a_path_or_a_program() {
        assert!(is_there("sh"));
        assert!(is_there("/bin/sh"));
        assert!(!is_there("/usr/lib/no-such-thing"));
        assert!(!is_there("no-such-program"));
    }

    #[test]
    fn a_light_cluster_needs_less() {
        let needed = |light: bool| NEEDED.iter().filter(|n| n.for_light_too || !light).count();
        assert!(needed(true) < needed(false));
    }
}
