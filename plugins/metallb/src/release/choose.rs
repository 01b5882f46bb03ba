//! Which release is taken, from what was asked for, what the release site calls the newest, and what the server is.

use std::fmt;
use std::str::FromStr;

use lab::{Error, Result};
use lab_plan::Exit;

use super::Version;
use super::behaviour::Behaviour;
use super::known::{DIGESTS, Flaw, NEWEST, flaw};

/// What `--version` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    #[default]
    Latest,
    Exactly(Version),
}

impl FromStr for Asked {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Asked, &'static str> {
        if text == "latest" { Ok(Asked::Latest) } else { text.parse().map(Asked::Exactly) }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asked::Latest => f.write_str("latest"),
            Asked::Exactly(version) => version.fmt(f),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub version: Version,
    pub notes: Vec<String>,
}

/// The release that was named, unless it cannot work.
pub(super) fn exactly(version: Version, server: (u32, u32)) -> Result<Choice> {
    match unusable(version, server) {
        Some(why) => {
            let error = Error::new(Exit::Refused, format!("MetalLB {version} cannot be installed here")).cause(why);
            Err(match fitting(server) {
                Some(other) => error.hint(format!("take another release: --version {other}")),
                None => error,
            })
        }
        None => Ok(Choice { version, notes: worth(version).into_iter().collect() }),
    }
}

/// The newest release that works here. `found` is what the release site says; where it says nothing of use, the newest
/// that this program knows does as well.
pub(super) fn newest(found: Result<Option<Version>>, server: (u32, u32)) -> Result<Choice> {
    let mut notes = Vec::new();
    let version = match found {
        Ok(Some(version)) if version >= NEWEST => version,
        Ok(Some(version)) => {
            notes.push(format!(
                "the release site calls {version} the newest, and {NEWEST}, which this program knows, is newer"
            ));
            NEWEST
        }
        Ok(None) => {
            notes.push(format!(
                "the release site names no newest release; {NEWEST} is the newest that this program knows"
            ));
            NEWEST
        }
        Err(error) => {
            notes.push(format!("{NEWEST} is the newest release that this program knows; whether there is a newer one is unknown: {error}"));
            NEWEST
        }
    };
    let Some(why) = unusable(version, server) else {
        notes.extend(worth(version));
        return Ok(Choice { version, notes });
    };
    let Some(fitting) = fitting(server) else {
        let message = format!("no release of MetalLB that is known here runs on Kubernetes {}.{}", server.0, server.1);
        return Err(
            Error::failed(message).hint("name a release yourself with --version, or a manifest with --manifest")
        );
    };
    notes.push(format!("MetalLB {fitting} is chosen, for the newest, {version}, cannot be installed here: {why}"));
    notes.extend(worth(fitting));
    Ok(Choice { version: fitting, notes })
}

fn unusable(version: Version, server: (u32, u32)) -> Option<String> {
    if let Some(Flaw::Unusable(why)) = flaw(version) {
        return Some(why.to_owned());
    }
    let oldest = Behaviour::of(version).oldest_server;
    (server < oldest).then(|| {
        format!(
            "it needs Kubernetes {}.{} or later, and this cluster has {}.{}",
            oldest.0, oldest.1, server.0, server.1
        )
    })
}

fn worth(version: Version) -> Option<String> {
    match flaw(version) {
        Some(Flaw::Worth(knowing)) => Some(format!("about MetalLB {version}: {knowing}")),
        _ => None,
    }
}

