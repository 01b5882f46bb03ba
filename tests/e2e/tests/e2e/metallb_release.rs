//! The real manifests of MetalLB, and a release site that misleads and fails as the real one does.

use std::path::PathBuf;
use std::sync::OnceLock;

use lab::download::{Cache, ReleaseSite as SiteFlag, sha256};
use lab::manifest::from_file;
use lab::{Error, Result};
use lab_cluster::programs::{self, Program, Programs};
use lab_cluster::release_site::{Contents, Fault, ReleaseSite};
use metallb::release::{Asked, DIGESTS, NEWEST, Release, Version, Wanted, check, obtain};

const SERVER: (u32, u32) = (1, 37);
const FILE: &str = "config/manifests/metallb-native.yaml";
const REFS: &str = "/metallb/metallb.git/info/refs";

fn programs() -> &'static Programs {
    static BUILT: OnceLock<Programs> = OnceLock::new();
    BUILT.get_or_init(|| programs::ensure(&[Program::Kubernetes]).unwrap_or_else(|error| panic!("{error:#}")))
}

fn module(version: Version, file: &str) -> PathBuf {
    let number = version.to_string();
    let folder = programs().module_dir("go.universe.tf/metallb", number.trim_start_matches('v'));
    folder.unwrap_or_else(|error| panic!("{error:#}")).join("config/manifests").join(file)
}

/// What the real sites publish, in full.
fn published() -> Contents {
    static CONTENTS: OnceLock<Contents> = OnceLock::new();
    CONTENTS.get_or_init(|| Contents::published(programs()).unwrap_or_else(|error| panic!("{error:#}"))).clone()
}

fn site(contents: Contents) -> ReleaseSite {
    ReleaseSite::start(contents, Vec::new(), 0).expect("a port is free")
}

/// The site's contents with another file as the manifest of a release.
fn with_manifest(version: &str, text: String) -> Contents {
    let mut contents = published();
    let metallb = contents.repositories.iter_mut().find(|repository| repository.name == "metallb");
    let metallb = metallb.expect("MetalLB is published");
    metallb.files.insert((version.to_owned(), FILE.to_owned()), text);
    contents
}

struct User {
    folder: tempfile::TempDir,
}

impl User {
    fn new() -> User {
        User { folder: tempfile::tempdir().expect("a folder") }
    }

    fn asks(&self, site: &ReleaseSite, version: &str) -> Result<Release> {
        let version = version.parse().expect("a version");
        self.wants(&Wanted { version, ..Wanted::default() }, site)
    }

