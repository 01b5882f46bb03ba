//! Runs the Go toolchain, always with the same settings, whatever the user's own are for other work.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

const LINES_SHOWN: usize = 12;

/// `go` with every setting that would change what comes out fixed; where modules are taken from (GOPROXY and the like) stays the user's choice.
pub(super) fn command() -> Command {
    let mut command = Command::new("go");
    command
        .env("GOFLAGS", "-trimpath -buildvcs=false -mod=readonly")
        .env("GOTOOLCHAIN", "local")
        .env("GO111MODULE", "on")
        .env("GOWORK", "off")
        .env("CGO_ENABLED", "0");
    for name in ["GOOS", "GOARCH", "GOBIN", "GOEXPERIMENT"] {
        command.env_remove(name);
    }
    command
}

/// The toolchain and its platform, for example `go version go1.26.8 linux/amd64`.
pub(super) fn version() -> Result<String> {
    let output = command().arg("version").output().context("could not run go")?;
    if !output.status.success() {
        bail!("could not run go: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs the command to its end. Its stderr goes line by line to `hear` and into the file `log`; where it fails, the error shows what it complained about.
pub(super) fn run(mut command: Command, log: &Path, mut hear: impl FnMut(&str)) -> Result<()> {
    let mut file = std::fs::File::create(log).with_context(|| format!("could not write {}", log.display()))?;
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().context("could not run go")?;
    let mut last: Vec<String> = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).split(b'\n') {
            let line = String::from_utf8_lossy(&line.context("could not read what go says")?).into_owned();
            writeln!(file, "{line}").with_context(|| format!("could not write {}", log.display()))?;
            hear(&line);
            if tells_more_than_progress(&line) {
                last.push(line);
            }
        }
    }
    let status = child.wait().context("could not wait for go")?;
    if !status.success() {
        let newest = last.len().saturating_sub(LINES_SHOWN);
        bail!("go ended with {status} (all it said is in {}):\n{}", log.display(), last[newest..].join("\n"));
    }
    Ok(())
}

/// Go names each package as it compiles it and each module as it downloads it; what remains is about something wrong.
fn tells_more_than_progress(line: &str) -> bool {
    line.contains(' ') && !line.starts_with("go: downloading ")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Download {
    #[serde(default)]
    dir: PathBuf,
    #[serde(default)]
    error: String,
}

/// The folder of a module in Go's own cache, downloaded if need be.
pub(super) fn module_dir(module: &str, version: &str, workdir: &Path) -> Result<PathBuf> {
    let output = command()
        .args(["mod", "download", "-json", &format!("{module}@v{version}")])
        .current_dir(workdir)
        .output()
        .context("could not run go")?;
    let answer: Download = serde_json::from_slice(&output.stdout).with_context(|| {
        format!("could not download {module} v{version}: {}", String::from_utf8_lossy(&output.stderr).trim())
    })?;
    if !answer.error.is_empty() {
        bail!("could not download {module} v{version}: {}", answer.error);
    }
    Ok(answer.dir)
}
