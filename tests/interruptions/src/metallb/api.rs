//! Requests to the API server in the controller's name.

use http::{Method, Request};
use kube::{Client, Error};
use serde_json::Value;

use super::release::Release;

pub struct Cluster {
    pub client: Client,
}

impl Cluster {
    pub async fn get(&self, path: &str) -> kube::Result<Option<Value>> {
        match self.send(Method::GET, path, None).await {
            Err(Error::Api(status)) if status.code == 404 => Ok(None),
            other => other.map(Some),
        }
    }

    pub async fn list(&self, path: &str) -> kube::Result<Vec<Value>> {
        let mut list = self.send(Method::GET, path, None).await?;
        Ok(list["items"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    pub async fn write(&self, method: Method, path: &str, object: &Value, release: &Release) -> kube::Result<()> {
        let path = format!("{path}?fieldManager={}", release.manager);
        self.send(method, &path, Some(object)).await.map(drop)
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> kube::Result<Value> {
        let kind = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        self.client.request(request.body(body).map_err(Error::HttpError)?).await
    }
}