    fn wants(&self, wanted: &Wanted, site: &ReleaseSite) -> Result<Release> {
        let wanted = Wanted { site: SiteFlag { release_site: Some(site.url()) }, ..wanted.clone() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(obtain(&wanted, SERVER, &Cache::at(self.folder.path())))
    }

    fn cached(&self) -> Vec<PathBuf> {
        let entries = self.folder.path().read_dir().expect("a folder");
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }
}

/// What the stand-in was asked, without the bytes before the paths.
fn asked(site: &ReleaseSite) -> Vec<String> {
    site.requests().iter().map(|request| request.path.clone()).collect()
}

fn shown(error: &Error, site: &ReleaseSite) -> String {
    let hints: String = error.hints.iter().map(|hint| format!("\nhint: {hint}")).collect();
    format!("exit {}: {error}{hints}", error.exit.code()).replace(&site.url(), "http://SITE")
}

#[test]
fn the_digests_are_those_of_the_modules() {
    for (version, digest) in DIGESTS {
        let bytes = std::fs::read(module(version, "metallb-native.yaml")).expect("the module has the manifest");
        assert_eq!(sha256(&bytes), digest, "{version}");
    }
}

#[test]
fn every_released_manifest_is_taken() {
    for (version, _) in DIGESTS {
        let file = module(version, "metallb-native.yaml");
        let objects = from_file(file.to_str().expect("a path")).and_then(|text| text.objects());
        let objects = objects.unwrap_or_else(|error| panic!("{version}: {error}"));
        let checked = check(&objects, Some(version), "the module").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((checked.version, checked.namespace.as_str()), (version, "metallb-system"));
        assert_eq!(checked.notes, Vec::<String>::new());
    }
}

#[test]
fn every_other_variant_is_refused() {
    for version in [NEWEST, Version::new(0, 14, 8), Version::new(0, 13, 12)] {
        for (file, why) in [
            ("metallb-frr.yaml", "it is the FRR variant, which is for BGP"),
            ("metallb-frr-prometheus.yaml", "it is the FRR variant, which is for BGP"),
            ("metallb-frr-k8s.yaml", "it is the FRR-K8s variant, which is for BGP"),
            ("metallb-frr-k8s-prometheus.yaml", "it is the FRR-K8s variant, which is for BGP"),
            ("metallb-native-prometheus.yaml", "it is the variant for the Prometheus operator"),
        ] {
            // FRR-K8s came with 0.14.
            if file.contains("k8s") && version < Version::new(0, 14, 0) {
                continue;
            }
            let file = module(version, file);
            let objects = from_file(file.to_str().expect("a path")).and_then(|text| text.objects());
            let objects = objects.unwrap_or_else(|error| panic!("{version}: {error}"));
            let error = check(&objects, Some(version), "the module").expect_err("it is refused");
            assert_eq!(error.causes, [why], "{version} {}", file.display());
        }
    }
}

#[test]
fn the_newest_release_is_found_behind_the_chart_that_calls_itself_the_newest() {
    let (user, site) = (User::new(), site(published()));
    let release = user.asks(&site, "latest").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(release.version, NEWEST);
    assert!(release.known_digest);
    assert_eq!(release.notes, Vec::<String>::new());
    assert_eq!(release.objects.len(), 26);
    // None of these counts against the requests that an address has.
    let manifest = format!("/metallb/metallb/{NEWEST}/{FILE}");
    assert_eq!(asked(&site), ["/metallb/metallb/releases/latest", REFS, &manifest]);
}

#[test]
fn an_old_release_comes_without_the_certificate_in_it() {
    let (user, site) = (User::new(), site(published()));
    let release = user.asks(&site, "0.13.12").unwrap_or_else(|error| panic!("{error}"));
    assert!(release.known_digest);
    let raw = std::fs::read_to_string(module(release.version, "metallb-native.yaml")).expect("the manifest");
    assert!(raw.contains("caBundle"), "nothing would be taken out");
    assert!(release.objects.iter().all(|object| !object.value.to_string().contains("caBundle")));
    assert_eq!(release.objects[0].target.kind, "Namespace");
    assert_eq!(release.objects.last().map(|object| object.target.name.as_str()), Some("speaker"));
}

#[test]
fn where_only_the_question_for_the_newest_fails_the_known_one_is_taken() {
    let (user, site) = (User::new(), site(published()));
    site.plant(Fault::RateLimited.everywhere());
    site.plant(Fault::ServerError.at(REFS));
    let release = user.asks(&site, "latest").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(release.version, NEWEST);
    let note = release.notes.join("\n");
    assert!(note.contains("whether there is a newer one is unknown"), "{note}");
    assert!(note.contains("answers no more requests from this address"), "{note}");
}

#[test]
fn what_was_downloaded_once_is_there_without_a_network() {
    let (user, site) = (User::new(), site(published()));
    user.asks(&site, "latest").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(user.cached().len(), 1);
    site.plant(Fault::NoAnswer.everywhere());
    let again = user.asks(&site, "latest").unwrap_or_else(|error| panic!("{error}"));
    assert!(again.known_digest && again.notes.iter().any(|note| note.contains("cache")), "{:?}", again.notes);

    std::fs::write(&user.cached()[0], "kind: Evil").expect("written");
    let error = user.asks(&site, "v0.16.2").expect_err("the changed file is not taken");
    insta::assert_snapshot!(shown(&error, &site), @r"
    exit 1: could not download http://SITE/metallb/metallb/v0.16.2/config/manifests/metallb-native.yaml: the connection was closed before an answer came
    hint: try again
    hint: or get the file in another way, then give it: --manifest FILE
    ");
    site.mend();
    user.asks(&site, "v0.16.2").unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_manifest_that_was_changed_on_its_way_is_not_trusted() {
    let original = std::fs::read_to_string(module(NEWEST, "metallb-native.yaml")).expect("the manifest");
    let changed = original.replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false");
    let (user, site) = (User::new(), site(with_manifest("v0.16.2", changed)));
    let error = user.asks(&site, "latest").expect_err("it is another file");
    insta::assert_snapshot!(shown(&error, &site), @r"
    exit 1: could not trust the manifest of MetalLB v0.16.2 from http://SITE/metallb/metallb/v0.16.2/config/manifests/metallb-native.yaml: its sha256 is a09afd25a970b556013f5ab293e2fb18d3f64f1b841db036e99011777c6b33d1, and the released one has e5f7c268f114c446dc60aaad71b7cabf861f637743e033e354d7d48592807c6d
    hint: it was changed on its way (by a proxy or a mirror), or the tag was moved since: compare it with one that you get in another way
    hint: if you trust this one, save it and give it: --manifest FILE
    ");
    assert_eq!(user.cached(), Vec::<PathBuf>::new());
}

#[test]
fn a_release_that_nobody_knew_is_taken_with_a_word_and_not_kept_from_a_stand_in() {
    let original = std::fs::read_to_string(module(NEWEST, "metallb-native.yaml")).expect("the manifest");
    let mut contents = with_manifest("v0.18.0", original.replace("v0.16.2", "v0.18.0"));
    let metallb = contents.repositories.iter_mut().find(|repository| repository.name == "metallb");
    metallb.expect("MetalLB is published").tags.push("v0.18.0".into());
    let (user, site) = (User::new(), site(contents));
    let release = user.asks(&site, "latest").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((release.version, release.known_digest), (Version::new(0, 18, 0), false));
    insta::assert_snapshot!(release.notes.join("\n"), @"this program does not know the digest of MetalLB v0.18.0; its manifest was checked by its contents");
    assert_eq!(user.cached(), Vec::<PathBuf>::new());
}

#[test]
fn what_goes_wrong_on_the_way_is_said_with_a_way_out() {
    let (user, site) = (User::new(), site(published()));
    let manifest = format!("/metallb/metallb/{NEWEST}");
    let mut table = String::new();
    for fault in [Fault::NotFound, Fault::LoginPage, Fault::Truncated, Fault::Huge { mebibytes: 50 }, Fault::NoAnswer] {
        site.plant(fault.at(&manifest));
        let error = user.asks(&site, "latest").expect_err("there is a fault");
        table += &format!("{fault:?}\n{}\n", shown(&error, &site));
        site.mend();
    }
    insta::assert_snapshot!(table, @r"
    NotFound
    exit 1: could not download http://SITE/metallb/metallb/v0.16.2/config/manifests/metallb-native.yaml: the answer was 404 Not Found
    hint: is there such a release? look at the version
    LoginPage
    exit 1: could not download http://SITE/metallb/metallb/v0.16.2/config/manifests/metallb-native.yaml: the answer is a web page
    hint: does this network ask for a login? open any page in a browser, then try again
    hint: or get the file in another way, then give it: --manifest FILE
    Truncated
    exit 1: could not download http://SITE/metallb/metallb/v0.16.2/config/manifests/metallb-native.yaml: only 46772 of 93544 bytes came: the connection was closed midway
    hint: try again
    hint: or get the file in another way, then give it: --manifest FILE
    Huge { mebibytes: 50 }
    exit 1: could not download http://SITE/metallb/metallb/v0.16.2/config/manifests/metallb-native.yaml: it is larger than the 4194304 bytes that were expected at most
    NoAnswer
    exit 1: could not download http://SITE/metallb/metallb/v0.16.2/config/manifests/metallb-native.yaml: the connection was closed before an answer came
    hint: try again
    hint: or get the file in another way, then give it: --manifest FILE
    ");
    assert_eq!(user.cached(), Vec::<PathBuf>::new());
}

#[test]
fn a_manifest_of_ones_own_is_checked_and_never_kept() {
    let (user, site) = (User::new(), site(published()));
    let file = module(NEWEST, "metallb-native.yaml");
    let manifest = Some(file.to_str().expect("a path").to_owned());
    let registry = Some("registry.example:5000".parse().expect("a registry"));
    let wanted = Wanted { manifest: manifest.clone(), image_registry: registry, ..Wanted::default() };
    let release = user.wants(&wanted, &site).unwrap_or_else(|error| panic!("{error}"));
    assert!(release.known_digest, "it is the released one");
    assert_eq!(release.version, NEWEST);
    assert_eq!(release.notes, ["images are pulled from registry.example:5000"]);
    let images = release.objects.iter().filter_map(|object| {
        object.value.pointer("/spec/template/spec/containers/0/image").and_then(|image| image.as_str())
    });
    let mut images: Vec<&str> = images.collect();
    images.sort_unstable();
    let expected = ["controller", "speaker"].map(|name| format!("registry.example:5000/metallb/{name}:v0.16.2"));
    assert_eq!(images, expected);

    let other = Wanted { manifest, version: Asked::Exactly(Version::new(0, 13, 12)), ..Wanted::default() };
    let error = user.wants(&other, &site).expect_err("it is of another release");
    assert_eq!(error.causes, ["it is of MetalLB v0.16.2 (image quay.io/metallb/speaker:v0.16.2), not of v0.13.12"]);
    assert_eq!(user.cached(), Vec::<PathBuf>::new());
    assert_eq!(asked(&site), Vec::<String>::new());
}
