//! One light cluster with the fault proxy before it, on which one case is tried after the other.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use http::Method;
use lab_cli::run::Run;
use lab_cluster::cluster::Cluster;
use lab_e2e::{Direct, Everything, Manifest, MetallbRelease};
use lab_faults::FaultProxy;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::metallb::Metallb;
use crate::put_back::{everything, forget_journals, journals, put_back, put_journals};
use crate::scenario::{METALLB, METALLB_OLD, METRICS_SERVER, Task};
use crate::{addresses, settled, stand_ins};

const PROXY_CONFIG: &str = "/api/v1/namespaces/kube-system/configmaps/kube-proxy";

/// What MetalLB is there for: a Service that waits for an address.
const BALANCED: &str = "/api/v1/namespaces/default/services";

/// Several clusters share the machine.
const LIMIT: Duration = Duration::from_secs(240);

pub struct Worker {
    cluster: Cluster,
    pub direct: Arc<Direct>,
    pub proxy: FaultProxy,
    home: TempDir,
    /// As it was when the worker came.
    pristine: Everything,
    stage: Option<Stage>,
    /// What a task has left that takes long.
    done: Option<Done>,
}

struct Stage {
    task: Task,
    /// Before whatever the verbs themselves had to prepare.
    bare: Everything,
    before: Everything,
    /// As long as a task is about MetalLB.
    _metallb: Option<Metallb>,
}

struct Done {
    task: Task,
    after: Everything,
    journals: Vec<Value>,
}

impl Worker {
    /// On a light cluster that nobody else uses at the same time, without metrics-server.
    pub fn on(cluster: Cluster) -> Result<Worker> {
        let path = cluster.kubeconfig();
        let kubeconfig = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
        let direct = Arc::new(Direct::to(&kubeconfig)?);
        settled::wait_from_the_start(&direct)?;
        // The tests of the proxy have shown that its faults are the same with TLS.
        let proxy = FaultProxy::start_without_tls(&kubeconfig)?;
        stand_ins::place(&proxy, &direct);
        let home = TempDir::new().context("could not make a folder")?;
        fs::write(home.path().join(METRICS_SERVER), Manifest::upstream().documents())?;
        fs::write(home.path().join(METALLB), MetallbRelease::Current.manifest()?)?;
        fs::write(home.path().join(METALLB_OLD), MetallbRelease::Old.manifest()?)?;
        let pristine = Everything::of(&direct)?;
        Ok(Worker { cluster, direct, proxy, home, pristine, stage: None, done: None })
    }

    /// The cluster as the task begins with it.
    pub fn begin(&mut self, task: Task) -> Result<()> {
        if let Some(stage) = self.stage.as_ref().filter(|stage| stage.task == task) {
            return put_back(&self.direct, &stage.before);
        }
        self.leave()?;
        let metallb = if task.is_about_metallb() { Some(Metallb::play(&self.cluster)?) } else { None };
        match task {
            Task::Fix => self.apply(&Manifest::upstream())?,
            Task::StrictArpInIpvs => self.configure_ipvs()?,
            Task::MetallbInstall | Task::MetallbUpgrade | Task::MetallbUninstall => self.want_an_address()?,
            Task::Install | Task::StrictArpInIptables => {}
        }
        settled::wait(&self.direct)?;
        let bare = everything(&self.direct)?;
        let before = match task.preparation(self.home.path()) {
            Some(words) => self.prepared(&words)?,
            None => bare.clone(),
        };
        self.stage = Some(Stage { task, bare, before, _metallb: metallb });
        Ok(())
    }

    /// What a verb itself has to bring before the task can begin; no journal tells of it.
    fn prepared(&self, words: &[String]) -> Result<Everything> {
        self.does(words)?;
        settled::wait(&self.direct)?;
        forget_journals(&self.direct)?;
        addresses::wait(&self.direct)
    }

    fn does(&self, words: &[String]) -> Result<()> {
        let output = self.lab(words).run();
        if output.code != Some(0) {
            bail!("could not make what is to be interrupted or taken back: {output}");
        }
        Ok(())
    }

    /// The cluster as the task leaves it. What takes long is put there the next time, instead of waiting again: only values, and the
    /// journal.
    pub fn end(&mut self, task: Task) -> Result<()> {
        if let Some(done) = self.done.as_ref().filter(|done| done.task == task) {
            put_back(&self.direct, &done.after)?;
            return put_journals(&self.direct, &done.journals);
        }
        self.begin(task)?;
        self.does(&task.words(self.home.path()))?;
        if task.takes_long() {
            settled::wait(&self.direct)?;
            let after = match task {
                Task::MetallbInstall | Task::MetallbUpgrade => addresses::wait(&self.direct)?,
                _ => everything(&self.direct)?,
            };
            self.done = Some(Done { task, after, journals: journals(&self.direct)? });
        }
        Ok(())
    }

    /// The cluster as it was found.
    pub fn leave(&mut self) -> Result<()> {
        put_back(&self.direct, &self.pristine)?;
        (self.stage, self.done) = (None, None);
        Ok(())
    }

    /// The task that was begun.
    pub fn at(&self) -> Option<Task> {
        self.stage.as_ref().map(|stage| stage.task)
    }

    /// What the task began with.
    pub fn before(&self) -> Result<&Everything> {
        self.stage.as_ref().map(|stage| &stage.before).context("no task was begun")
    }

    /// The same without what the verbs themselves had to prepare for it.
    pub fn bare(&self) -> Result<&Everything> {
        self.stage.as_ref().map(|stage| &stage.bare).context("no task was begun")
    }

    /// `kubectl lab …` through the proxy.
    pub fn lab(&self, words: &[String]) -> Run {
        let (verb, args) = words.split_first().map_or(("", words), |(verb, args)| (verb.as_str(), args));
        Run::verb(verb).kubeconfig(&self.proxy.kubeconfig()).args(args).limit(LIMIT)
    }

    /// The folder of the manifests.
    pub fn files(&self) -> &Path {
        self.home.path()
    }

    pub fn proxy_config(&self) -> Result<String> {
        let map = self.direct.get(PROXY_CONFIG)?.context("kube-proxy has no ConfigMap")?;
        map["data"]["config.conf"].as_str().map(str::to_owned).context("kube-proxy has no configuration")
    }

    /// As people do it.
    fn apply(&self, manifest: &Manifest) -> Result<()> {
        let file = self.home.path().join("applied.json");
        fs::write(&file, manifest.text())?;
        let output = self.cluster.kubectl_command().arg("apply").arg("-f").arg(&file).stdin(Stdio::null()).output()?;
        if !output.status.success() {
            bail!("could not apply metrics-server: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    fn want_an_address(&self) -> Result<()> {
        let service = json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
        });
        self.direct.send(Method::POST, BALANCED, Some(&service))?;
        Ok(())
    }

    fn configure_ipvs(&self) -> Result<()> {
        let text = self.proxy_config()?.replace("mode: \"\"", "mode: ipvs");
        let patch: Value = json!({"data": {"config.conf": text}});
        self.direct.send(Method::PATCH, PROXY_CONFIG, Some(&patch))?;
        Ok(())
    }
}
