//! What MetalLB's controller does to objects while a pod of it is Ready: it makes a certificate for its webhook and hands it to the API
//! server, keeps a Secret for its speakers, and gives Services an address of the first pool, or takes it back with the pool.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use futures::future::ready;
use futures::stream::{BoxStream, select_all};
use http::Method;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::runtime::{WatchStreamExt, utils::Backoff, watcher};
use kube::{Client, Error};
use lab_cluster::say;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::NAMESPACE;
use super::api::Cluster;
use super::identity::Identity;
use super::release::{NOTES, Release};
use super::webhook::first_address;

const PODS: &str = "/api/v1/namespaces/metallb-system/pods?labelSelector=app%3Dmetallb%2Ccomponent%3Dcontroller";
const WEBHOOKS: &str =
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/metallb-webhook-configuration";
const PEERS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/bgppeers.metallb.io";
const SECRETS: &str = "/api/v1/namespaces/metallb-system/secrets";
const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/metallb-system/deployments/controller";
const POOLS: &str = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools";

/// What happens together is looked at once.
const TOGETHER: Duration = Duration::from_millis(20);
/// After something that failed, because somebody else was faster or something is not there yet.
const AGAIN: Duration = Duration::from_millis(150);

/// For as long as it is polled.
pub async fn play(client: Client, identity: Arc<Identity>) {
    let mut news = news(&client);
    let cluster = Cluster { client };
    loop {
        match look(&cluster, &identity).await {
            Ok(()) => drop(news.next().await),
            Err(error) => {
                if !is_passing(&error) {
                    say::note(format!("the stand-in for MetalLB's controller: {error}"));
                }
                let _ = timeout(AGAIN, news.next()).await;
            }
        }
        sleep(TOGETHER).await;
        while timeout(Duration::ZERO, news.next()).await.is_ok() {}
    }
}

/// Something has changed of what the controller looks at.
fn news(client: &Client) -> BoxStream<'static, ()> {
    let watched = [
        ("", "v1", "Pod", true),
        ("", "v1", "Secret", true),
        ("", "v1", "Service", false),
        ("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", false),
        ("metallb.io", "v1beta1", "IPAddressPool", true),
    ];
    let streams = watched.map(|(group, version, kind, ours)| {
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        let api: Api<DynamicObject> = match ours {
            true => Api::namespaced_with(client.clone(), NAMESPACE, &kind),
            false => Api::all_with(client.clone(), &kind),
        };
        let news = watcher(api, watcher::Config::default()).backoff(Steadily);
        // A kind that is not there is asked for again.
        news.filter_map(|event| ready(event.is_ok().then_some(()))).boxed()
    });
    select_all(streams).boxed()
}

struct Steadily;

impl Iterator for Steadily {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(AGAIN)
    }
}

impl Backoff for Steadily {
    fn reset(&mut self) {}
}

/// Somebody else wrote at the same time, or what is written to has gone or is going.
fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Api(status) if matches!(status.code, 403 | 404 | 409 | 422))
}

/// Brings everything that is the controller's to how it wants it.
async fn look(cluster: &Cluster, identity: &Identity) -> kube::Result<()> {
    let pods = cluster.list(PODS).await?;
    let running = pods.iter().filter(|pod| is_ready(pod));
    // While one follows the other, the newer one has the last word.
    let Some(release) = running.max_by_key(|pod| pod["metadata"]["creationTimestamp"].to_string()).map(Release::of)
    else {
        return Ok(());
    };
    let controller = Controller { cluster, identity, release };
    controller.fill_certificate().await?;
    controller.hand_out_bundle().await?;
    controller.keep_speakers_secret().await?;
    controller.serve_addresses().await
}

fn is_ready(pod: &Value) -> bool {
    let mut conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    let ready = conditions.any(|one| one["type"] == "Ready" && one["status"] == "True");
    ready && pod["metadata"]["deletionTimestamp"].is_null()
}

struct Controller<'a> {
    cluster: &'a Cluster,
    identity: &'a Identity,
    release: Release,
}

