//! What of MetalLB is in the cluster: its workloads, how far they are, who installed it, and its configuration.

use k8s_openapi::Resource;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use lab::{Reader, Result, Seen, Selection};
use lab_plan::RUN_ANNOTATION;
use lab_topics::manager::Manager;
use serde::de::DeserializeOwned;

use crate::release::Version;
use crate::resources::{BGPAdvertisement, ConfigurationState, IPAddressPool, L2Advertisement, name};

/// On every object that an installation by this program brought: its inventory.
pub const INVENTORY: (&str, &str) = ("kubectl-lab/part-of", "metallb");

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Present {
    /// The API server knows MetalLB's kinds.
    pub kinds: bool,
    pub controller: Option<Seen<Deployment>>,
    pub speaker: Option<Seen<DaemonSet>>,
    pub controller_pods: Vec<Seen<Pod>>,
    pub speaker_pods: Vec<Seen<Pod>>,
    pub webhook: Webhook,
    pub pools: Vec<Seen<IPAddressPool>>,
    pub l2_advertisements: Vec<Seen<L2Advertisement>>,
    pub bgp_advertisements: Vec<Seen<BGPAdvertisement>>,
    pub configuration_states: Vec<Seen<ConfigurationState>>,
}

/// How far the webhook is that has to accept every pool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Webhook {
    pub configuration: Option<Seen<ValidatingWebhookConfiguration>>,
    /// An endpoint of its Service that is ready.
    pub endpoint: bool,
}

/// Who brought it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Installer {
    Us,
    Helm {
        release: String,
        namespace: String,
    },
    /// Argo CD, Flux: in words.
    GitOps(&'static str),
    /// kubectl apply, or nobody knows.
    Others,
}

/// Where MetalLB lives, unless somebody put it elsewhere.
pub const NAMESPACE: &str = "metallb-system";

pub async fn look(reader: &Reader<'_>) -> Result<Present> {
    let mut present = look_at_work(reader).await?;
    if present.kinds {
        webhook(reader, &mut present).await?;
    }
    Ok(present)
}

/// Without the webhook, which matters only to who writes pools.
pub async fn look_at_work(reader: &Reader<'_>) -> Result<Present> {
    let mut present = Present::default();
    configuration(reader, &mut present).await?;
    // Half an installation may have workloads without kinds.
    workloads(reader, &mut present).await?;
    Ok(present)
}

/// All that there is of MetalLB's own kinds, if the API server knows them.
async fn configuration(reader: &Reader<'_>, present: &mut Present) -> Result<()> {
    pools(reader, present).await?;
    if present.kinds {
        present.bgp_advertisements = reader.list_if_served(Selection::default()).await?.unwrap_or_default();
        present.configuration_states = reader.list_if_served(Selection::default()).await?.unwrap_or_default();
    }
    Ok(())
}

/// The pools, and the advertisements in layer 2.
pub async fn pools(reader: &Reader<'_>, present: &mut Present) -> Result<()> {
    let pools = reader.list_if_served::<IPAddressPool>(Selection::default()).await?;
    present.kinds = pools.is_some();
    present.pools = pools.unwrap_or_default();
    if present.kinds {
        present.l2_advertisements = reader.list_if_served(Selection::default()).await?.unwrap_or_default();
    }
    Ok(())
}

/// The manifest's labels, and those of the chart.
const LABELS: [&str; 2] = ["app=metallb", "app.kubernetes.io/name=metallb"];

async fn workloads(reader: &Reader<'_>, present: &mut Present) -> Result<()> {
    for labels in LABELS {
        let all = Selection::default().labels(labels);
        let controllers = reader.list::<Deployment>(all).await?;
        let speakers = reader.list::<DaemonSet>(all).await?;
        if controllers.is_empty() && speakers.is_empty() {
            continue;
        }
        present.controller = controllers.into_iter().next();
        present.speaker = speakers.into_iter().next();
        let pods = reader.list::<Pod>(Selection::in_namespace(present.namespace()).labels(labels)).await?;
        present.keep_pods(pods);
        return Ok(());
    }
    Ok(())
}

