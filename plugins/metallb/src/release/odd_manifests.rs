//! What people and networks give for MetalLB's manifest, and what is said to it: all at one sight.

use std::fmt::Write as _;
use std::fs::File;

use lab::manifest::{Text, from_file};
use lab::{Error, Result};
use serde_json::json;

use super::fetch::{Release, of_ones_own, same_as_known};
use super::sample::Sample;

const SERVER: (u32, u32) = (1, 37);

/// As `--manifest my.yaml` does it, with `--version` where a release is named.
fn given(bytes: &[u8], version: Option<&str>) -> Result<Release> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.yaml");
    std::fs::write(&file, bytes).unwrap();
    read(file.to_str().unwrap(), version)
}

fn read(file: &str, version: Option<&str>) -> Result<Release> {
    of_ones_own(&from_file(file)?, version.map(|version| version.parse().unwrap()), SERVER)
}

/// The files whose contents are not the point.
fn of_size(bytes: u64) -> Result<Release> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.yaml");
    File::create(&file).unwrap().set_len(bytes).unwrap();
    read(file.to_str().unwrap(), None)
}

#[derive(Default)]
struct Table(String);

impl Table {
    fn row(&mut self, what: &str, outcome: Result<Release>) {
        let error = outcome.err().unwrap_or_else(|| panic!("{what} was taken for MetalLB's manifest"));
        self.error(what, &error);
    }

    fn error(&mut self, what: &str, error: &Error) {
        let _ = writeln!(self.0, "{what}\n  {}", without_folder(&error.to_string()));
        for hint in &error.hints {
            let _ = writeln!(self.0, "  hint: {hint}");
        }
    }

    fn text(&mut self, what: &str, text: &str) {
        self.row(what, given(text.as_bytes(), None));
    }

    fn sample(&mut self, what: &str, sample: &Sample) {
        self.text(what, &sample.text());
    }
}

fn without_folder(text: &str) -> String {
    let is_of_file = |word: &&str| word.trim_end_matches(':').ends_with("/my.yaml");
    let words: Vec<&str> = text.split(' ').collect();
    let shown =
        words.into_iter().map(|word| if is_of_file(&word) { word.rsplit('/').next().unwrap_or(word) } else { word });
    shown.collect::<Vec<_>>().join(" ")
}

fn sample() -> Sample {
    Sample::new("0.16.2")
}

#[test]
fn what_is_no_manifest() {
    let mut table = Table::default();
    let whole = sample().text();
    table.row("no such file", read("/nowhere/my.yaml", None));
    table.text("empty file", "");
    table.text("error page", "<!DOCTYPE html>\n<html><title>Page not found</title></html>\n");
    table.text("cut in the middle of an object", &whole[..whole.len() - 200]);
    table.row("50 MB", of_size(50 << 20));
    table.text("YAML bomb", &bomb());
    table.text("501 documents", &"kind: A\n---\n".repeat(501));
    table.row("UTF-16", given(b"\xff\xfek\0i\0n\0d\0", None));
    table.row("compressed", given(b"\x1f\x8b\x08\0\0\0", None));
    table.text("kustomization", "resources:\n- github.com/metallb/metallb/config/native?ref=v0.16.2\n");
    table.text("Chart.yaml", "apiVersion: v2\nname: metallb\nversion: 0.16.2\n");
    table.text("values of a chart", "speaker:\n  frr: {enabled: false}\n");
    table.text("template of a chart", "kind: DaemonSet\nmetadata:\n  name: {{ template \"metallb.fullname\" . }}\n");
    table.text("list", "apiVersion: v1\nkind: List\nitems: []\nmetadata: {}\n");
    insta::assert_snapshot!(table.0, @r"
    no such file
      could not read the manifest my.yaml: No such file or directory (os error 2)
      hint: give a file, or an https URL
    empty file
      could not read the manifest from my.yaml: there is no object in it
    error page
      could not read the manifest from my.yaml: it is an HTML page, not a manifest
    cut in the middle of an object
      could not read the manifest from my.yaml: unclosed bracket '{' at line 25, column 180
    50 MB
      could not read the manifest my.yaml: it is larger than 4 MiB, and no manifest is
    YAML bomb
      could not read the manifest from my.yaml: YAML document too large or too complex: total_replayed_events=100001 > 100000 at line 1, column 22 (defined at line 4, column 9) (used at line 5, column 45)
    501 documents
      could not read the manifest from my.yaml: it has more than 500 documents
    UTF-16
      could not read the manifest from my.yaml: it is written in UTF-16, as PowerShell does it
      hint: write it anew with: … | Out-File -Encoding utf8 FILE
    compressed
      could not read the manifest from my.yaml: it is not text
    kustomization
      could not read the manifest from my.yaml: document 1: it is a kustomization; what `kubectl kustomize FOLDER` prints is a manifest
    Chart.yaml
      could not read the manifest from my.yaml: document 1: it is the Chart.yaml of a Helm chart, not a manifest
    values of a chart
      could not read the manifest from my.yaml: document 1: it has neither kind nor apiVersion (values for Helm, perhaps)
    template of a chart
      could not read the manifest from my.yaml: it is a template of a Helm chart, which Helm has to render first
    list
      could not read the manifest from my.yaml: document 1: it is a list of objects; write each of them as a document of its own, with --- between them
    ");
}

fn bomb() -> String {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let _ = writeln!(bomb, "a{i}: &a{i} [{}]", vec![format!("*a{}", i - 1); 10].join(", "));
    }
    bomb
}

