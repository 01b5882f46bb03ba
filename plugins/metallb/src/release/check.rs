//! Whether objects are MetalLB's native manifest, and of which release.

use std::collections::HashSet;

use lab::harmless::one_line;
use lab::manifest::Object;
use lab::{Error, Result};

use super::Version;
use super::contents::{ESSENTIAL, GROUP, belongs, find, group_of};
use super::pods::{Runs, runs};
use super::references;
use super::variant::Variant;

/// What a manifest turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub version: Version,
    pub namespace: String,
    pub notes: Vec<String>,
}

/// More strangers than that are not named one by one.
const NAMED: usize = 5;

/// `wanted` is the release that it has to be, where that is known.
pub fn check(objects: &[Object], wanted: Option<Version>, from: &str) -> Result<Checked> {
    let unfit = |why: &str| Error::failed(format!("could not use the manifest from {from}")).cause(one_line(why));
    if !ESSENTIAL.iter().any(|(kind, name)| find(objects, kind, name).is_some()) {
        let error = unfit("there is nothing of MetalLB in it");
        return Err(match Variant::of(objects) {
            Some(Variant::Helm) => error.cause(Variant::Helm.what()).hint(Variant::Helm.hint()),
            _ => error,
        });
    }
    if let Some(variant) = Variant::of(objects) {
        return Err(unfit(variant.what()).hint(variant.hint()));
    }
    let namespace = complete(objects).map_err(|why| unfit(&why).hint("is the file whole? download it again"))?;
    if let Some(twice) = twice(objects) {
        return Err(unfit(&format!("{twice} is in it twice")));
    }
    strangers(objects, namespace, &unfit)?;
    references::check(objects, namespace).map_err(|why| unfit(&why))?;
    let (version, notes) = release(objects, wanted).map_err(|why| unfit(&why))?;
    let Some(version) = version else {
        let why = "its images are pinned by digests alone, which do not tell the release";
        return Err(unfit(why).hint("say which release it is: --version VERSION"));
    };
    Ok(Checked { version, namespace: namespace.to_owned(), notes })
}

/// The namespace's name.
fn complete(objects: &[Object]) -> std::result::Result<&str, String> {
    if let Some((kind, name)) = ESSENTIAL.iter().find(|(kind, name)| find(objects, kind, name).is_none()) {
        return Err(format!("it has no {kind} {name}"));
    }
    let namespace = objects.iter().find(|object| object.target.kind == "Namespace");
    namespace.map(|namespace| namespace.target.name.as_str()).ok_or_else(|| "it has no Namespace".into())
}

fn twice(objects: &[Object]) -> Option<String> {
    let mut seen = HashSet::new();
    let twice = objects.iter().find(|object| !seen.insert(&object.target));
    twice.map(|object| object.target.to_string())
}

fn strangers(objects: &[Object], namespace: &str, unfit: &impl Fn(&str) -> Error) -> Result<()> {
    let strangers: Vec<&Object> = objects.iter().filter(|object| !belongs(object, namespace)).collect();
    let Some(first) = strangers.first() else { return Ok(()) };
    let mut names: Vec<String> = strangers.iter().take(NAMED).map(|object| object.target.to_string()).collect();
    if strangers.len() > NAMED {
        names.push(format!("and {} more", strangers.len() - NAMED));
    }
    let error = unfit(&format!("it has what does not belong to MetalLB: {}", names.join(", ")));
    Err(if group_of(first) == GROUP {
        error.hint("pools and advertisements are made from --pool; take them out of the file")
    } else {
        error.hint("take it out of the file, and apply it yourself if it is wanted")
    })
}

/// The release that the images name, else the wanted one: a digest alone names none.
fn release(objects: &[Object], wanted: Option<Version>) -> std::result::Result<(Option<Version>, Vec<String>), String> {
    let mut found: Option<(Version, &str)> = None;
    let mut notes = Vec::new();
    for (kind, name) in [("Deployment", "controller"), ("DaemonSet", "speaker")] {
        let Some(workload) = find(objects, kind, name) else { continue };
        match (runs(workload, name)?, found) {
            (Runs::Release(version, image), Some((other, first))) if version != other => {
                return Err(format!("its images are of different releases: {first} and {image}"));
            }
            (Runs::Release(version, image), _) => found = Some((version, image)),
            (Runs::Pinned(image), _) => {
                notes.push(format!("which release {image} is cannot be told: it is pinned by its digest alone"));
            }
        }
    }
    match (found, wanted) {
        (Some((version, image)), Some(wanted)) if version != wanted => {
            Err(format!("it is of MetalLB {version} (image {image}), not of {wanted}"))
        }
        (found, wanted) => Ok((found.map(|(version, _)| version).or(wanted), notes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::sample::Sample;
    use serde_json::json;

    const DIGEST: &str = "sha256:e5f7c268f114c446dc60aaad71b7cabf861f637743e033e354d7d48592807c6d";

    fn checked(sample: &Sample, wanted: Option<&str>) -> Checked {
        let wanted = wanted.map(|version| version.parse().unwrap());
        check(&sample.objects(), wanted, "test.yaml").unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn the_release_is_told_by_the_images() {
        let found = checked(&Sample::new("0.13.12"), None);
        assert_eq!(
            found,
            Checked { version: Version::new(0, 13, 12), namespace: "metallb-system".into(), notes: vec![] }
        );
        assert_eq!(checked(&Sample::new("0.16.2"), Some("v0.16.2")).version, Version::new(0, 16, 2));
    }

    #[test]
    fn images_may_come_from_anywhere_and_be_pinned() {
        let mirrored = Sample::new("0.16.2")
            .images("registry:5000/mirror/metallb-controller:v0.16.2", "registry:5000/quay.io/metallb/speaker:0.16.2");
        assert_eq!(checked(&mirrored, None).version, Version::new(0, 16, 2));
        let pinned = Sample::new("0.16.2").images(
            &format!("quay.io/metallb/controller:v0.16.2@{DIGEST}"),
            &format!("quay.io/metallb/speaker@{DIGEST}"),
        );
        let found = checked(&pinned, None);
        assert_eq!(found.version, Version::new(0, 16, 2));
        assert_eq!(found.notes.len(), 1, "of the speaker");
    }

    #[test]
    fn a_digest_alone_is_taken_for_the_release_that_was_named() {
        let image = |name: &str| format!("quay.io/metallb/{name}@{DIGEST}");
        let found = checked(&Sample::new("0.16.2").images(&image("controller"), &image("speaker")), Some("0.16.1"));
        assert_eq!(found.version, Version::new(0, 16, 1));
        insta::assert_snapshot!(found.notes[0], @"which release quay.io/metallb/controller@sha256:e5f7c268f114c446dc60aaad71b7cabf861f637743e033e354d7d48592807c6d is cannot be told: it is pinned by its digest alone");
    }

    #[test]
    fn another_namespace_is_as_good_if_everything_is_there() {
        assert_eq!(checked(&Sample::in_namespace("0.16.2", "lb"), None).namespace, "lb");
    }

    #[test]
    fn what_a_later_release_may_add_is_its_own() {
        let sample = Sample::new("0.17.0")
            .with(json!({ "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": { "name": "newthings.metallb.io" }, "spec": { "group": "metallb.io" } }))
            .with(json!({ "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": { "name": "metallb-excludel2", "namespace": "metallb-system" } }))
            .with(json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": { "name": "controller", "namespace": "metallb-system" } }));
        assert_eq!(checked(&sample, None).version, Version::new(0, 17, 0));
    }
}
