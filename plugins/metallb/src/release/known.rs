//! What this program knows of published releases: their digests, and which of them are not to be used.

use super::Version;

/// The newest release that this program was tested with; taken where the release site cannot say which is the newest.
pub const NEWEST: Version = Version::new(0, 16, 2);

/// The sha256 of `config/manifests/metallb-native.yaml` at each tag.
///
/// Taken from the Go module `go.universe.tf/metallb`, whose files are those of the repository at the tag and whose
/// contents are vouched for by Go's checksum database: `go mod download -json go.universe.tf/metallb@v0.16.2`, then
/// `sha256sum` of the file in the folder that this names. A test of the end-to-end tests makes them anew. Tags that
/// the database does not vouch for are left out.
pub const DIGESTS: [(Version, &str); 9] = [
    (Version::new(0, 16, 2), "e5f7c268f114c446dc60aaad71b7cabf861f637743e033e354d7d48592807c6d"),
    (Version::new(0, 16, 1), "bf25feebb7582ca7df845efd52ffbc2960d6cbf4cfc972f47fded9f788b67f0b"),
    (Version::new(0, 15, 3), "84b4e102f2b65f5d69085f5816c29362b74641873d8ac3de996e5f86a8219176"),
    (Version::new(0, 15, 2), "a1b04c376fb39c93265f551fe23716a3ae6e09b790edb3bf257d3fc784c35a18"),
    (Version::new(0, 14, 9), "951065e85692aa106f1bb5d5a487d9306154923a794ab1d82122881cbaf588e4"),
    (Version::new(0, 14, 8), "11b5906021fde56040cf10d1bcbaf5c2b7a4206045ebb103915347dfcc533f0e"),
    (Version::new(0, 14, 5), "429e36c1306894feaec80aa4d78387192a1d9862c710e241e445019663d6a3a1"),
    (Version::new(0, 13, 12), "a5e3b65e073ba8236cc36c283fb33260e764977c7e460d6a462347ccaa91683d"),
    (Version::new(0, 13, 9), "acf9490589d58d94df025228b58e4bf22190a3d8e50c53736a30b814302a9f77"),
];

pub fn digest_of(version: Version) -> Option<&'static str> {
    DIGESTS.iter().find(|(known, _)| *known == version).map(|(_, digest)| *digest)
}

/// What is wrong with a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It cannot be installed, or not as this program does it.
    Unusable(&'static str),
    /// It works, but for this.
    Worth(&'static str),
}

/// From the project's release notes.
pub fn flaw(version: Version) -> Option<Flaw> {
    if version < Version::new(0, 13, 0) {
        return Some(Flaw::Unusable(
            "before v0.13.0 MetalLB has no pools as objects: a ConfigMap holds its configuration",
        ));
    }
    let flaws = [
        (
            Version::new(0, 14, 0),
            Flaw::Worth("it was tagged and never announced; the first release of this line is v0.14.2"),
        ),
        (
            Version::new(0, 14, 1),
            Flaw::Worth("it was tagged and never announced; the first release of this line is v0.14.2"),
        ),
        (
            Version::new(0, 14, 7),
            Flaw::Unusable("its manifests were published broken, and v0.14.8 was made to mend them"),
        ),
        (Version::new(0, 14, 9), Flaw::Worth("a node that is cordoned stops announcing; v0.15.0 took that back")),
        (
            Version::new(0, 15, 0),
            Flaw::Worth(
                "it takes some pools for overlapping the nodes' addresses and refuses them; v0.15.1 took that back",
            ),
        ),
    ];
    flaws.into_iter().find(|(flawed, _)| *flawed == version).map(|(_, flaw)| flaw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_the_first_of_those_with_a_digest() {
        assert_eq!(DIGESTS[0].0, NEWEST);
        assert!(DIGESTS.is_sorted_by(|a, b| a.0 > b.0));
        for (version, digest) in DIGESTS {
            assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{version}");
            assert_eq!(digest_of(version), Some(digest));
        }
        assert_eq!(digest_of(Version::new(0, 16, 3)), None);
    }

    #[test]
    fn what_is_taken_by_itself_has_no_flaw() {
        assert_eq!(flaw(NEWEST), None);
    }

    #[test]
    fn broken_releases_are_known() {
        for unusable in ["0.12.1", "0.14.7"] {
            assert!(matches!(flaw(unusable.parse().unwrap()), Some(Flaw::Unusable(_))), "{unusable}");
        }
        for worth_a_word in ["0.14.9", "0.15.0"] {
            assert!(matches!(flaw(worth_a_word.parse().unwrap()), Some(Flaw::Worth(_))), "{worth_a_word}");
        }
    }
}
