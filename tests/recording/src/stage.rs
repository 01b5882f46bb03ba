//! The cluster that the session is about: the lecture's pods behind a Service that waits for an address, and a student's own machine on
//! the nodes' network.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use lab_cluster::cluster::{Cluster, From};
use lab_cluster::kubectl::Kubectl;
use lab_cluster::say::{self, Hinted};
use lab_cluster::state::Place;
use lab_cluster::{built, down};
use lab_e2e::demo_app;
use lab_recording::session::{ENTERED, PROMPT};
use serde_json::{Value, json};
use tempfile::TempDir;

/// It is seen in the names of the nodes.
const NAME: &str = "lecture";
const NAMESPACE: &str = "default";

pub struct Stage {
    cluster: Cluster,
    /// Nothing of this machine's user is in it.
    home: TempDir,
    releases: ReleaseSite,
}

/// Brings it up, and takes it down whatever comes of the work.
pub fn on_stage<T>(work: impl FnOnce(&Stage) -> Result<T>) -> Result<T> {
    let place = Place::of(NAME)?;
    if down::leaves_traces(&place)? {
        let message = format!("there is a cluster `{NAME}` already, and the session begins with a new one");
        return Err(Hinted::new(message, format!("cargo cluster down --name {NAME}")).into());
    }
    let programs = built::binaries()?;
    let worked = up(&programs).and_then(|()| Stage::set(&place, &programs)).and_then(|stage| {
        let worked = work(&stage);
        stage.releases.end()?;
        worked
    });
    let gone = down::down(NAME);
    let worked = worked?;
    gone.map(|_| worked)
}

/// By the program of the cluster, which stays at work for as long as it is up.
fn up(programs: &Path) -> Result<()> {
    let status = Command::new(programs.join("cluster")).args(["up", "--name", NAME]).status();
    ensure!(status.context("could not run the cluster's program")?.success(), "could not bring the cluster up");
    Ok(())
}

impl Stage {
    fn set(place: &Place, programs: &Path) -> Result<Stage> {
        let cluster = Cluster::running_with_verbs(NAME, programs)?;
        let kubectl = Kubectl::of(place);
        kubectl.give(&["create"], &[demo_app(NAMESPACE), service()])?;
        say::note("waiting for the pods");
        kubectl.run(&["rollout", "status", "deployment/demo-app", "--timeout=120s"])?;
        let home = TempDir::new().context("could not make a folder")?;
        let releases = ReleaseSite::start(&cluster, programs)?;
        Ok(Stage { cluster, home, releases })
    }

    /// A shell on the student's machine, where kubectl finds the verbs.
    pub fn shell(&self) -> Result<Command> {
        let mut shell = self.cluster.command(&From::Outside, "bash")?;
        // Without its own editing of lines the terminal shows what is typed, and nothing else.
        shell.args(["--noprofile", "--norc", "--noediting", "-i"]);
        shell.env("PS1", PROMPT).env("PS0", ENTERED).env("HOME", self.home.path());
        shell.env("KUBECTL_LAB_RELEASE_SITE", &self.releases.url).env("LANG", "C.UTF-8").env("TZ", "UTC");
        Ok(shell)
    }
}

fn service() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "demo-app", "namespace": NAMESPACE },
        "spec": { "type": "LoadBalancer", "selector": { "app": "demo" }, "ports": [{ "port": 80, "targetPort": 80 }] },
    })
}

/// The stand-in for the release sites, on the student's machine.
struct ReleaseSite {
    process: Child,
    url: String,
}

impl ReleaseSite {
    fn start(cluster: &Cluster, programs: &Path) -> Result<ReleaseSite> {
        let program: PathBuf = programs.join("cluster");
        let mut command = cluster.command(&From::Outside, program)?;
        command.args(["release-site", "--port", "8765"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().context("could not start the release site")?;
        // It says its address as soon as it can be asked.
        let mut url = String::new();
        if let Some(said) = process.stdout.take() {
            BufReader::new(said).read_line(&mut url).context("could not read the release site's address")?;
        }
        match url.trim() {
            "" => bail!("the release site did not start"),
            url => Ok(ReleaseSite { url: url.to_owned(), process }),
        }
    }

    fn end(mut self) -> Result<()> {
        self.process.kill().and_then(|()| self.process.wait()).context("could not end the release site")?;
        Ok(())
    }
}