/// The newest known release that works on the server.
fn fitting(server: (u32, u32)) -> Option<Version> {
    DIGESTS.iter().map(|(version, _)| *version).find(|version| unusable(*version, server).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: (u32, u32) = (1, 37);

    fn shown(choice: Result<Choice>) -> String {
        match choice {
            Ok(choice) => [vec![choice.version.to_string()], choice.notes].concat().join("\n"),
            Err(error) => {
                let hints: String = error.hints.iter().map(|hint| format!("\nhint: {hint}")).collect();
                format!("exit {}: {error}{hints}", error.exit.code())
            }
        }
    }

    fn named(version: &str, server: (u32, u32)) -> String {
        shown(exactly(version.parse().unwrap(), server))
    }

    fn latest(found: &str, server: (u32, u32)) -> String {
        shown(newest(Ok(found.parse().ok()), server))
    }

    #[test]
    fn a_release_that_is_named_is_taken_with_what_is_known_of_it() {
        insta::assert_snapshot!(named("0.16.2", SERVER), @"v0.16.2");
        insta::assert_snapshot!(named("0.14.9", SERVER), @r"
        v0.14.9
        about MetalLB v0.14.9: a node that is cordoned stops announcing; v0.15.0 took that back
        ");
        insta::assert_snapshot!(named("0.15.0", SERVER), @r"
        v0.15.0
        about MetalLB v0.15.0: it takes some pools for overlapping the nodes' addresses and refuses them; v0.15.1 took that back
        ");
        insta::assert_snapshot!(named("0.14.7", SERVER), @r"
        exit 7: MetalLB v0.14.7 cannot be installed here: its manifests were published broken, and v0.14.8 was made to mend them
        hint: take another release: --version v0.16.2
        ");
        insta::assert_snapshot!(named("0.12.1", SERVER), @r"
        exit 7: MetalLB v0.12.1 cannot be installed here: before v0.13.0 MetalLB has no pools as objects: a ConfigMap holds its configuration
        hint: take another release: --version v0.16.2
        ");
        insta::assert_snapshot!(named("0.16.2", (1, 20)), @r"
        exit 7: MetalLB v0.16.2 cannot be installed here: it needs Kubernetes 1.21 or later, and this cluster has 1.20
        hint: take another release: --version v0.13.12
        ");
        insta::assert_snapshot!(named("0.16.2", (1, 18)), @"exit 7: MetalLB v0.16.2 cannot be installed here: it needs Kubernetes 1.21 or later, and this cluster has 1.18");
    }

    #[test]
    fn the_newest_is_what_the_site_says_if_that_can_be() {
        insta::assert_snapshot!(latest("v0.16.2", SERVER), @"v0.16.2");
        insta::assert_snapshot!(latest("v0.17.0", SERVER), @"v0.17.0");
        insta::assert_snapshot!(latest("v0.15.4", SERVER), @r"
        v0.16.2
        the release site calls v0.15.4 the newest, and v0.16.2, which this program knows, is newer
        ");
        insta::assert_snapshot!(latest("none", SERVER), @r"
        v0.16.2
        the release site names no newest release; v0.16.2 is the newest that this program knows
        ");
    }

    #[test]
    fn not_knowing_the_newest_stops_nobody() {
        let error = Error::failed("could not find the newest release of metallb").cause("connection refused");
        insta::assert_snapshot!(shown(newest(Err(error), SERVER)), @r"
        v0.16.2
        v0.16.2 is the newest release that this program knows; whether there is a newer one is unknown: could not find the newest release of metallb: connection refused
        ");
    }

    #[test]
    fn an_old_server_gets_an_old_release() {
        insta::assert_snapshot!(latest("v0.16.2", (1, 20)), @r"
        v0.13.12
        MetalLB v0.13.12 is chosen, for the newest, v0.16.2, cannot be installed here: it needs Kubernetes 1.21 or later, and this cluster has 1.20
        ");
        insta::assert_snapshot!(latest("v0.16.2", (1, 18)), @r"
        exit 1: no release of MetalLB that is known here runs on Kubernetes 1.18
        hint: name a release yourself with --version, or a manifest with --manifest
        ");
    }

    #[test]
    fn the_word_latest_and_releases_can_be_asked_for() {
        assert_eq!("latest".parse(), Ok(Asked::Latest));
        assert_eq!("0.14.8".parse(), Ok(Asked::Exactly(Version::new(0, 14, 8))));
        assert!("newest".parse::<Asked>().is_err());
        assert_eq!(Asked::default().to_string(), "latest");
    }
}
