//! Where the programs are meant to run, and what each of these platforms is built as.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use lab_workspace::built;
use lab_workspace::say::Hinted;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    TarGz,
    Zip,
}

/// As Go and krew name it.
#[derive(Debug, PartialEq, Eq)]
pub struct Platform {
    pub os: &'static str,
    pub arch: &'static str,
    pub format: Format,
    /// What rustc calls it, the best first.
    targets: &'static [&'static str],
}

pub const PLATFORMS: &[Platform] = &[
    // Static ones run on any distribution; the others on those whose glibc is new enough.
    unix("linux", "amd64", &["x86_64-unknown-linux-musl", "x86_64-unknown-linux-gnu"]),
    unix("linux", "arm64", &["aarch64-unknown-linux-musl", "aarch64-unknown-linux-gnu"]),
    unix("darwin", "amd64", &["x86_64-apple-darwin"]),
    unix("darwin", "arm64", &["aarch64-apple-darwin"]),
    Platform { os: "windows", arch: "amd64", format: Format::Zip, targets: &["x86_64-pc-windows-msvc"] },
];

const fn unix(os: &'static str, arch: &'static str, targets: &'static [&'static str]) -> Platform {
    Platform { os, arch, format: Format::TarGz, targets }
}

impl Platform {
    /// The archive of a release, less its ending: `kubectl-lab-v0.1.0-linux-amd64`.
    pub fn stem(&self, tag: &str) -> String {
        format!("kubectl-lab-{tag}-{}-{}", self.os, self.arch)
    }

    pub fn archive(&self, tag: &str) -> String {
        let ending = match self.format {
            Format::TarGz => "tar.gz",
            Format::Zip => "zip",
        };
        format!("{}.{ending}", self.stem(tag))
    }

    /// The bills of materials that belong to it.
    pub fn materials(&self, tag: &str) -> String {
        format!("{}.sbom.tar.gz", self.stem(tag))
    }
}

/// One thing to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub platform: &'static Platform,
    pub triple: &'static str,
}

impl Target {
    /// By the name that rustc has for it.
    pub fn named(triple: &str) -> Result<Target> {
        match all().find(|target| target.triple == triple) {
            Some(target) => Ok(target),
            None => {
                let known: Vec<&str> = all().map(|target| target.triple).collect();
                bail!(Hinted::new(
                    format!("{triple} is none of the platforms of a release"),
                    format!("they are {}", known.join(", "))
                ))
            }
        }
    }

    /// Refused where the standard library for it is not installed.
    pub fn buildable(self, machine: &Machine) -> Result<Target> {
        if !machine.builds(self) {
            bail!(Hinted::new(
                format!("could not build for {}: Rust's standard library for it is not installed", self.triple),
                format!("run \"rustup target add {}\"", self.triple)
            ));
        }
        Ok(self)
    }
}

fn all() -> impl Iterator<Item = Target> {
    PLATFORMS.iter().flat_map(|platform| platform.targets.iter().map(move |triple| Target { platform, triple }))
}

/// What this machine can build, as far as Rust's standard library goes; whether there is a linker as well, the build tells.
pub struct Machine {
    libraries: PathBuf,
}

impl Machine {
    pub fn this() -> Result<Machine> {
        let mut rustc = built::rustc();
        let output = rustc.args(["--print", "sysroot"]).output().context("could not run rustc")?;
        if !output.status.success() {
            bail!("could not ask rustc where it is: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        Ok(Machine { libraries: sysroot.join("lib/rustlib") })
    }

    fn builds(&self, target: Target) -> bool {
        self.libraries.join(target.triple).join("lib").is_dir()
    }

    /// For each platform the best that can be built here.
    pub fn targets(&self) -> Vec<Target> {
        let best = |platform: &Platform| all().find(|target| target.platform == platform && self.builds(*target));
        PLATFORMS.iter().filter_map(best).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(with: &[&str]) -> (tempfile::TempDir, Machine) {
        let folder = tempfile::tempdir().unwrap();
        for triple in with {
            std::fs::create_dir_all(folder.path().join(triple).join("lib")).unwrap();
        }
        let machine = Machine { libraries: folder.path().to_owned() };
        (folder, machine)
    }

    #[test]
    fn a_static_build_is_preferred_to_one_that_needs_glibc() {
        let (_folder, machine) =
            machine(&["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl", "aarch64-apple-darwin"]);
        let triples: Vec<&str> = machine.targets().iter().map(|target| target.triple).collect();
        assert_eq!(triples, ["x86_64-unknown-linux-musl", "aarch64-apple-darwin"]);
    }

    #[test]
    fn what_cannot_be_built_is_refused_with_what_is_missing() {
        let (_folder, machine) = machine(&["x86_64-unknown-linux-gnu"]);
        assert!(Target::named("x86_64-unknown-linux-gnu").unwrap().buildable(&machine).is_ok());
        let error = Target::named("aarch64-apple-darwin").unwrap().buildable(&machine).unwrap_err().to_string();
        assert_eq!(error, "could not build for aarch64-apple-darwin: Rust's standard library for it is not installed");
        let error = Target::named("mips-unknown-linux-gnu").unwrap_err().to_string();
        assert_eq!(error, "mips-unknown-linux-gnu is none of the platforms of a release");
    }

    #[test]
    fn archives_are_named_after_the_release_and_the_platform() {
        let names: Vec<String> = PLATFORMS.iter().map(|platform| platform.archive("v0.1.0")).collect();
        assert_eq!(names.first().map(String::as_str), Some("kubectl-lab-v0.1.0-linux-amd64.tar.gz"));
        assert_eq!(names.last().map(String::as_str), Some("kubectl-lab-v0.1.0-windows-amd64.zip"));
    }

    #[test]
    fn this_machine_builds_for_itself() {
        assert!(!Machine::this().unwrap().targets().is_empty());
    }
}