impl Controller<'_> {
    async fn fill_certificate(&self) -> kube::Result<()> {
        let path = format!("{SECRETS}/{}", self.release.certificate);
        let Some(mut secret) = self.cluster.get(&path).await? else { return Ok(()) };
        let files = self.identity.files.iter().map(|(name, text)| ((*name).to_owned(), json!(STANDARD.encode(text))));
        let wanted = Value::Object(files.collect());
        if secret["data"] == wanted {
            return Ok(());
        }
        secret["data"] = wanted;
        self.cluster.write(Method::PUT, &path, &secret, &self.release).await
    }

    /// Into the webhooks, and into the kind whose old versions the webhook translates.
    async fn hand_out_bundle(&self) -> kube::Result<()> {
        let bundle = json!(STANDARD.encode(self.identity.bundle()));
        for (path, place) in [(WEBHOOKS, "/webhooks"), (PEERS, "/spec/conversion/webhook")] {
            let Some(mut object) = self.cluster.get(path).await? else { continue };
            let before = object.clone();
            match object.pointer_mut(place) {
                Some(Value::Array(hooks)) => {
                    hooks.iter_mut().for_each(|hook| hook["clientConfig"]["caBundle"] = bundle.clone());
                }
                Some(hook @ Value::Object(_)) => hook["clientConfig"]["caBundle"] = bundle.clone(),
                _ => {}
            }
            if object != before {
                self.cluster.write(Method::PUT, path, &object, &self.release).await?;
            }
        }
        Ok(())
    }

    /// It goes with the Deployment.
    async fn keep_speakers_secret(&self) -> kube::Result<()> {
        if self.cluster.get(&format!("{SECRETS}/memberlist")).await?.is_some() {
            return Ok(());
        }
        let Some(deployment) = self.cluster.get(DEPLOYMENT).await? else { return Ok(()) };
        let owner = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "name": "controller", "uid": deployment["metadata"]["uid"],
        });
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "memberlist", "namespace": NAMESPACE, "ownerReferences": [owner]},
            "data": {"secretkey": STANDARD.encode("a secret of the speakers")},
        });
        self.cluster.write(Method::POST, SECRETS, &secret, &self.release).await
    }

    async fn serve_addresses(&self) -> kube::Result<()> {
        let pools = match self.cluster.list(POOLS).await {
            // A kind that is not there, or no more.
            Err(Error::Api(status)) if status.code == 404 => Vec::new(),
            other => other?,
        };
        let pool = pools.iter().find(|pool| pool["metadata"]["deletionTimestamp"].is_null());
        let offer = pool.and_then(|pool| {
            let address = first_address(pool["spec"]["addresses"][0].as_str()?)?;
            Some((pool["metadata"]["name"].clone(), json!([{"ip": address, "ipMode": "VIP"}])))
        });
        for service in self.cluster.list("/api/v1/services").await? {
            if service["spec"]["type"] == "LoadBalancer" {
                self.serve(&service, offer.as_ref()).await?;
            }
        }
        Ok(())
    }

    async fn serve(&self, service: &Value, offer: Option<&(Value, Value)>) -> kube::Result<()> {
        let metadata = &service["metadata"];
        let [namespace, name] = ["namespace", "name"].map(|key| metadata[key].as_str().unwrap_or_default());
        let path = format!("/api/v1/namespaces/{namespace}/services/{name}");
        let (pool, ingress) = offer.cloned().unwrap_or_default();
        let notes = NOTES.map(|note| (note, if note == self.release.note { pool.clone() } else { Value::Null }));
        if notes.iter().any(|(note, wanted)| metadata["annotations"].get(note).unwrap_or(&Value::Null) != wanted) {
            let notes = notes.map(|(note, wanted)| (note.to_owned(), wanted));
            let patch = json!({"metadata": {"annotations": Value::Object(notes.into_iter().collect())}});
            self.cluster.write(Method::PATCH, &path, &patch, &self.release).await?;
        }
        if service["status"]["loadBalancer"].get("ingress").unwrap_or(&Value::Null) != &ingress {
            let patch = json!({"status": {"loadBalancer": {"ingress": ingress}}});
            self.cluster.write(Method::PATCH, &format!("{path}/status"), &patch, &self.release).await?;
        }
        Ok(())
    }
}