/// The workload of this kind in the namespace where MetalLB is known to be.
pub async fn in_namespace<K>(reader: &Reader<'_>, namespace: &str) -> Result<Option<Seen<K>>>
where
    K: Resource + DeserializeOwned,
{
    for labels in LABELS {
        let found = reader.list::<K>(Selection::in_namespace(namespace).labels(labels)).await?;
        if !found.is_empty() {
            return Ok(found.into_iter().next());
        }
    }
    Ok(None)
}

/// The pods there, for the reasons that they give.
pub async fn pods(reader: &Reader<'_>, namespace: &str, present: &mut Present) -> Result<()> {
    let mut found = Vec::new();
    for labels in LABELS {
        let selection = Selection::in_namespace(namespace).labels(labels);
        found = reader.list::<Pod>(selection.unwatched()).await?;
        if !found.is_empty() {
            break;
        }
    }
    present.keep_pods(found);
    Ok(())
}

fn owner_kind(pod: &Pod) -> Option<&str> {
    Some(pod.metadata.owner_references.as_ref()?.first()?.kind.as_str())
}

/// The webhook, and whether there is something behind it.
pub async fn webhook(reader: &Reader<'_>, present: &mut Present) -> Result<()> {
    let configurations = reader.list::<ValidatingWebhookConfiguration>(Selection::default()).await?;
    let is_ours = |seen: &Seen<ValidatingWebhookConfiguration>| {
        let hooks = seen.object.webhooks.iter().flatten();
        hooks.into_iter().any(|hook| hook.name.ends_with(".metallb.io"))
    };
    present.webhook.configuration = configurations.into_iter().find(is_ours);
    let Some(service) = present.webhook.service() else { return Ok(()) };
    let labels = format!("kubernetes.io/service-name={}", service.1);
    let slices = reader.list::<EndpointSlice>(Selection::in_namespace(&service.0).labels(&labels)).await?;
    present.webhook.endpoint = slices
        .iter()
        .flat_map(|slice| slice.object.endpoints.iter().flatten())
        .any(|endpoint| endpoint.conditions.as_ref().and_then(|conditions| conditions.ready) != Some(false));
    Ok(())
}

impl Webhook {
    /// Namespace and name of the Service behind it.
    fn service(&self) -> Option<(String, String)> {
        let hooks = self.configuration.as_ref()?.object.webhooks.as_ref()?;
        let service = hooks.iter().find_map(|hook| hook.client_config.service.as_ref())?;
        Some((service.namespace.clone(), service.name.clone()))
    }

    /// Why it cannot answer yet, as far as that shows in objects.
    pub fn waits_for(&self) -> Option<&'static str> {
        let Some(configuration) = &self.configuration else { return Some("there is no webhook configuration yet") };
        let hooks = configuration.object.webhooks.iter().flatten();
        if hooks.into_iter().any(|hook| hook.client_config.ca_bundle.as_ref().is_none_or(|bundle| bundle.0.is_empty()))
        {
            return Some("the controller has not put its certificate into the webhook configuration yet");
        }
        (!self.endpoint).then_some("the webhook's Service has no ready endpoint yet")
    }
}

impl Present {
    pub fn keep_pods(&mut self, pods: Vec<Seen<Pod>>) {
        let (speakers, controllers) = pods.into_iter().partition(|pod| owner_kind(&pod.object) == Some("DaemonSet"));
        (self.speaker_pods, self.controller_pods) = (speakers, controllers);
    }

    pub fn is_there(&self) -> bool {
        self.kinds || self.controller.is_some() || self.speaker.is_some()
    }

    pub fn namespace(&self) -> &str {
        let of_controller = self.controller.as_ref().and_then(|seen| seen.object.metadata.namespace.as_deref());
        let of_speaker = || self.speaker.as_ref().and_then(|seen| seen.object.metadata.namespace.as_deref());
        of_controller.or_else(of_speaker).unwrap_or(NAMESPACE)
    }

    /// By the tag of the controller's image.
    pub fn version(&self) -> Option<Version> {
        let spec = self.controller.as_ref()?.object.spec.template.spec.as_ref()?;
        let image = spec.containers.iter().find(|container| container.name == "controller")?.image.as_deref()?;
        version_of(image)
    }

    /// By the tag of the speaker's image.
    pub fn speaker_version(&self) -> Option<Version> {
        let spec = self.speaker.as_ref()?.object.spec.template.spec.as_ref()?;
        let image = spec.containers.iter().find(|container| container.name == "speaker")?.image.as_deref()?;
        version_of(image)
    }

    pub fn installer(&self) -> Installer {
        let metadata = match (&self.controller, &self.speaker) {
            (Some(seen), _) => &seen.object.metadata,
            (None, Some(seen)) => &seen.object.metadata,
            (None, None) => return Installer::Others,
        };
        match Manager::of(metadata) {
            Some(Manager::ArgoCd) => Installer::GitOps("Argo CD"),
            Some(Manager::Flux) => Installer::GitOps("Flux"),
            Some(Manager::Helm { release, namespace }) => {
                Installer::Helm { release: release.unwrap_or_default(), namespace: namespace.unwrap_or_default() }
            }
            Some(Manager::Addon) | None => {
                let is_ours = metadata.annotations.iter().flatten().any(|(key, _)| key.starts_with(RUN_ANNOTATION));
                if is_ours { Installer::Us } else { Installer::Others }
            }
        }
    }

    pub fn pool(&self, wanted: &str) -> Option<&Seen<IPAddressPool>> {
        self.pools.iter().find(|pool| name(&pool.object.metadata) == wanted)
    }
}

fn version_of(image: &str) -> Option<Version> {
    image.split('@').next()?.rsplit_once(':')?.1.parse().ok()
}
