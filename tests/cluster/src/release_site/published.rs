//! The releases of metrics-server and MetalLB as the real sites list them, with everything there that misleads, and with their real manifests.

use anyhow::Result;

use super::{Contents, Release, Repository};
use crate::manifests;
use crate::programs::{Programs, versions};

/// The versions whose manifests are served; the others are only listed.
const METRICS_SERVER: &[&str] = &[versions::METRICS_SERVER, "0.7.2", versions::METRICS_SERVER_OLD];
const METALLB: &[&str] = &[versions::METALLB, versions::METALLB_OLD];

const METRICS_SERVER_TAGS: &[&str] = &[
    "v0.9.0",
    "v0.8.1",
    "v0.8.0",
    "v0.7.2",
    "v0.7.1",
    "v0.7.0",
    "v0.6.4",
    "v0.6.3",
    "metrics-server-helm-chart-3.13.1",
    "metrics-server-helm-chart-3.13.0",
];

/// The chart's releases call themselves the latest of the repository, and nothing sets that right until somebody does it by hand.
const METALLB_LATEST: &str = "metallb-chart-0.16.2";

const METALLB_TAGS: &[&str] = &[
    "v0.17.0-rc.1",
    "v0.16.2",
    "v0.16.1",
    "v0.16.0",
    "v0.15.3",
    "v0.15.2",
    "v0.15.0",
    "v0.14.9",
    "v0.14.8",
    "v0.14.7",
    "v0.14.6",
    "v0.14.5",
    "v0.14.3",
    "v0.13.12",
    "v0.13.9",
    "v0.9.6",
    "metallb-chart-0.16.2",
    "metallb-chart-0.16.1",
    "metallb-chart-0.15.3",
    "metallb-chart-0.14.9",
];

/// Releases whose name says another version than their tag.
const MISNAMED: &[(&str, &str)] = &[("v0.14.6", "v0.0.16"), ("v0.14.7", "v0.0.17")];

/// Tags that never got a release.
const TAG_ONLY: &[&str] = &["v0.14.5"];

impl Contents {
    /// What the real sites publish, taken out of the Go modules.
    pub fn published(programs: &Programs) -> Result<Contents> {
        Ok(Contents { repositories: vec![metrics_server(programs)?, metallb(programs)?] })
    }
}

fn metrics_server(programs: &Programs) -> Result<Repository> {
    let mut repository = listed("kubernetes-sigs", "metrics-server", METRICS_SERVER_TAGS, "v0.9.0");
    for version in METRICS_SERVER {
        let manifest = manifests::metrics_server(programs, version)?;
        let tag = format!("v{version}");
        for release in repository.releases.iter_mut().filter(|release| release.tag == tag) {
            release.assets.insert("components.yaml".to_owned(), manifest.clone());
        }
    }
    Ok(repository)
}

fn metallb(programs: &Programs) -> Result<Repository> {
    let mut repository = listed("metallb", "metallb", METALLB_TAGS, METALLB_LATEST);
    for version in METALLB {
        let place = (format!("v{version}"), "config/manifests/metallb-native.yaml".to_owned());
        repository.files.insert(place, manifests::metallb(programs, version)?);
    }
    Ok(repository)
}

fn listed(owner: &str, name: &str, tags: &[&str], latest: &str) -> Repository {
    let mut repository = Repository::new(owner, name);
    repository.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    repository.releases = tags.iter().filter(|tag| !TAG_ONLY.contains(tag)).map(|tag| release(tag)).collect();
    repository.latest = Some(latest.to_owned());
    repository
}

fn release(tag: &str) -> Release {
    let misnamed = MISNAMED.iter().find(|(misnamed, _)| *misnamed == tag);
    let name = misnamed.map_or(tag, |(_, name)| name).to_owned();
    Release { name, prerelease: tag.contains("-rc."), ..Release::of(tag) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::{self, Program};

    #[test]
    fn real_manifests_are_served_under_their_tags() {
        let programs = programs::ensure(&[Program::Kubernetes]).unwrap();
        let contents = Contents::published(&programs).unwrap();
        let metrics = contents.repository("kubernetes-sigs", "metrics-server").unwrap();
        for version in METRICS_SERVER {
            let manifest = &metrics.release(&format!("v{version}")).unwrap().assets["components.yaml"];
            assert!(manifest.contains(&format!("metrics-server:v{version}\n")), "{version}");
        }
        let metallb = contents.repository("metallb", "metallb").unwrap();
        for version in METALLB {
            let place = (format!("v{version}"), "config/manifests/metallb-native.yaml".to_owned());
            assert!(metallb.files[&place].contains(&format!("controller:v{version}\n")), "{version}");
        }
    }

    #[test]
    fn what_misleads_on_the_real_site_misleads_here() {
        let metallb = listed("metallb", "metallb", METALLB_TAGS, METALLB_LATEST);
        assert!(metallb.release(METALLB_LATEST).is_some());
        assert_eq!(metallb.release("v0.14.7").unwrap().name, "v0.0.17");
        assert!(metallb.release("v0.17.0-rc.1").unwrap().prerelease);
        assert!(metallb.tags.iter().any(|tag| tag == "v0.14.5") && metallb.release("v0.14.5").is_none());
    }
}
