//! Looking: MetalLB as it is, the ground it stands on, and, where it is needed, the manifest.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Node, Service};
use lab::manifest::Object;
use lab::{Error, Reader, Result, Selection};
use lab_plan::{Contents, Target};
use lab_topics::cascade::is_nobodys;

use super::args::Args;
use super::facts::{Facts, LeftOver, Manifest, Planned, is_whole};
use super::objects::run_of;
use super::proof;
use super::{coming_up, proxy};
use crate::present::{self, Present};
use crate::release::{self, Asked, Release, Wanted};
use crate::{around, inventory, network};

/// What this run has applied by now does not change what the rest was found to be.
pub async fn gather_again(reader: &Reader<'_>, args: &Args, before: &Facts) -> Result<Facts> {
    if !reader.has_written() {
        let fresh = gather(reader, args).await?;
        let manifest = fresh.manifest.or_else(|| before.manifest.clone().map(Manifest::applied));
        return Ok(Facts { manifest, ..fresh });
    }
    let present = coming_up::look(reader, before).await?;
    let looks = reader.temporary().await?;
    let proof = proof::look(reader, args, &looks).await?;
    let manifest = before.manifest.clone().map(Manifest::applied);
    Ok(Facts { present, looks, proof, manifest, kube_proxy: None, ..before.clone() })
}

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
    let present = present::look(reader).await?;
    let nodes = reader.list::<Node>(Selection::default()).await?;
    let services = reader.list::<Service>(Selection::default()).await?;
    let mut around =
        around::surroundings(reader, &nodes, &services, &present, args.network.subnet, &args.pool_name).await?;
    let sets = reader.list::<DaemonSet>(Selection::in_namespace("kube-system")).await?;
    let is_balanced =
        |service: &Service| service.spec.as_ref().and_then(|spec| spec.type_.as_deref()) == Some("LoadBalancer");
    let looks = reader.temporary().await?;
    network::learn(&mut around, &looks);
    let proof = proof::look(reader, args, &looks).await?;
    let manifest = match needs_manifest(args, &present) {
        // It has had its turn: all of it was there before anything was made for the proof.
        true if proof.as_ref().is_none_or(|proof| proof.server.is_none()) => {
            Some(manifest(reader, args, &present).await?)
        }
        _ => None,
    };
    let kube_proxy = proxy::look(reader, args, &present, &sets).await?;
    Ok(Facts {
        run: reader.run_id().to_owned(),
        nodes: nodes.into_iter().map(|seen| seen.object).collect(),
        services: services.into_iter().map(|seen| seen.object).filter(is_balanced).collect(),
        daemon_sets: sets.into_iter().filter_map(|seen| seen.object.metadata.name).collect(),
        present,
        kube_proxy,
        around,
        manifest,
        looks,
        proof,
    })
}

/// The objects are compared where something may be missing or different.
fn needs_manifest(args: &Args, present: &Present) -> bool {
    args.version.is_some() || args.manifest.is_some() || !is_whole(present)
}

async fn manifest(reader: &Reader<'_>, args: &Args, present: &Present) -> Result<Manifest> {
    let mut release = release::fetch(reader, &wanted(args)?).await?;
    let applied = std::mem::take(&mut release.objects);
    let namespace = Target::cluster_wide("v1", "Namespace", &release.namespace);
    let home = reader.find(&namespace).await?;
    // In a namespace that does not exist nothing can be; what is created meanwhile is a conflict, and looked at again.
    let is_empty = home.is_none() && !present.is_there();
    let may_be_there = |target: &&Target| **target != namespace && !(is_empty && target.namespace.is_some());
    let targets = applied.iter().map(|object| &object.target).filter(may_be_there).cloned().collect();
    let mut found = reader.find_all(targets).await?;
    found.push((namespace, home));
    let objects = applied.into_iter().map(|Object { target, value }| {
        let live = found.iter_mut().find(|(at, _)| *at == target).and_then(|(_, live)| live.take());
        Planned { target, object: value, live }
    });
    let objects: Vec<Planned> = objects.collect();
    let left_over = left_over(reader, present, &release, &objects).await?;
    Ok(Manifest { release, objects, left_over })
}

/// What an earlier version brought; what this very run has brought is all of one version.
async fn left_over(
    reader: &Reader<'_>,
    present: &Present,
    release: &Release,
    objects: &[Planned],
) -> Result<Vec<LeftOver>> {
    let is_of_this_run = |planned: &Planned| planned.live.as_ref().and_then(run_of) == Some(reader.run_id());
    if present.controller.is_none() || objects.iter().all(is_of_this_run) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for ours in inventory::list(reader, &release.namespace).await? {
        if !objects.iter().any(|planned| same(&planned.target, &ours.target)) {
            found.push((ours.target, ours.live));
        }
    }
    let contents = reader.contents(&found, is_nobodys).await?;
    let left_over = found.into_iter().zip(contents);
    Ok(left_over.map(|((target, live), (_, contents))| LeftOver { target, live, holds: names(&contents) }).collect())
}

fn wanted(args: &Args) -> Result<Wanted> {
    let usage = |what: &str, why: &str| Error::usage(format!("{what}: {why}"));
    let version = match args.version.as_deref() {
        None => Asked::Latest,
        Some(text) => text.parse().map_err(|why| {
            usage(&format!("{text:?} is no version of MetalLB"), why).hint("write it like v0.16.2, or \"latest\"")
        })?,
    };
    let image_registry = match &args.image_registry {
        None => None,
        Some(text) => Some(text.parse().map_err(|why| usage(&format!("{text:?} is no registry"), why))?),
    };
    Ok(Wanted { version, manifest: args.manifest.clone(), image_registry, site: args.site.clone() })
}

/// The same object, in whichever version of its API.
fn same(a: &Target, b: &Target) -> bool {
    (&a.kind, &a.namespace, &a.name) == (&b.kind, &b.namespace, &b.name)
}

/// What goes with it: the objects of a kind.
fn names(contents: &Contents) -> Vec<String> {
    contents.items.iter().map(|item| item.target.to_string()).collect()
}
