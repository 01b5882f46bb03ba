//! Looking at the target and at what stands behind it.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Node, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use lab::flags::object_name;
use lab::{Error, Reader, Result, Selection};
use lab_plan::Exit;
use lab_topics::service::{Endpoint, SERVICE_NAME, endpoints, pairs, why_not_ready};

use crate::args::{Args, From};
use crate::facts::{Facts, Found};
use crate::target::{Target, Url};

/// Each is a pod of its own; more would say no more.
const MOST_NODES: usize = 50;

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
    check(args)?;
    let facts = Facts {
        run: reader.run_id().to_owned(),
        namespace: reader.namespace().to_owned(),
        now: reader.now(),
        found: found(reader, args).await?,
        nodes: if args.from_each_node { nodes(reader).await? } else { Vec::new() },
        looks: reader.temporary().await?,
    };
    if let Err(why) = facts.port(args)
        && !matches!(args.target, Target::Url(_))
    {
        return Err(Error::usage(format!("could not ask {}", facts.found.what)).cause(why));
    }
    Ok(facts)
}

fn check(args: &Args) -> Result<()> {
    if args.from == From::Here && (args.from_each_node || args.node.is_some()) {
        return Err(Error::usage("--from here is this machine, and no node of the cluster")
            .hint("leave out --from here to ask from a pod on a node"));
    }
    if args.keep_alive && is_https(args) && args.from != From::Here {
        return Err(Error::usage("--keep-alive speaks plain HTTP from a pod, not TLS"));
    }
    Ok(())
}

fn is_https(args: &Args) -> bool {
    args.https || matches!(&args.target, Target::Url(url) if url.https)
}

async fn found(reader: &Reader<'_>, args: &Args) -> Result<Found> {
    let namespace = reader.namespace();
    match &args.target {
        Target::Service(name) => {
            let what = format!("Service {namespace}/{name}");
            match reader.get::<Service>(Some(namespace), name).await? {
                Some(seen) => behind(reader, what, seen.object).await,
                None => Ok(Found { what, others: services(reader, namespace).await?, ..Found::default() }),
            }
        }
        Target::Pod(name) => pod(reader, namespace, name).await,
        Target::Deployment(name) => deployment(reader, namespace, name).await,
        Target::Url(url) => by_url(reader, url).await,
    }
}

/// A Service with its endpoints and pods.
async fn behind(reader: &Reader<'_>, what: String, service: Service) -> Result<Found> {
    let namespace = service.metadata.namespace.clone().unwrap_or_default();
    let name = service.metadata.name.clone().unwrap_or_default();
    let labels = format!("{SERVICE_NAME}={name}");
    let slices = reader.list::<EndpointSlice>(Selection::in_namespace(&namespace).labels(&labels)).await?;
    let slices: Vec<EndpointSlice> = slices.into_iter().map(|seen| seen.object).collect();
    let ports = slices.iter().flat_map(|slice| slice.ports.iter().flatten());
    let ports = ports.filter_map(|port| Some((port.name.clone().unwrap_or_default(), port.port?))).collect();
    let pods = pods(reader, &namespace, &service).await?;
    Ok(Found { what, endpoints: endpoints(&slices), ports, pods, service: Some(service), ..Found::default() })
}

/// Its own, and where there are none, all that are beside it: one of them was probably meant.
async fn pods(reader: &Reader<'_>, namespace: &str, service: &Service) -> Result<Vec<Pod>> {
    let selector =
        service.spec.as_ref().and_then(|spec| spec.selector.as_ref()).filter(|selector| !selector.is_empty());
    let Some(selector) = selector else { return Ok(Vec::new()) };
    let labels = pairs(selector);
    let own = reader.list::<Pod>(Selection::in_namespace(namespace).labels(&labels)).await?;
    let all = if own.is_empty() { reader.list::<Pod>(Selection::in_namespace(namespace)).await? } else { own };
    Ok(all.into_iter().map(|seen| seen.object).collect())
}

/// Of all namespaces, or where that may not be seen, of this one.
async fn services(reader: &Reader<'_>, namespace: &str) -> Result<Vec<(String, String)>> {
    let all = match reader.list::<Service>(Selection::default()).await {
        Err(error) if error.exit == Exit::Forbidden => {
            reader.list::<Service>(Selection::in_namespace(namespace)).await?
        }
        other => other?,
    };
    Ok(all.into_iter().map(|seen| names(seen.object.metadata)).collect())
}

fn names(metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta) -> (String, String) {
    (metadata.namespace.unwrap_or_default(), metadata.name.unwrap_or_default())
}

