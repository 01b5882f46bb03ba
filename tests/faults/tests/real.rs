//! kubectl and kube before a real API server, through the proxy.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::Result;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{Api, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use lab_cluster::cluster::Cluster;
use lab_cluster::shared::{Shared, shared};
use lab_faults::{Answer, Extent, Fault, FaultProxy, Rule, Victim, When};
use serde_json::json;
use tempfile::TempDir;

/// Two objects in a namespace of this run's own, so kubectl writes twice.
struct Scene {
    cluster: Cluster,
    proxy: FaultProxy,
    home: TempDir,
    namespace: String,
}

impl Scene {
    fn new(purpose: &str) -> Result<Self> {
        let cluster = shared(Shared::Light)?;
        let proxy = FaultProxy::start(&std::fs::read_to_string(cluster.kubeconfig())?)?;
        let home = TempDir::new()?;
        let namespace = format!("faults-{purpose}-{}", std::process::id());
        std::fs::write(home.path().join("config"), proxy.kubeconfig())?;
        let object = |name: &str| {
            let metadata = json!({"name": name, "namespace": namespace});
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"key": "value"}})
        };
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [object("one"), object("two")]});
        std::fs::write(home.path().join("objects.json"), list.to_string())?;
        let scene = Self { cluster, proxy, home, namespace };
        let created = scene.beside().args(["create", "namespace", &scene.namespace]).output()?;
        assert!(created.status.success(), "{}", text(&created));
        Ok(scene)
    }

    /// kubectl, through the proxy.
    fn kubectl(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.cluster.kubectl());
        command.env_clear().env("KUBECONFIG", self.home.path().join("config")).env("HOME", self.home.path());
        command.args(["-n", &self.namespace]).args(arguments).stdin(Stdio::null());
        command
    }

    fn apply(&self) -> Command {
        let objects = self.home.path().join("objects.json").to_string_lossy().into_owned();
        self.kubectl(&["apply", "--server-side", "--validate=ignore", "-f", &objects])
    }

    /// kubectl without the proxy.
    fn beside(&self) -> Command {
        let mut command = self.cluster.kubectl_command();
        command.args(["-n", &self.namespace]);
        command
    }

    fn configmaps(&self) -> Result<Vec<String>> {
        let names = ["get", "configmaps", "one", "two", "--ignore-not-found", "-o", "name"];
        let output = self.beside().args(names).output()?;
        Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = self.beside().args(["delete", "namespace", &self.namespace, "--wait=false"]).output();
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

#[test]
fn kubectl_gets_and_applies_through_the_proxy_and_sees_its_faults() -> Result<()> {
    let scene = Scene::new("kubectl")?;
    let nodes = scene.kubectl(&["get", "nodes", "-o", "name"]).output()?;
    assert_eq!(text(&nodes).lines().count(), 3, "{}", text(&nodes));
    let applied = scene.apply().output()?;
    assert!(applied.status.success(), "{}", text(&applied));
    assert_eq!(scene.configmaps()?, ["configmap/one", "configmap/two"]);
    let writes: Vec<String> =
        scene.proxy.requests().iter().filter(|seen| Rule::writes().matches(seen)).map(ToString::to_string).collect();
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(scene.proxy.requests().iter().all(|seen| seen.user_agent.starts_with("kubectl/")));

    scene.proxy.reset();
    let webhook = Answer::WebhookFailed { webhook: "pools.example".into() };
    scene.proxy.rule(Rule::writes().nth(2), Fault::Answer(webhook));
    let failed = scene.apply().output()?;
    assert!(text(&failed).contains("failed calling webhook \"pools.example\""), "{}", text(&failed));
    assert!(text(&failed).contains("configmap/one serverside-applied"), "{}", text(&failed));
    assert_eq!(scene.proxy.faulted().len(), 1);

    // kubectl does as it is told, and tries again.
    scene.proxy.reset();
    scene.proxy.rule(Rule::writes().nth(1), Fault::Answer(Answer::TooManyRequests { retry_after: 1 }));
    let applied = scene.apply().output()?;
    assert!(applied.status.success(), "{}", text(&applied));
    assert_eq!(scene.proxy.count(&Rule::writes()), 3);
    Ok(())
}

#[test]
fn watch_of_kubectl_is_cut() -> Result<()> {
    let scene = Scene::new("watch")?;
    scene.apply().output()?;
    scene.proxy.reset();
    // The first event is the object as it is; kubectl has printed it already.
    scene.proxy.rule(Rule::watches().nth(1), Fault::CutAfter(Extent::Events(2)));
    let mut watch = scene.kubectl(&["get", "configmap", "one", "--watch", "-o", "name"]);
    let watch = std::thread::spawn(move || watch.output());
    let started = Instant::now();
    while scene.proxy.count(&Rule::watches()) == 0 {
        assert!(started.elapsed() < Duration::from_secs(20), "kubectl does not watch");
        std::thread::sleep(Duration::from_millis(5));
    }
    let patch = ["patch", "configmap", "one", "--type=merge", "-p", r#"{"data":{"key":"other"}}"#];
    assert!(scene.beside().args(patch).output()?.status.success());
    // kubectl's watch ends with its stream.
    let output = watch.join().expect("the watcher does not panic")?;
    assert_eq!(text(&output).matches("configmap/one").count(), 2, "{}", text(&output));
    assert_eq!(scene.proxy.faulted().len(), 1);
    Ok(())
}

#[test]
fn kubectl_is_killed_at_its_nth_write() -> Result<()> {
    let scene = Scene::new("killed")?;
    for (when, there) in [(When::Before, &["configmap/one"][..]), (When::After, &["configmap/one", "configmap/two"])] {
        scene.beside().args(["delete", "configmap", "one", "two", "--ignore-not-found"]).output()?;
        scene.proxy.reset();
        let victim = Victim::default();
        scene.proxy.on(Rule::writes().nth(2), when, victim.killer());
        let output = victim.run(&mut scene.apply())?;
        assert_eq!(output.status.signal(), Some(9), "{}", text(&output));
        scene.proxy.settle();
        assert_eq!(scene.configmaps()?, there, "killed {when:?}");
        let served = scene.proxy.faulted()[0].served;
        assert_eq!(served, if when == When::Before { None } else { Some(201) });
    }
    Ok(())
}

#[test]
fn kube_sees_the_faults_too() -> Result<()> {
    let scene = Scene::new("kube")?;
    // Another test may have done so.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let lost = scene.proxy.kubeconfig();
    scene.proxy.rule(Rule::writes().nth(1), Fault::DropReply);
    scene.proxy.rule(Rule::reads().nth(2), Fault::Answer(Answer::Unavailable));
    scene.proxy.rule(Rule::reads().nth(4), Fault::Answer(Answer::WebhookFailed { webhook: "pools.example".into() }));
    runtime.block_on(async {
        let kubeconfig = Kubeconfig::from_yaml(&lost)?;
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
        let client = kube::Client::try_from(config)?;
        Api::<Namespace>::all(client.clone()).get(&scene.namespace).await?;
        let maps = Api::<ConfigMap>::namespaced(client, &scene.namespace);
        let map: ConfigMap = serde_json::from_value(json!({"metadata": {"name": "one"}}))?;
        assert!(maps.create(&PostParams::default(), &map).await.is_err(), "its reply is lost");
        // kube asks again by itself after a 503, and not after a 500.
        maps.get("one").await?;
        let failed = maps.get("one").await;
        assert!(matches!(&failed, Err(kube::Error::Api(status)) if status.code == 500), "{failed:?}");
        maps.get("one").await?;
        anyhow::Ok(())
    })?;
    assert_eq!((scene.proxy.count(&Rule::reads()), scene.proxy.faulted().len()), (5, 3));
    Ok(())
}
