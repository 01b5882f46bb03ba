//! Fills the image registry of a cluster.

use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::images::Image;
use crate::programs::{Program, Programs};

/// Pushes the images to the registry at `address`. `via` is the beginning of a command line that runs the rest of it where the
/// registry can be reached, for example `nsenter --net=PATH`; it may be empty.
pub fn fill(programs: &Programs, address: &str, via: &[String], images: &[Image]) -> Result<()> {
    let crane = programs.path(Program::Crane);
    thread::scope(|scope| {
        let pushes: Vec<_> = images.iter().map(|image| scope.spawn(|| push(crane, address, via, image))).collect();
        for (push, image) in pushes.into_iter().zip(images) {
            let result = push.join().unwrap_or_else(|_| bail!("the thread that pushes it panicked"));
            result.with_context(|| format!("could not push {} to the registry at {address}", image.reference))?;
        }
        Ok(())
    })
}

fn push(crane: &Path, address: &str, via: &[String], image: &Image) -> Result<()> {
    let mut command = match via.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(crane);
            command
        }
        None => Command::new(crane),
    };
    let place = format!("{address}/{}", path_in_registry(&image.reference));
    // No proxy and nobody's login: the registry is the cluster's own.
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    command.arg("push").arg("--insecure").arg(&image.tar).arg(place).env("DOCKER_CONFIG", "/nonexistent");
    let output = command.output().context("could not run crane")?;
    if !output.status.success() {
        bail!("crane ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// Where containerd looks for a reference at a mirror: without the host it names, and under `library/` if Docker Hub would have it there.
fn path_in_registry(reference: &str) -> String {
    match reference.split_once('/') {
        None => format!("library/{reference}"),
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
            if host == "docker.io" && !path.contains('/') { format!("library/{path}") } else { path.to_owned() }
        }
        Some(_) => reference.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lose_their_host() {
        for (reference, path) in [
            ("nginx:latest", "library/nginx:latest"),
            ("docker.io/nginx:latest", "library/nginx:latest"),
            ("bitnami/nginx:1", "bitnami/nginx:1"),
            ("registry.k8s.io/kube-proxy:v1", "kube-proxy:v1"),
            ("quay.io/metallb/speaker:v1", "metallb/speaker:v1"),
            ("localhost:5000/mine:1", "mine:1"),
        ] {
            assert_eq!(path_in_registry(reference), path);
        }
    }
}
