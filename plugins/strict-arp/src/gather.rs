//! Looking: kube-proxy as it is configured and as it runs, and what has come of asking it.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::Node;
use lab::{Reader, Result, Selection};
use lab_topics::kube_proxy::{self, NAMESPACE};

use crate::facts::Facts;
use crate::look;

pub async fn gather(reader: &Reader<'_>) -> Result<Facts> {
    let nodes = reader.list::<Node>(Selection::default()).await?;
    let sets = reader.list::<DaemonSet>(Selection::in_namespace(NAMESPACE)).await?;
    let mut kube_proxy = kube_proxy::gather::configured(reader, &sets).await?;
    let config = kube_proxy.config().ok();
    kube_proxy.proxies = kube_proxy::gather::proxies(reader, kube_proxy.daemon_set.as_ref(), config.as_ref()).await?;
    let mut facts = Facts {
        nodes: nodes.into_iter().map(|seen| seen.object).collect(),
        kube_proxy,
        daemon_sets: sets.into_iter().filter_map(|seen| seen.object.metadata.name).collect(),
        looks: reader.temporary().await?,
        run: reader.run_id().to_owned(),
        written: reader.has_written(),
    };
    look::learn(&mut facts);
    Ok(facts)
}