async fn pod(reader: &Reader<'_>, namespace: &str, name: &str) -> Result<Found> {
    let what = format!("pod {namespace}/{name}");
    let Some(seen) = reader.get::<Pod>(Some(namespace), name).await? else {
        let all = reader.list::<Pod>(Selection::in_namespace(namespace)).await?;
        let others = all.into_iter().map(|seen| names(seen.object.metadata)).collect();
        return Ok(Found { what, others, ..Found::default() });
    };
    let status = seen.object.status.as_ref();
    let addresses = status.and_then(|status| status.pod_ips.as_ref()).into_iter().flatten().map(|own| own.ip.clone());
    let endpoint = Endpoint {
        addresses: addresses.collect(),
        pod: Some(name.to_owned()),
        node: seen.object.spec.as_ref().and_then(|spec| spec.node_name.clone()),
        ready: why_not_ready(&seen.object).is_none(),
        serving: true,
        ..Endpoint::default()
    };
    Ok(Found { what, endpoints: vec![endpoint], pods: vec![seen.object], ..Found::default() })
}

/// The one Service whose selector its pods have.
async fn deployment(reader: &Reader<'_>, namespace: &str, name: &str) -> Result<Found> {
    let what = format!("Deployment {namespace}/{name}");
    let Some(seen) = reader.get::<Deployment>(Some(namespace), name).await? else {
        let all = reader.list::<Deployment>(Selection::in_namespace(namespace)).await?;
        let others = all.into_iter().map(|seen| names(seen.object.metadata)).collect();
        return Ok(Found { what, others, ..Found::default() });
    };
    let template = seen.object.spec.template.metadata.and_then(|metadata| metadata.labels).unwrap_or_default();
    let all = reader.list::<Service>(Selection::in_namespace(namespace)).await?;
    let leads_there = |service: &Service| {
        let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        selector.is_some_and(|selector| {
            !selector.is_empty() && selector.iter().all(|(key, value)| template.get(key) == Some(value))
        })
    };
    let mut leading: Vec<Service> = all.into_iter().map(|seen| seen.object).filter(leads_there).collect();
    if leading.len() > 1 {
        let names: Vec<String> = leading
            .iter()
            .map(|service| format!("svc/{}", service.metadata.name.as_deref().unwrap_or_default()))
            .collect();
        return Err(Error::usage(format!("several Services lead to the pods of {what}: {}", names.join(", ")))
            .hint(format!("name the one to ask: kubectl lab probe {} -n {namespace}", names[0])));
    }
    let Some(service) = leading.pop() else {
        return Ok(Found { what, exists: true, ..Found::default() });
    };
    let leader = service.metadata.name.clone().unwrap_or_default();
    let note = format!("{what} was asked through the Service before it, {leader}");
    Ok(Found { note: Some(note), ..behind(reader, format!("Service {namespace}/{leader}"), service).await? })
}

/// The Service that a URL names, where it names one that can be seen.
async fn by_url(reader: &Reader<'_>, url: &Url) -> Result<Found> {
    let what = format!("{}://{}", if url.https { "https" } else { "http" }, url.host);
    let nobody = Found { what: what.clone(), ..Found::default() };
    let Some((name, namespace)) = service_of(&url.host, reader.namespace()) else { return Ok(nobody) };
    match reader.get::<Service>(Some(&namespace), &name).await {
        Ok(Some(seen)) => behind(reader, what, seen.object).await,
        Ok(None) if !url.host.contains('.') => Ok(Found { others: services(reader, &namespace).await?, ..nobody }),
        Ok(None) => Ok(nobody),
        Err(error) if error.exit == Exit::Forbidden => Ok(nobody),
        Err(error) => Err(error),
    }
}

/// `web`, `web.lecture` and `web.lecture.svc…` may be names of Services.
pub fn service_of(host: &str, own: &str) -> Option<(String, String)> {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return None;
    }
    let mut parts = host.split('.');
    let name = object_name(parts.next()?).ok()?;
    let namespace = object_name(parts.next().unwrap_or(own)).ok()?;
    matches!(parts.next(), None | Some("svc")).then_some((name, namespace))
}

async fn nodes(reader: &Reader<'_>) -> Result<Vec<String>> {
    let all = reader.list::<Node>(Selection::default()).await?;
    let ready = |node: &Node| {
        let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
        conditions.into_iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True")
    };
    let linux = |node: &Node| {
        let labels = node.metadata.labels.as_ref();
        labels.and_then(|labels| labels.get("kubernetes.io/os")).is_none_or(|os| os == "linux")
    };
    let usable = all.into_iter().map(|seen| seen.object).filter(|node| ready(node) && linux(node));
    let mut names: Vec<String> = usable.filter_map(|node| node.metadata.name).collect();
    names.sort();
    if names.len() > MOST_NODES {
        return Err(Error::usage(format!("there are {} nodes, and at most {MOST_NODES} are asked from", names.len()))
            .hint("ask from one of them with --node NAME"));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_services_are_known() {
        let service = |host: &str| service_of(host, "lecture").map(|(name, namespace)| format!("{namespace}/{name}"));
        assert_eq!(service("web").as_deref(), Some("lecture/web"));
        assert_eq!(service("web.staff").as_deref(), Some("staff/web"));
        assert_eq!(service("web.staff.svc.cluster.local").as_deref(), Some("staff/web"));
        assert_eq!((service("10.0.0.1"), service("www.example.com"), service("fd00::1")), (None, None, None));
    }
}
