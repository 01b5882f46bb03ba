//! Brings a cluster up, or finds that it is.

mod light_steps;
mod real_steps;
mod reasons;

pub use reasons::unready_nodes;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::ground::{Ground, programs_of};
use crate::images::Image;
use crate::machine::{Cgroups, Launch, Namespace};
use crate::programs::Programs;
use crate::say::{self, Hinted};
use crate::spec::{API_PORT, ClusterSpec};
use crate::state::{self, Phase, Place, Record};
use crate::wait::{self, Look};
use crate::{addons, control_plane, down, images, node, pki, preflight, programs};

/// What to do with a cluster of this name that is up and was asked to be something else, or was made of other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfDifferent {
    Refuse,
    Replace,
}

pub fn up(spec: &ClusterSpec, if_different: IfDifferent) -> Result<Place> {
    spec.check()?;
    let place = Place::of(&spec.name)?;
    preflight::check(spec, &place)?;
    // It takes long only once, and other clusters may come and go meanwhile: so before the lock.
    let parts = Parts::ensure(spec)?;

    let start = Instant::now();
    let _lock = place.lock(|| say::note(format!("waiting for another command on cluster `{}`", spec.name)))?;
    if is_up_already(spec, &place, &parts.identity(), if_different)? {
        say::note(format!("cluster `{}` is up", spec.name));
        return Ok(place);
    }
    say::note(format!("cluster `{}`: {spec}", spec.name));
    let ground = Ground::prepare(spec, &place, &parts.programs, parts.identity())?;
    let built = match &parts.images {
        None => light_steps::run(&ground),
        Some(images) => real_steps::run(&ground, images),
    };
    built.map_err(|error| with_way_on(error, spec))?;
    ground.note(|record| record.phase = Phase::Up)?;
    say::note(format!("cluster `{}` is ready after {:.1} s", spec.name, start.elapsed().as_secs_f64()));
    Ok(place)
}

/// What a cluster is made of, built or found in the cache.
pub struct Parts {
    programs: Programs,
    images: Option<Images>,
}

/// `pause` begins every pod and is imported; all others come from the cluster's registry.
struct Images {
    pause: Image,
    others: Vec<Image>,
}

impl Parts {
    pub fn ensure(spec: &ClusterSpec) -> Result<Self> {
        let programs = programs::ensure(&programs_of(spec))?;
        let make = || anyhow::Ok(Images { pause: images::pause(&programs)?, others: images::for_cluster(&programs)? });
        let images = if spec.light { None } else { Some(make()?) };
        Ok(Self { programs, images })
    }

    /// Changes when any program or image does: a cluster made of others is not the one that is asked for.
    fn identity(&self) -> String {
        let images = self.images.iter().flat_map(|images| images.others.iter().chain([&images.pause]));
        let names: Vec<String> = images.map(|image| image.tar.display().to_string()).collect();
        crate::cache::short_hash(&format!("{}\n{}", self.programs.digest(), names.join("\n")))
    }
}

/// What a failed `up` leaves is left for looking at; the next `up` clears it away.
fn with_way_on(error: anyhow::Error, spec: &ClusterSpec) -> anyhow::Error {
    let name = &spec.name;
    let hints = vec![format!("cargo cluster status --name {name}"), format!("cargo cluster down --name {name}")];
    error.context(Hinted::with_hints(format!("could not bring cluster `{name}` up"), hints))
}

fn is_up_already(spec: &ClusterSpec, place: &Place, programs: &str, if_different: IfDifferent) -> Result<bool> {
    match Record::read(place)? {
        Some(record) if record.is_whole() => {
            let same_spec = record.spec == *spec;
            if same_spec && record.programs == programs {
                return Ok(true);
            }
            if if_different == IfDifferent::Refuse {
                let what = if same_spec { "made of other programs".to_owned() } else { record.spec.to_string() };
                let message = format!("cluster `{}` is up already, and is another: {what}", spec.name);
                let hint = "add --replace to take it down first, or choose another --name";
                return Err(Hinted::new(message, hint).into());
            }
            say::note(format!("cluster `{}` is up with other settings: taking it down first", spec.name));
        }
        _ if !place.dir().exists() && !Cgroups::of(place.name())?.members().is_empty() => {
            let message =
                format!("a cluster `{}` is running whose files are not in {}", spec.name, state::root()?.display());
            let hint = format!("choose another --name, or end it: cargo cluster down --name {}", spec.name);
            return Err(Hinted::new(message, hint).into());
        }
        _ if down::leaves_traces(place)? => {
            say::note(format!("clearing away what is left of cluster `{}`", spec.name));
        }
        _ => return Ok(false),
    }
    down::clear(place)?;
    Ok(false)
}

/// The network with the control plane's machine in it, the certificates, and the control plane itself; its clients may start
/// once this returns, and try until it answers.
fn start_control_plane(ground: &Ground<'_>, outside: &Namespace, home: &Namespace) -> Result<()> {
    let authorities = pki::make(ground.spec, ground.place).context("could not make the certificates")?;
    control_plane::start(ground, home)?;
    let port = start_forwarder(ground, outside)?;
    let user = authorities.administrator(ground.spec, &format!("https://127.0.0.1:{port}"))?;
    user.write(&ground.place.kubeconfig())
}

fn hold_outside(ground: &Ground<'_>) -> Result<Namespace> {
    let holder = ground.start(&Namespace::network_holder("outside"))?;
    let namespace = Namespace::of_network(holder.id);
    namespace.wait_until_separate()?;
    Ok(namespace)
}

/// This very program, for as long as the cluster runs. By way of /proc, because a new build may have taken its file's place.
fn start_forwarder(ground: &Ground<'_>, outside: &Namespace) -> Result<u16> {
    let launch = Launch::new("api-forwarder", format!("/proc/{}/exe", std::process::id()))
        .arg("forward")
        .arg(format!("--holder={}", outside.holder()))
        .arg(format!("--target={}:{API_PORT}", ClusterSpec::api_address()))
        .arg("--port-file")
        .arg(ground.place.api_port());
    ground.start(&launch)?;
    wait::until("the listener on 127.0.0.1", Duration::from_secs(20), || {
        ground.check_alive()?;
        let there = ground.place.api_port().exists();
        Ok(if there { Look::Done } else { Look::Waiting("it has no port yet".to_owned()) })
    })?;
    let text = std::fs::read_to_string(ground.place.api_port()).context("could not read the listener's port")?;
    text.trim().parse().context("could not read the listener's port")
}

/// Everything that kubeadm would have created by now.
fn create_objects(ground: &Ground<'_>) -> Result<()> {
    let objects = [node::objects(ground.spec), addons::objects(ground.spec)].concat();
    ground.kubectl().give(&["create"], &objects).context("could not create the nodes and their addons")
}

fn wait_for_nodes(ground: &Ground<'_>, limit: Duration) -> Result<()> {
    let kubectl = ground.kubectl();
    wait::until("the nodes", limit, || {
        ground.check_alive()?;
        Ok(match reasons::unready_nodes(&kubectl) {
            Ok(unready) if unready.is_empty() => Look::Done,
            Ok(unready) => Look::Waiting(unready.iter().take(3).cloned().collect::<Vec<_>>().join("; ")),
            Err(error) => Look::Waiting(say::brief(&error)),
        })
    })
}
