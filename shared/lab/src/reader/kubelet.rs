//! What a kubelet tells of its node and pods, read through the API server.
//!
//! It needs the right `get nodes/proxy`, which is far more than reading statistics: it amounts to running commands in every container
//! of the node. So it is asked for nothing but these pages.

use futures::AsyncReadExt as _;
use futures::io::{AsyncBufRead, AsyncBufReadExt as _};
use futures::stream::{self, StreamExt as _};

use super::Reader;
use crate::error::{Error, Result};
use crate::harmless::one_line;
use crate::request::{Call, Failed, within};
use crate::rights::Right;

/// A page of a kubelet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KubeletPage {
    /// Statistics of the node and of each pod, as JSON.
    Summary,
    /// The network counters out of cAdvisor's metrics, in the text format of Prometheus.
    NetworkMetrics,
}

/// Why nothing was heard of a kubelet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// The right `get nodes/proxy` is missing.
    Forbidden,
    /// The node does not answer, or says no; in words.
    Failed(String),
}

/// What came of asking for a page.
pub type Heard = std::result::Result<Vec<u8>, Unheard>;

/// So many are asked at the same time: enough that a slow one does not hold up the others, and no burden on the API server.
const AT_ONCE: usize = 16;
/// No kubelet has that much to say of its pods; more than this is not kept.
const MOST: usize = 32 << 20;

impl KubeletPage {
    fn path(self) -> &'static str {
        match self {
            KubeletPage::Summary => "stats/summary",
            KubeletPage::NetworkMetrics => "metrics/cadvisor",
        }
    }
}

/// The right that asking kubelets needs.
pub fn right_to_ask_kubelets() -> Right {
    Right::new("get", "", "nodes/proxy", None)
}

impl Reader<'_> {
    /// These pages of these nodes' kubelets, some at the same time; each is told as it comes, and not kept. A node that is dead costs its own
    /// page alone; an API server that cannot be reached ends it all.
    pub async fn kubelets(
        &self,
        nodes: &[(String, KubeletPage)],
        tell: &mut dyn FnMut(&str, KubeletPage, Heard),
    ) -> Result<()> {
        let asked = nodes.iter().map(|(node, page)| async move { (node, *page, self.kubelet(node, *page).await) });
        let mut answers = stream::iter(asked).buffer_unordered(AT_ONCE);
        while let Some((node, page, answer)) = answers.next().await {
            tell(node, page, answer?);
        }
        Ok(())
    }

    async fn kubelet(&self, node: &str, page: KubeletPage) -> Result<Heard> {
        match within(self.session.request_timeout, self.ask_kubelet(node, page)).await {
            Ok(page) => Ok(page),
            Err(failed) => self.unheard(node, failed).map(Err),
        }
    }

    async fn ask_kubelet(&self, node: &str, page: KubeletPage) -> std::result::Result<Heard, Failed> {
        let uri = format!("/api/v1/nodes/{node}/proxy/{}", page.path());
        let request = Call { accept: "*/*", ..Call::get(uri) }.request()?;
        let stream = self.session.client.request_stream(request).await?;
        let text = kept(Box::pin(stream), page).await;
        text.map_err(|error| Failed::Garbled(error.to_string()))
            .map(|text| text.ok_or_else(|| Unheard::Failed(format!("its answer is longer than {} MiB", MOST >> 20))))
    }

    fn unheard(&self, node: &str, failed: Failed) -> Result<Unheard> {
        let said = one_line(&failed.message());
        match failed.code() {
            // The kubelet's own refusal comes by the same number, and names its own resources.
            Some(403) if said.contains("nodes/proxy\" in API group \"\"") => Ok(Unheard::Forbidden),
            Some(404) => Ok(Unheard::Failed("there is no such node".into())),
            Some(_) => Ok(Unheard::Failed(said)),
            None if matches!(failed, Failed::Kube(_)) => Err(self.cannot_be_reached(node, failed)),
            None => Ok(Unheard::Failed(said)),
        }
    }

    fn cannot_be_reached(&self, node: &str, failed: Failed) -> Error {
        failed.explain(self.session, &format!("could not ask the kubelet of node {node}"), None)
    }
}

/// What is kept of the page; `None` where it is too large.
async fn kept(from: impl AsyncBufRead + Unpin, page: KubeletPage) -> std::io::Result<Option<Vec<u8>>> {
    let mut kept = Vec::new();
    if page == KubeletPage::Summary {
        from.take(1 + MOST as u64).read_to_end(&mut kept).await?;
        return Ok((kept.len() <= MOST).then_some(kept));
    }
    let mut line = Vec::new();
    // A line without an end would be kept whole: what is read in one go is bounded too.
    let mut from = from.take(MOST as u64 * 8);
    while from.read_until(b'\n', &mut line).await? > 0 {
        if line.starts_with(b"container_network_") {
            kept.extend_from_slice(&line);
        }
        line.clear();
        if kept.len() > MOST {
            return Ok(None);
        }
    }
    Ok(Some(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], page: KubeletPage) -> Option<Vec<u8>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(kept(futures::io::Cursor::new(text.to_vec()), page)).unwrap()
    }

    #[test]
    fn of_many_metrics_those_of_the_network_are_kept() {
        let text = b"# HELP x\ncontainer_cpu{a=\"b\"} 1\ncontainer_network_receive_bytes_total{pod=\"a\"} 5 17\n";
        let kept = read(text, KubeletPage::NetworkMetrics).unwrap();
        assert_eq!(kept, b"container_network_receive_bytes_total{pod=\"a\"} 5 17\n");
        assert_eq!(read(b"{}", KubeletPage::Summary).as_deref(), Some(b"{}".as_slice()));
    }

    #[test]
    fn a_page_without_end_is_not_kept() {
        assert_eq!(read(&vec![b' '; MOST + 1], KubeletPage::Summary), None);
    }
}