#[test]
fn what_is_not_the_native_manifest() {
    let mut table = Table::default();
    let named = |api: &str, kind: &str, name: &str| {
        json!({ "apiVersion": api, "kind": kind,
        "metadata": { "name": name, "namespace": "metallb-system" } })
    };
    table.text("something else", &named("apps/v1", "Deployment", "metrics-server").to_string());
    table.sample("FRR", &sample().with(named("v1", "ConfigMap", "frr-startup")));
    table.sample("FRR-K8s", &sample().with(named("apps/v1", "DaemonSet", "frr-k8s-daemon")));
    table.sample(
        "Prometheus",
        &sample().with(named("monitoring.coreos.com/v1", "ServiceMonitor", "controller-monitor")),
    );
    let mut of_chart = named("apps/v1", "Deployment", "metallb-controller");
    of_chart["metadata"]["labels"] = json!({ "helm.sh/chart": "metallb-0.16.2" });
    table.text("rendered chart", &of_chart.to_string());
    let text = sample().text();
    let (without_webhooks, _) = text.rsplit_once("\n---\n").unwrap();
    table.text("cut between two objects", without_webhooks);
    table.sample(
        "cut webhooks",
        &sample().edited("ValidatingWebhookConfiguration", |object| {
            object["webhooks"].as_array_mut().unwrap().pop();
        }),
    );
    table.sample("twice", &sample().with(named("v1", "ServiceAccount", "speaker")));
    table.sample("a pool in it", &sample().with(named("metallb.io/v1beta1", "IPAddressPool", "first")));
    table.sample("another DaemonSet", &sample().with(named("apps/v1", "DaemonSet", "miner")));
    let mut admin = named("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "helpful");
    admin["roleRef"] = json!({ "kind": "ClusterRole", "name": "cluster-admin" });
    table.sample("cluster-admin for somebody", &sample().with(admin));
    table.sample(
        "a foreign kind",
        &sample().with(json!({ "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition", "metadata": { "name": "a.example" }, "spec": { "group": "example" } })),
    );
    table.sample(
        "another namespace",
        &sample().edited("DaemonSet", |object| object["metadata"]["namespace"] = json!("kube-system")),
    );
    table.sample(
        "no namespace",
        &sample().edited("Service", |object| {
            object["metadata"].as_object_mut().unwrap().shift_remove("namespace");
        }),
    );
    insta::assert_snapshot!(table.0, @r"
    something else
      could not use the manifest from my.yaml: there is nothing of MetalLB in it
    FRR
      could not use the manifest from my.yaml: it is the FRR variant, which is for BGP
      hint: layer 2 needs the native manifest, metallb-native.yaml; for BGP see https://metallb.io/installation/
    FRR-K8s
      could not use the manifest from my.yaml: it is the FRR-K8s variant, which is for BGP
      hint: layer 2 needs the native manifest, metallb-native.yaml; for BGP see https://metallb.io/installation/
    Prometheus
      could not use the manifest from my.yaml: it is the variant for the Prometheus operator
      hint: take metallb-native.yaml; what Prometheus needs can be added to it later
    rendered chart
      could not use the manifest from my.yaml: there is nothing of MetalLB in it: it was rendered from a Helm chart, and Helm does not know what others install
      hint: let Helm install it: helm install metallb metallb --repo https://metallb.github.io/metallb --namespace metallb-system --create-namespace
    cut between two objects
      could not use the manifest from my.yaml: it has no ValidatingWebhookConfiguration metallb-webhook-configuration
      hint: is the file whole? download it again
    cut webhooks
      could not use the manifest from my.yaml: ValidatingWebhookConfiguration metallb-webhook-configuration does not check l2advertisements: the file may have lost its end
    twice
      could not use the manifest from my.yaml: ServiceAccount metallb-system/speaker is in it twice
    a pool in it
      could not use the manifest from my.yaml: it has what does not belong to MetalLB: IPAddressPool metallb-system/first
      hint: pools and advertisements are made from --pool; take them out of the file
    another DaemonSet
      could not use the manifest from my.yaml: it has what does not belong to MetalLB: DaemonSet metallb-system/miner
      hint: take it out of the file, and apply it yourself if it is wanted
    cluster-admin for somebody
      could not use the manifest from my.yaml: it has what does not belong to MetalLB: ClusterRoleBinding metallb-system/helpful
      hint: take it out of the file, and apply it yourself if it is wanted
    a foreign kind
      could not use the manifest from my.yaml: it has what does not belong to MetalLB: CustomResourceDefinition a.example
      hint: take it out of the file, and apply it yourself if it is wanted
    another namespace
      could not use the manifest from my.yaml: DaemonSet kube-system/speaker is not in the namespace metallb-system, as the others are
    no namespace
      could not use the manifest from my.yaml: Service metallb-webhook-service names no namespace
    ");
}

#[test]
fn what_would_get_more_than_metallb_needs() {
    let mut table = Table::default();
    table.sample(
        "cluster-admin for the speaker",
        &sample().edited("ClusterRoleBinding", |object| object["roleRef"]["name"] = json!("cluster-admin")),
    );
    table.sample(
        "rights for everybody",
        &sample().edited("ClusterRoleBinding", |object| {
            object["subjects"] = json!([{ "kind": "Group", "name": "system:authenticated" }]);
        }),
    );
    table
        .sample("all rights", &sample().edited("ClusterRole", |object| object["rules"][1]["resources"] = json!(["*"])));
    table.sample(
        "rights of others",
        &sample().edited("ClusterRole", |object| object["rules"][1]["verbs"] = json!(["impersonate"])),
    );
    table.sample(
        "privileged",
        &sample().speaker(|pod| pod["containers"][0]["securityContext"] = json!({ "privileged": true })),
    );
    table.sample(
        "a capability",
        &sample().speaker(|pod| {
            pod["containers"][0]["securityContext"] = json!({ "capabilities": { "add": ["NET_RAW", "SYS_ADMIN"] } });
        }),
    );
    table.sample(
        "the node's files",
        &sample().speaker(|pod| pod["volumes"] = json!([{ "name": "etc", "hostPath": { "path": "/etc" } }])),
    );
    table.sample("the node's processes", &sample().speaker(|pod| pod["hostPID"] = json!(true)));
    table.sample(
        "another container",
        &sample().speaker(|pod| {
            pod["initContainers"] = json!([{ "name": "setup", "image": "busybox" }]);
        }),
    );
    table.sample(
        "a webhook elsewhere",
        &sample().edited("ValidatingWebhookConfiguration", |object| {
            object["webhooks"][0]["clientConfig"] = json!({ "url": "https://files.example" });
        }),
    );
    insta::assert_snapshot!(table.0, @r"
    cluster-admin for the speaker
      could not use the manifest from my.yaml: ClusterRoleBinding metallb-system:speaker gives the rights of ClusterRole cluster-admin, which is not in the manifest
    rights for everybody
      could not use the manifest from my.yaml: ClusterRoleBinding metallb-system:speaker gives rights to Group system:authenticated, which is not in the manifest
    all rights
      could not use the manifest from my.yaml: ClusterRole metallb-system:speaker allows everything (*) of what is not MetalLB's
    rights of others
      could not use the manifest from my.yaml: ClusterRole metallb-system:speaker allows taking the rights of others
    privileged
      could not use the manifest from my.yaml: DaemonSet metallb-system/speaker runs a privileged container, which MetalLB's does not
    a capability
      could not use the manifest from my.yaml: DaemonSet metallb-system/speaker adds the capability SYS_ADMIN, which MetalLB's does not
    the node's files
      could not use the manifest from my.yaml: DaemonSet metallb-system/speaker mounts a folder of the node, which MetalLB's does not
    the node's processes
      could not use the manifest from my.yaml: DaemonSet metallb-system/speaker shares the node's processes, which MetalLB's does not
    another container
      could not use the manifest from my.yaml: DaemonSet metallb-system/speaker has another container, setup, which the native manifest does not have
    a webhook elsewhere
      could not use the manifest from my.yaml: ValidatingWebhookConfiguration metallb-webhook-configuration has the API server call what is not in the manifest
    ");
}

#[test]
fn what_is_of_another_release() {
    let mut table = Table::default();
    let images = |controller: &str, speaker: &str| sample().images(controller, speaker);
    table.row("another version's images", given(Sample::new("0.14.8").text().as_bytes(), Some("v0.16.2")));
    table.sample("two releases", &images("quay.io/metallb/controller:v0.16.2", "quay.io/metallb/speaker:v0.16.1"));
    table.sample("no release", &images("quay.io/metallb/controller:main", "quay.io/metallb/speaker:main"));
    table.sample("no tag", &images("quay.io/metallb/controller", "quay.io/metallb/speaker"));
    table.sample("digests alone", &images("quay.io/metallb/controller@sha256:1", "quay.io/metallb/speaker@sha256:2"));
    table.sample("somebody else's image", &images("quay.io/metallb/controller:v0.16.2", "evil.example/miner:v0.16.2"));
    table.sample("a broken release", &Sample::new("0.14.7"));
    let changed = Text::new(sample().text().into_bytes(), "https://raw.example/metallb-native.yaml").unwrap();
    let untrusted = same_as_known("0.16.2".parse().unwrap(), &changed).unwrap_err();
    table.error("changed on its way", &untrusted);
    insta::assert_snapshot!(table.0, @r"
    another version's images
      could not use the manifest from my.yaml: it is of MetalLB v0.14.8 (image quay.io/metallb/speaker:v0.14.8), not of v0.16.2
    two releases
      could not use the manifest from my.yaml: its images are of different releases: quay.io/metallb/controller:v0.16.2 and quay.io/metallb/speaker:v0.16.1
    no release
      could not use the manifest from my.yaml: Deployment metallb-system/controller runs the image quay.io/metallb/controller:main, and main is no release
    no tag
      could not use the manifest from my.yaml: Deployment metallb-system/controller runs the image quay.io/metallb/controller, which names no release
    digests alone
      could not use the manifest from my.yaml: its images are pinned by digests alone, which do not tell the release
      hint: say which release it is: --version VERSION
    somebody else's image
      could not use the manifest from my.yaml: DaemonSet metallb-system/speaker runs the image evil.example/miner:v0.16.2, which is not MetalLB's speaker
    a broken release
      MetalLB v0.14.7 cannot be installed here: its manifests were published broken, and v0.14.8 was made to mend them
      hint: take another release: --version v0.16.2
    changed on its way
      could not trust the manifest of MetalLB v0.16.2 from https://raw.example/metallb-native.yaml: its sha256 is c8c451aae1d3704f567f185f8ed6de21a2f2fc97a2601aa04b6594ee42293925, and the released one has e5f7c268f114c446dc60aaad71b7cabf861f637743e033e354d7d48592807c6d
      hint: it was changed on its way (by a proxy or a mirror), or the tag was moved since: compare it with one that you get in another way
      hint: if you trust this one, save it and give it: --manifest FILE
    ");
}

#[test]
fn the_sample_that_all_of_these_are_made_from_is_taken() {
    let release = given(sample().text().as_bytes(), None).unwrap();
    assert_eq!(release.version.to_string(), "v0.16.2");
    assert!(!release.known_digest);
    assert_eq!(release.notes.len(), 1, "that it is not the released one: {:?}", release.notes);
}
