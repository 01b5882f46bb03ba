//! One light cluster with the fault proxy before it, on which one case is tried after the other.

use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use http::Method;
use lab_cli::run::Run;
use lab_cluster::cluster::Cluster;
use lab_e2e::{Direct, Everything, Manifest};
use lab_faults::FaultProxy;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::put_back::{journals, put_back, put_journals};
use crate::scenario::Task;
use crate::{settled, stand_ins};

const PROXY_CONFIG: &str = "/api/v1/namespaces/kube-system/configmaps/kube-proxy";

/// Several clusters share the machine.
const LIMIT: Duration = Duration::from_secs(240);

pub struct Worker {
    cluster: Cluster,
    pub direct: Arc<Direct>,
    pub proxy: FaultProxy,
    home: TempDir,
    /// As it was when the worker came.
    pristine: Everything,
    stage: Option<(Task, Everything)>,
    /// What a task has left that takes long.
    done: Option<Done>,
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
        fs::write(home.path().join("components.yaml"), Manifest::upstream().documents())?;
        let pristine = Everything::of(&direct)?;
        Ok(Worker { cluster, direct, proxy, home, pristine, stage: None, done: None })
    }

    /// The cluster as the task begins with it.
    pub fn begin(&mut self, task: Task) -> Result<()> {
        if let Some((present, before)) = &self.stage
            && *present == task
        {
            return put_back(&self.direct, before);
        }
        self.leave()?;
        match task {
            Task::Fix => self.apply(&Manifest::upstream())?,
            Task::StrictArpInIpvs => self.configure_ipvs()?,
            Task::Install | Task::StrictArpInIptables => {}
        }
        settled::wait(&self.direct)?;
        self.stage = Some((task, Everything::of(&self.direct)?));
        Ok(())
    }

    /// The cluster as the task leaves it. What a restart is waited for with is put there the next time, instead of waiting again: only
    /// values of objects that stay the same ones, and the journal.
    pub fn end(&mut self, task: Task) -> Result<()> {
        if let Some(done) = self.done.as_ref().filter(|done| done.task == task) {
            put_back(&self.direct, &done.after)?;
            return put_journals(&self.direct, &done.journals);
        }
        self.begin(task)?;
        let output = self.lab(&task.words(&self.manifest())).run();
        if output.code != Some(0) {
            bail!("there is nothing to take back, because it failed: {output}");
        }
        if task.needs_restart() {
            let (after, journals) = (Everything::of(&self.direct)?, journals(&self.direct)?);
            self.done = Some(Done { task, after, journals });
        }
        Ok(())
    }

    /// The cluster as it was found.
    pub fn leave(&mut self) -> Result<()> {
        (self.stage, self.done) = (None, None);
        put_back(&self.direct, &self.pristine)
    }

    /// What the task began with.
    pub fn before(&self) -> Result<&Everything> {
        self.stage.as_ref().map(|(_, before)| before).context("no task was begun")
    }

    /// `kubectl lab …` through the proxy.
    pub fn lab(&self, words: &[String]) -> Run {
        let (verb, args) = words.split_first().map_or(("", words), |(verb, args)| (verb.as_str(), args));
        Run::verb(verb).kubeconfig(&self.proxy.kubeconfig()).args(args).limit(LIMIT)
    }

    /// The file of metrics-server's.
    pub fn manifest(&self) -> String {
        self.home.path().join("components.yaml").to_string_lossy().into_owned()
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

    fn configure_ipvs(&self) -> Result<()> {
        let text = self.proxy_config()?.replace("mode: \"\"", "mode: ipvs");
        let patch: Value = json!({"data": {"config.conf": text}});
        self.direct.send(Method::PATCH, PROXY_CONFIG, Some(&patch))?;
        Ok(())
    }
}
