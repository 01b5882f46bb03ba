//! Requests straight to the API server, where a process of kubectl for each would take too long.

use anyhow::{Context, Result};
use futures::future::try_join_all;
use http::{Method, Request};
use kube::api::ApiResource;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::discovery::{ApiGroup, Discovery, verbs};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// May be used by several threads at once.
pub struct Direct {
    runtime: Runtime,
    client: kube::Client,
}

impl Direct {
    /// As the kubeconfig's current context says.
    pub fn to(kubeconfig: &str) -> Result<Direct> {
        // Another one may have done so.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Builder::new_current_thread().enable_all().build().context("could not start a runtime")?;
        let client = runtime.block_on(async {
            let kubeconfig = Kubeconfig::from_yaml(kubeconfig).context("could not read the kubeconfig")?;
            let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
            anyhow::Ok(kube::Client::try_from(config)?)
        })?;
        Ok(Direct { runtime, client })
    }

    /// What is at a path, `None` where nothing is.
    pub fn get(&self, path: &str) -> Result<Option<Value>> {
        match self.send(Method::GET, path, None) {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            other => other.map(Some).with_context(|| format!("could not read {path}")),
        }
    }

    /// The objects of a collection.
    pub fn list(&self, path: &str) -> Result<Vec<Value>> {
        let list = self.send(Method::GET, path, None).with_context(|| format!("could not list {path}"))?;
        Ok(items(list))
    }

    pub fn send(&self, method: Method, path: &str, body: Option<&Value>) -> kube::Result<Value> {
        self.runtime.block_on(send(&self.client, method, path, body))
    }

    /// The objects of all kinds that the cluster can list, each kind in one version, less those of `leave_out`
    /// (`deployments.apps`); each with the path of its collection.
    pub fn all(&self, leave_out: &[&str]) -> Result<Vec<(String, Value)>> {
        let lists = self.runtime.block_on(self.lists(leave_out)).context("could not list everything")?;
        let objects = lists.into_iter().flat_map(|(kind, list)| {
            let path = collection(&kind);
            items(list).into_iter().map(move |object| (path.clone(), typed(&kind, object)))
        });
        Ok(objects.collect())
    }

    async fn lists(&self, leave_out: &[&str]) -> kube::Result<Vec<(ApiResource, Value)>> {
        let discovery = Discovery::new(self.client.clone()).run_aggregated().await?;
        let kinds = discovery.groups().flat_map(ApiGroup::resources_by_stability);
        let kinds = kinds.filter(|(_, can)| can.supports_operation(verbs::LIST)).map(|(kind, _)| kind);
        let kinds: Vec<_> = kinds.filter(|kind| !leave_out.contains(&name(kind).as_str())).collect();
        let paths: Vec<_> = kinds.iter().map(collection).collect();
        let lists = try_join_all(paths.iter().map(|path| send(&self.client, Method::GET, path, None))).await?;
        Ok(kinds.into_iter().zip(lists).collect())
    }
}

/// The server closes a connection that was not used for a while, and nobody looks here in between; so the first request afterwards may
/// find it closed. Whether the server has had it is not known then, and what makes something is not sent twice.
async fn send(client: &kube::Client, method: Method, path: &str, body: Option<&Value>) -> kube::Result<Value> {
    match send_once(client, &method, path, body).await {
        Err(kube::Error::Service(_) | kube::Error::HyperError(_)) if method != Method::POST => {
            send_once(client, &method, path, body).await
        }
        answered => answered,
    }
}

async fn send_once(client: &kube::Client, method: &Method, path: &str, body: Option<&Value>) -> kube::Result<Value> {
    let kind = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
    let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let request = Request::builder().method(method).uri(path).header("content-type", kind);
    client.request(request.body(body).map_err(kube::Error::HttpError)?).await
}

fn name(kind: &ApiResource) -> String {
    if kind.group.is_empty() { kind.plural.clone() } else { format!("{}.{}", kind.plural, kind.group) }
}

fn collection(kind: &ApiResource) -> String {
    let root = if kind.group.is_empty() { "api" } else { "apis" };
    format!("/{root}/{}/{}", kind.api_version, kind.plural)
}

fn items(mut list: Value) -> Vec<Value> {
    match list["items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

/// The items of a list do not say of which kind they are.
fn typed(kind: &ApiResource, mut object: Value) -> Value {
    object["apiVersion"] = json!(kind.api_version);
    object["kind"] = json!(kind.kind);
    object
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers the first request on each connection, and at the second closes it without a word.
    fn server() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut lines = BufReader::new(stream.try_clone().expect("the stream")).lines().map_while(Result::ok);
                lines.by_ref().take_while(|line| !line.is_empty()).for_each(drop);
                let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
                stream.write_all(answer.as_bytes()).expect("somebody reads");
                lines.take_while(|line| !line.is_empty()).for_each(drop);
            }
        });
        port
    }

    #[test]
    fn a_connection_that_was_closed_meanwhile_is_opened_anew() {
        let kubeconfig = format!(
            "{{apiVersion: v1, kind: Config, current-context: a, contexts: [{{name: a, context: {{cluster: a, user: a}}}}], \
             clusters: [{{name: a, cluster: {{server: 'http://127.0.0.1:{}'}}}}], users: [{{name: a, user: {{}}}}]}}",
            server()
        );
        let direct = Direct::to(&kubeconfig).expect("a client");
        for _ in 0..3 {
            assert_eq!(direct.get("/api").expect("an answer"), Some(json!({})));
        }
    }
}
