//! From a bare cluster to an address that answers at the outside host, by one command; again, to a newer version, and back.

use std::path::PathBuf;

use lab_e2e::{Everything, LoadBalancer, MetallbRelease, Origin, POOL, Stage, Workload, pool};

struct Ground {
    stage: Stage,
    folder: tempfile::TempDir,
}

impl Ground {
    /// A cluster without MetalLB, and the lecture's workload with a Service that waits for an address.
    fn bare(stage: Stage) -> Ground {
        stage.clear_journals();
        stage.deploy(&Workload::in_namespace("lecture").with(LoadBalancer::named("web")));
        Ground { stage, folder: tempfile::tempdir().expect("a folder") }
    }

    fn manifest(&self, release: MetallbRelease) -> PathBuf {
        let file = self.folder.path().join(format!("metallb-{}.yaml", release.version()));
        std::fs::write(&file, release.manifest().expect("a manifest")).expect("a file");
        file
    }

    fn words(&self, release: MetallbRelease, more: &[&str]) -> Vec<String> {
        let manifest = self.manifest(release).to_str().expect("a path").to_owned();
        let words = ["metallb", "install", "--manifest", &manifest, "--subnet", "172.30.0.0/24"];
        words.iter().chain(more).map(ToString::to_string).collect()
    }

    fn install(&self, release: MetallbRelease, more: &[&str]) -> lab_cli::run::Run {
        let words = self.words(release, more);
        self.stage.lab(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn everything(&self) -> Everything {
        Everything::of(&self.stage.direct()).expect("all objects")
    }
}

#[test]
fn a_bare_cluster_gets_an_address_that_answers_and_is_bare_again() {
    gives_an_address_that_answers_and_takes_it_back(Stage::load_balancer());
}

pub fn gives_an_address_that_answers_and_takes_it_back(stage: Stage) {
    let ground = Ground::bare(stage);
    let stage = &ground.stage;
    let before = ground.everything();
    let holder = stage.holder("metallb-install").everywhere();
    let words = ground.words(MetallbRelease::Current, &["--pool", POOL]);
    let output = holder.lab(&words.iter().map(String::as_str).collect::<Vec<_>>()).run().succeeds();
    holder.has_used_all(&[], &output);
    assert!(output.stdout.contains("MetalLB v0.16.2 is up, and its webhook answers"), "{output}");
    let address = stage.assigned("lecture", "web");
    assert_eq!(address.to_string(), "172.30.0.200");
    let said = stage.answer(&Origin::Outside, address).body;
    assert!(said.starts_with("Running web-"), "{said}");

    let again = ground.install(MetallbRelease::Current, &["--pool", POOL]).run().succeeds();
    assert!(again.stderr.contains("nothing to change"), "{again}");

    let output = stage.lab(&["undo", "--last"]).run().succeeds();
    assert_eq!(ground.everything().differences(&before), "", "{output}");
    assert_eq!(stage.address("lecture", "web"), None, "the Service keeps an address that nobody announces");
}

#[test]
fn an_upgrade_loses_no_pool_and_no_address() {
    let ground = Ground::bare(Stage::load_balancer());
    let stage = &ground.stage;
    let output = ground.install(MetallbRelease::Old, &["--pool", POOL]).run().succeeds();
    assert!(output.stdout.contains("MetalLB v0.13.12 is up"), "{output}");
    let address = stage.assigned("lecture", "web");
    stage.answer(&Origin::Outside, address);
    let pool = stage.get(&["ipaddresspool", "lecture", "-n", "metallb-system"])["metadata"]["uid"].clone();

    let output = ground.install(MetallbRelease::Current, &[]).run().succeeds();
    assert!(output.stderr.contains("bring MetalLB v0.13.12 to v0.16.2"), "{output}");
    assert!(output.stdout.contains("MetalLB v0.16.2 is up"), "{output}");
    assert_eq!(stage.get(&["ipaddresspool", "lecture", "-n", "metallb-system"])["metadata"]["uid"], pool);
    assert_eq!(stage.address("lecture", "web"), Some(address));
    stage.answer(&Origin::Outside, address);
    // What 0.16.2 no longer has is gone, and nothing of the old fields is left beside the new ones.
    for left in [["crd", "addresspools.metallb.io"], ["secret", "webhook-server-cert"], ["service", "webhook-service"]]
    {
        let found = stage.try_kubectl(&["get", left[0], left[1], "-n", "metallb-system"]);
        assert!(found.is_err_and(|error| error.contains("NotFound")), "{left:?} is left over");
    }
    let speaker = stage.get(&["daemonset", "speaker", "-n", "metallb-system"]);
    let ports = speaker["spec"]["template"]["spec"]["containers"][0]["ports"].to_string();
    assert!(!ports.contains("7472"), "a port of the old version: {ports}");
    let again = ground.install(MetallbRelease::Current, &[]).run().succeeds();
    assert!(again.stderr.contains("nothing to change"), "{again}");
}

/// kubectl apply has brought it: the same version is left alone, another one is adopted only when told to.
#[test]
fn what_kubectl_applied_is_adopted_only_when_told() {
    let ground = Ground::bare(Stage::load_balancer());
    let stage = &ground.stage;
    stage.documented_metallb(MetallbRelease::Old, POOL);
    let address = stage.assigned("lecture", "web");
    let same = stage.lab(&["metallb", "install", "--pool", POOL]).run().succeeds();
    assert!(same.stderr.contains("nothing to change"), "{same}");

    let before = ground.everything();
    let refused = ground.install(MetallbRelease::Current, &[]).run();
    assert_eq!(refused.code, Some(7), "{refused}");
    assert!(refused.stderr.contains("were not brought by this command"), "{refused}");
    assert!(refused.stderr.contains("--allow adopt"), "{refused}");
    assert_eq!(ground.everything().differences(&before), "");

    ground.install(MetallbRelease::Current, &["--allow", "adopt"]).run().succeeds();
    assert_eq!(stage.address("lecture", "web"), Some(address));
    stage.answer(&Origin::Outside, address);
    let configuration = stage.get(&["validatingwebhookconfiguration", "metallb-webhook-configuration"]);
    let hooks = configuration["webhooks"].as_array().expect("webhooks").iter();
    let left: Vec<&str> = hooks
        .filter(|hook| hook["clientConfig"]["service"]["name"] != "metallb-webhook-service")
        .filter_map(|hook| hook["name"].as_str())
        .collect();
    assert!(left.is_empty(), "webhooks of the old version: {left:?}");
}

/// A pool that somebody else has made would go with the kinds: nothing is taken back.
#[test]
fn a_foreign_pool_keeps_all_of_it_from_being_taken_back() {
    let ground = Ground::bare(Stage::load_balancer());
    let stage = &ground.stage;
    ground.install(MetallbRelease::Current, &["--pool", POOL]).run().succeeds();
    let theirs =
        pool("172.30.0.230-172.30.0.231").replace("lecture", "theirs").replace("external-access", "their-access");
    stage.feed(&["create"], &theirs);
    let before = ground.everything();
    let output = stage.lab(&["undo", "--last"]).run();
    assert_eq!(output.code, Some(7), "{output}");
    assert!(output.stderr.contains("IPAddressPool metallb-system/theirs"), "{output}");
    assert_eq!(ground.everything().differences(&before), "");
}
