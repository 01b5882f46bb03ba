//! Getting a release's manifest: from the release site, from the user's cache, or from where the user says.

use lab::download::{Cache, ReleaseSite, Site};
use lab::manifest::{Object, Text, downloaded, given};
use lab::{Error, Reader, Result};

use super::Version;
use super::check::{Checked, check};
use super::choose::{Asked, Choice, exactly, newest};
use super::image::{Registry, with_image_registry};
use super::known::{DIGESTS, digest_of};
use super::prepare::{in_order, without_ca_bundle};

const OWNER: &str = "metallb";
const REPOSITORY: &str = "metallb";
const FILE: &str = "config/manifests/metallb-native.yaml";

/// What the flags say about the release.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub version: Asked,
    /// A file or an address, instead of the released manifest.
    pub manifest: Option<String>,
    pub image_registry: Option<Registry>,
    pub site: ReleaseSite,
}

/// A manifest that was checked, ready to be applied in its order.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    pub version: Version,
    /// The address or the file that it came from.
    pub url: String,
    pub sha256: String,
    /// Whether it is, byte for byte, what this program knows to have been released.
    pub known_digest: bool,
    pub namespace: String,
    pub objects: Vec<Object>,
    pub notes: Vec<String>,
}

pub async fn fetch(reader: &Reader<'_>, wanted: &Wanted) -> Result<Release> {
    obtain(wanted, reader.server_version().await?, &Cache::of_user("metallb")).await
}

/// The same, for a Kubernetes of that version and with a cache anywhere.
pub async fn obtain(wanted: &Wanted, server: (u32, u32), cache: &Cache) -> Result<Release> {
    let site = Site::new(&wanted.site)?;
    let release = match (&wanted.manifest, wanted.version) {
        (Some(name), Asked::Latest) => of_ones_own(&given(&site, name).await?, None, server)?,
        (Some(name), Asked::Exactly(version)) => of_ones_own(&given(&site, name).await?, Some(version), server)?,
        (None, Asked::Exactly(version)) => released(&site, cache, exactly(version, server)?).await?,
        (None, Asked::Latest) => released(&site, cache, latest(&site, server).await?).await?,
    };
    Ok(prepared(release, wanted.image_registry.as_ref()))
}

async fn latest(site: &Site, server: (u32, u32)) -> Result<Choice> {
    let tag = site.latest_tag(OWNER, REPOSITORY).await;
    newest(tag.map(|tag| tag.and_then(|tag| tag.parse().ok())), server)
}

async fn released(site: &Site, cache: &Cache, choice: Choice) -> Result<Release> {
    let Choice { version, mut notes } = choice;
    let known = digest_of(version);
    let address = format!("raw.githubusercontent.com/{OWNER}/{REPOSITORY}/{version}/{FILE}");
    let name = format!("metallb-native-{version}.yaml");
    // What a stand-in gives out may be anything; only a known digest says that it is the same.
    let keeps = known.is_some() || !site.is_stand_in();
    let text = match cache.find(&name, known).filter(|_| keeps) {
        Some(bytes) => {
            notes.push("the manifest was downloaded before, and is taken from the cache".into());
            Text::new(bytes, &format!("https://{address}"))?
        }
        None => downloaded(site, &address).await?,
    };
    same_as_known(version, &text)?;
    if known.is_none() {
        notes.push(format!(
            "this program does not know the digest of MetalLB {version}; its manifest was checked by its contents"
        ));
    }
    let release = checked(&text, Some(version), notes)?;
    if keeps {
        cache.keep(&name, text.text.as_bytes());
    }
    Ok(release)
}

/// A tag can be moved and a file can be changed on its way; a known digest shows both.
pub(super) fn same_as_known(version: Version, text: &Text) -> Result<()> {
    match digest_of(version) {
        Some(known) if known != text.sha256 => {
            Err(Error::failed(format!("could not trust the manifest of MetalLB {version} from {}", text.from))
                .cause(format!("its sha256 is {}, and the released one has {known}", text.sha256))
                .hint("it was changed on its way (by a proxy or a mirror), or the tag was moved since: compare it with one that you get in another way")
                .hint("if you trust this one, save it and give it: --manifest FILE"))
        }
        _ => Ok(()),
    }
}

/// A manifest that the user gives needs not be the released one, only MetalLB's.
pub(super) fn of_ones_own(text: &Text, wanted: Option<Version>, server: (u32, u32)) -> Result<Release> {
    let mut release = checked(text, wanted, Vec::new())?;
    release.notes.extend(exactly(release.version, server)?.notes);
    if let Some(known) = digest_of(release.version).filter(|_| !release.known_digest) {
        release.notes.push(format!(
            "the manifest is not the released one of MetalLB {}, which has sha256 {known}",
            release.version
        ));
    }
    Ok(release)
}

fn checked(text: &Text, wanted: Option<Version>, mut notes: Vec<String>) -> Result<Release> {
    let objects = text.objects()?;
    let Checked { version, namespace, notes: more } = check(&objects, wanted, &text.from)?;
    notes.extend(more);
    let known_digest = DIGESTS.iter().any(|(_, digest)| *digest == text.sha256);
    let (url, sha256) = (text.from.clone(), text.sha256.clone());
    Ok(Release { version, url, sha256, known_digest, namespace, objects, notes })
}

fn prepared(mut release: Release, registry: Option<&Registry>) -> Release {
    release.objects = in_order(without_ca_bundle(release.objects));
    if let Some(registry) = registry {
        release.objects = with_image_registry(release.objects, registry);
        release.notes.push(format!("images are pulled from {registry}"));
    }
    release
}
