//! Looking: from the API group to what serves it, and only as far as needed.
//!
//! Where metrics work, that is nine requests; logs, certificate requests and a release are looked at only where they
//! do not.

mod backend;
mod install;
mod reading;

pub use reading::is_ready;

use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
use lab::{Reader, Result, Selection};

use crate::args::Args;
use crate::facts::{Facts, GROUP, KUBELET_SERVING};
use crate::plan::{is_proven, plan};

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
    let apis = metrics_apis(reader).await?;
    let mut facts = Facts {
        now: reader.now(),
        has_written: reader.has_written(),
        backend: backend::gather(reader, apis.first()).await?,
        nodes: nodes(reader).await?,
        apis,
        reading: Default::default(),
        requests: Some(Vec::new()),
        release: None,
    };
    facts.reading = reading::gather(reader, &facts).await?;
    if facts.apis.is_empty() && args.install {
        facts.release = Some(install::gather(reader, args).await?);
    }
    if !facts.apis.is_empty() && !is_proven(&facts) {
        facts.requests = serving_requests(reader, args).await?;
        match backend::read_logs(reader, &mut facts).await {
            // Some causes show without a log; only who needs it is told of the missing right.
            Err(error) if error.exit == lab_plan::Exit::Forbidden && !plan(args, &facts).steps.is_empty() => {}
            other => other?,
        }
    }
    Ok(facts)
}

/// The versions of metrics.k8s.io that the cluster has, in the order in which clients prefer them.
async fn metrics_apis(reader: &Reader<'_>) -> Result<Vec<APIService>> {
    let all = reader.list::<APIService>(Selection::default()).await?;
    let spec = |api: &APIService| api.spec.clone().unwrap_or_default();
    let mut apis: Vec<APIService> = all.into_iter().map(|seen| seen.object).collect();
    apis.retain(|api| spec(api).group.as_deref() == Some(GROUP));
    prefer(&mut apis);
    Ok(apis)
}

/// The order in which clients try the versions of a group: by the priority they have, and a stable one before a beta.
fn prefer(apis: &mut [APIService]) {
    apis.sort_by_cached_key(|api| {
        let spec = api.spec.clone().unwrap_or_default();
        let version = spec.version.unwrap_or_default();
        let stable = !version.contains("alpha") && !version.contains("beta");
        std::cmp::Reverse((spec.version_priority, stable, version))
    });
}

async fn nodes(reader: &Reader<'_>) -> Result<Vec<Node>> {
    let nodes = reader.list::<Node>(Selection::default()).await?;
    Ok(nodes.into_iter().map(|seen| seen.object).collect())
}

async fn serving_requests(
    reader: &Reader<'_>,
    args: &Args,
) -> Result<Option<Vec<lab::Seen<CertificateSigningRequest>>>> {
    let signer = format!("spec.signerName={KUBELET_SERVING}");
    match reader.list(Selection::default().fields(&signer)).await {
        Ok(requests) => Ok(Some(requests)),
        // They only explain some of the cases; whoever may not see them can still have the others mended.
        Err(error) if error.exit == lab_plan::Exit::Forbidden && !args.secure => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stable_version_comes_before_a_beta_of_the_same_priority() {
        let api = |version: &str, priority: i32| -> APIService {
            let spec = json!({ "version": version, "versionPriority": priority, "groupPriorityMinimum": 100 });
            serde_json::from_value(json!({ "metadata": {}, "spec": spec })).unwrap()
        };
        let mut apis = [api("v1beta1", 100), api("v1alpha1", 200), api("v1", 100)];
        prefer(&mut apis);
        let order: Vec<_> = apis.into_iter().filter_map(|api| api.spec?.version).collect();
        assert_eq!(order, ["v1alpha1", "v1", "v1beta1"]);
    }
}
