//! The manifests that the projects publish, taken out of their Go modules: the same bytes that a user downloads, and no copy of ours.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::programs::{Programs, versions};

/// `components.yaml` of a metrics-server release, for example `0.9.0`.
pub fn metrics_server(programs: &Programs, version: &str) -> Result<String> {
    let module = programs.module_dir("sigs.k8s.io/metrics-server", version)?;
    // The folder moved between 0.6 and 0.7.
    let folder = ["manifests/overlays/release", "manifests/release"].into_iter().map(|path| module.join(path));
    let folder = folder.into_iter().find(|path| path.is_dir());
    let folder = folder.with_context(|| format!("could not find the manifests of metrics-server {version}"))?;
    kustomize(programs, &folder).with_context(|| format!("could not make the manifest of metrics-server {version}"))
}

/// `config/manifests/metallb-native.yaml` of a MetalLB release, for example `0.16.2` or `0.13.12`.
pub fn metallb(programs: &Programs, version: &str) -> Result<String> {
    let path = programs.module_dir("go.universe.tf/metallb", version)?.join("config/manifests/metallb-native.yaml");
    fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))
}

/// What makes kwok play the life of nodes and pods.
pub fn kwok_stages(programs: &Programs) -> Result<String> {
    let module = programs.module_dir("sigs.k8s.io/kwok", versions::KWOK)?;
    kustomize(programs, &module.join("kustomize/stage/fast")).context("could not make the stages of kwok")
}

fn kustomize(programs: &Programs, folder: &Path) -> Result<String> {
    let output = Command::new(programs.kubernetes("kubectl"))
        .arg("kustomize")
        .arg(folder)
        .output()
        .context("could not run kubectl")?;
    if !output.status.success() {
        bail!("kubectl kustomize ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).context("could not read what kubectl kustomize wrote")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::{self, Program};

    /// Only the programs that make the manifests: kubectl.
    fn programs() -> Programs {
        programs::ensure(&[Program::Kubernetes]).unwrap()
    }

    #[test]
    fn metrics_server_has_the_layout_of_its_release() {
        let programs = programs();
        for (version, port) in [(versions::METRICS_SERVER, "10250"), (versions::METRICS_SERVER_OLD, "4443")] {
            let manifest = metrics_server(&programs, version).unwrap();
            assert!(manifest.contains(&format!("--secure-port={port}\n")), "{version}");
            assert!(manifest.contains(&format!("registry.k8s.io/metrics-server/metrics-server:v{version}\n")));
            assert_eq!(manifest.matches("\n---\n").count(), 8, "{version}");
        }
    }

    #[test]
    fn metallb_names_the_images_of_its_release() {
        let programs = programs();
        for version in [versions::METALLB, versions::METALLB_OLD] {
            let manifest = metallb(&programs, version).unwrap();
            for name in ["controller", "speaker"] {
                assert!(manifest.contains(&format!("image: quay.io/metallb/{name}:v{version}\n")), "{version}");
            }
        }
    }

    #[test]
    fn kwok_is_given_stages_for_nodes_and_pods() {
        let stages = kwok_stages(&programs()).unwrap();
        assert!(stages.contains("kind: Stage"));
        assert!(stages.contains("kind: Node") && stages.contains("kind: Pod"), "{stages}");
    }
}
