//! A cluster that is up, as tests and commands use it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result};

use crate::ground::{MACHINE_PATH, programs_of};
use crate::images::Image;
use crate::kubectl::cache_of;
use crate::machine::{Cgroups, Namespace, output};
use crate::say::Hinted;
use crate::spec::{ClusterSpec, REGISTRY};
use crate::state::{self, Place, Record};
use crate::{programs, registry, repository};

/// Where in the cluster a command runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// A host on the nodes' network that is no node: where a student's own machine would be.
    Outside,
    /// The network that the API server is in; in a real cluster that of the first node.
    ControlPlane,
    /// With the node's network, files and name.
    Node(String),
}

impl From {
    pub fn parse(text: &str) -> Self {
        match text {
            "outside" => Self::Outside,
            "control-plane" => Self::ControlPlane,
            node => Self::Node(node.to_owned()),
        }
    }
}

pub struct Cluster {
    place: Place,
    record: Record,
    /// Where the workspace's own programs are: the verbs.
    verbs: PathBuf,
}

impl Cluster {
    /// With the verbs that lie beside the running program.
    pub fn running(name: &str) -> Result<Self> {
        let this = std::env::current_exe().context("could not tell where this program is")?;
        Self::running_with_verbs(name, this.parent().unwrap_or(Path::new("/")))
    }

    pub fn running_with_verbs(name: &str, verbs: &Path) -> Result<Self> {
        let (place, record) = state::running(name)?;
        Ok(Self { place, record, verbs: verbs.to_owned() })
    }

    pub fn name(&self) -> &str {
        &self.record.spec.name
    }

    pub fn spec(&self) -> &ClusterSpec {
        &self.record.spec
    }

    /// For this machine: the API server by way of 127.0.0.1.
    pub fn kubeconfig(&self) -> PathBuf {
        self.place.kubeconfig()
    }

    /// For what runs inside the cluster's network; `command` sets it.
    pub fn inside_kubeconfig(&self) -> PathBuf {
        self.place.inside_kubeconfig()
    }

    /// The kubectl built with the cluster.
    pub fn kubectl(&self) -> PathBuf {
        self.place.bin().join("kubectl")
    }

    /// Where the verbs are.
    pub fn verbs(&self) -> &Path {
        &self.verbs
    }

    pub fn log(&self, component: &str) -> PathBuf {
        self.place.log(component)
    }

    /// kubectl on this machine, against this cluster.
    pub fn kubectl_command(&self) -> Command {
        crate::kubectl::Kubectl::of(&self.place).command()
    }

    fn namespace(&self, from: &From) -> Result<Namespace> {
        let holder = |component: &str| {
            let process = self.record.process(component).filter(|process| process.is_alive());
            let hint = format!("cargo cluster status --name {}", self.name());
            process.map(|process| process.id).ok_or_else(|| Hinted::new(format!("{component} is not running"), hint))
        };
        match from {
            From::Outside => Ok(Namespace::of_network(holder("outside")?)),
            From::ControlPlane => {
                let component = if self.spec().light { "control-plane" } else { "node-1" };
                Ok(Namespace::of_network(holder(component)?))
            }
            From::Node(name) => {
                let spec = self.spec();
                let number = spec.numbers().find(|number| spec.node_name(*number) == *name);
                let number = number.filter(|_| !spec.light).ok_or_else(|| self.no_such_node(name))?;
                Ok(Namespace::of_node(holder(&format!("node-{number}"))?))
            }
        }
    }

    fn no_such_node(&self, name: &str) -> Hinted {
        let real = if self.spec().light { String::new() } else { format!(", {}", self.spec().node_names().join(", ")) };
        let message = format!("cluster `{}` has no machine `{name}`", self.name());
        Hinted::new(message, format!("--from is one of: outside, control-plane{real}"))
    }

    /// A command inside the cluster: KUBECONFIG set, kubectl and the verbs on PATH, in the present directory. It belongs to the cluster,
    /// so `down` ends it too.
    pub fn command(&self, from: &From, program: impl AsRef<OsStr>) -> Result<Command> {
        let namespace = self.namespace(from)?;
        let here = std::env::current_dir().context("could not tell the present directory")?;
        let entrance = namespace.entrance();
        let mut command = Cgroups::of(self.name())?.command(&entrance[0]);
        command.args(&entrance[1..]);
        command.args(["sh", "-c", r#"cd "$0" && exec "$@""#]).arg(here).arg(program);
        command
            .env("KUBECONFIG", self.inside_kubeconfig())
            .env("KUBECACHEDIR", cache_of(&self.place))
            .env("PATH", self.path());
        Ok(command)
    }

    fn path(&self) -> OsString {
        let mut path = self.place.bin().into_os_string();
        for further in [self.verbs.as_os_str(), &std::env::var_os("PATH").unwrap_or_default(), OsStr::new(MACHINE_PATH)]
        {
            path.push(":");
            path.push(further);
        }
        path
    }

    /// Runs a command inside the cluster to its end, whatever its exit code.
    pub fn exec<S: AsRef<OsStr>>(&self, from: &From, words: &[S]) -> Result<Output> {
        let (program, arguments) = words.split_first().context("there is no command to run")?;
        output(self.command(from, program)?.args(arguments))
    }

    /// Does something on a thread of this process that has entered the network there: packets without a program to send them. Files stay
    /// this machine's.
    pub fn on_a_thread<T: Send>(&self, from: &From, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        self.namespace(from)?.on_a_thread(work)
    }

    /// Puts a docker-archive into the registry, under every name that it bears.
    pub fn load(&self, tar: &Path) -> Result<Vec<String>> {
        if self.spec().light {
            return Err(Hinted::new("a light cluster runs no images", "cargo cluster up --name real").into());
        }
        let references = repository::names_in(tar)?;
        let images: Vec<Image> =
            references.iter().map(|reference| Image { reference: reference.clone(), tar: tar.to_owned() }).collect();
        let outside = self.namespace(&From::Outside)?;
        let via: Vec<String> = outside.entrance().into_iter().map(|word| word.to_string_lossy().into_owned()).collect();
        registry::fill(&programs::ensure(&programs_of(self.spec()))?, REGISTRY, &via, &images)?;
        Ok(references)
    }
}
