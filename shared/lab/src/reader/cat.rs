//! Reading files in a running container, by its own `cat`. No shell takes part, and nothing else is ever run.

use futures::stream::{self, StreamExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::AttachParams;
use kube::client::UpgradeConnectionError;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::Reader;
use crate::error::Result;
use crate::harmless::one_line;
use crate::request::{Failed, within};
use crate::rights::Right;

/// A pod in which files are read, and its containers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InPod {
    pub namespace: String,
    pub pod: String,
    pub containers: Vec<String>,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The right to run something in pods of this namespace is missing.
    Forbidden,
    /// What was said instead of the file.
    Failed(String),
}

/// Each is a process in a container.
const AT_ONCE: usize = 8;
/// Files in /proc are short.
const MOST: u64 = 64 << 10;

/// The rights that [`Reader::cat`] needs: the request is a GET, and from 1.35 on an API server asks for the other one too
/// (`AuthorizePodWebsocketUpgradeCreatePermission`).
pub fn rights_to_cat(namespace: &str) -> [Right; 2] {
    ["create", "get"].map(|verb| Right::new(verb, "", "pods/exec", Some(namespace)))
}

impl Reader<'_> {
    /// What stands in these files, one after the other, in each of these pods; some at the same time, and each is told as it comes. A pod that has
    /// none of them, or no `cat`, is no failure of the command; an API server that cannot be reached is.
    pub async fn cat(
        &self,
        places: &[InPod],
        files: &[&str],
        tell: &mut dyn FnMut(&InPod, std::result::Result<String, Unread>),
    ) -> Result<()> {
        let read = places.iter().map(|place| async move { (place, self.cat_in(place, files).await) });
        let mut answers = stream::iter(read).buffer_unordered(AT_ONCE);
        while let Some((place, answer)) = answers.next().await {
            tell(place, answer?);
        }
        Ok(())
    }

    /// Containers of a pod share what is asked for here; so the first one that has a `cat` will do.
    async fn cat_in(&self, place: &InPod, files: &[&str]) -> Result<std::result::Result<String, Unread>> {
        let mut last = Unread::Failed("it has no container".into());
        for container in &place.containers {
            match self.cat_in_container(&place.namespace, &place.pod, container, files).await? {
                Err(Unread::Failed(why)) => last = Unread::Failed(why),
                other => return Ok(other),
            }
        }
        Ok(Err(last))
    }

    async fn cat_in_container(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        files: &[&str],
    ) -> Result<std::result::Result<String, Unread>> {
        match within(self.session.request_timeout, self.run_cat(namespace, pod, container, files)).await {
            Ok(read) => Ok(read),
            Err(failed) => self.unread(namespace, pod, failed).map(Err),
        }
    }

    async fn run_cat(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        files: &[&str],
    ) -> std::result::Result<std::result::Result<String, Unread>, Failed> {
        let pods: Api<Pod> = Api::namespaced(self.session.client.clone(), namespace);
        let streams = AttachParams::default().container(container).stdin(false).stdout(true).stderr(true);
        let command = std::iter::once("cat").chain(files.iter().copied());
        let mut process = pods.exec(pod, command, &streams).await?;
        // Both streams are read, or the one that nobody reads would hold up the other.
        let status = process.take_status();
        let (out, err) = futures::join!(all_of(process.stdout()), all_of(process.stderr()));
        let status = match status {
            Some(status) => status.await,
            None => None,
        };
        Ok(match status.map(|status| (status.status.as_deref() == Some("Success"), status.message)) {
            Some((true, _)) => Ok(out),
            Some((false, message)) => {
                let said = if err.trim().is_empty() { message.unwrap_or_default() } else { err };
                Err(Unread::Failed(one_line(&said)))
            }
            None => Err(Unread::Failed("the connection ended before cat did".into())),
        })
    }

    fn unread(&self, namespace: &str, pod: &str, failed: Failed) -> Result<Unread> {
        if let Some(code) = failed.code().or_else(|| not_switched(&failed)) {
            return Ok(match code {
                403 => Unread::Forbidden,
                404 => Unread::Failed("it has gone".into()),
                _ => Unread::Failed(one_line(&failed.message())),
            });
        }
        if !matches!(failed, Failed::Kube(_)) {
            return Ok(Unread::Failed(one_line(&failed.message())));
        }
        Err(failed.explain(self.session, &format!("could not read in pod {namespace}/{pod}"), None))
    }
}

/// The status by which a connection was not handed over.
fn not_switched(failed: &Failed) -> Option<u16> {
    match failed {
        Failed::Kube(error) => match error.as_ref() {
            kube::Error::UpgradeConnection(UpgradeConnectionError::ProtocolSwitch(status)) => Some(status.as_u16()),
            _ => None,
        },
        _ => None,
    }
}

/// What comes before the end, or before the connection breaks: how it ended, the status tells.
async fn all_of(from: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        let _ = from.take(MOST).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
