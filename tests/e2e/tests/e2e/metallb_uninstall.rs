//! Pools come and go, and so does MetalLB: afterwards the cluster is as it was, and no Service keeps an address.

use lab::rights::Right;
use lab_cli::run::Output;
use lab_e2e::{Everything, LoadBalancer, MetallbRelease, Origin, POOL, Stage, Workload};

/// A cluster without MetalLB, and the lecture's workload with a Service that waits for an address.
pub struct Ground {
    stage: Stage,
    before: Everything,
}

impl Ground {
    fn bare(stage: Stage) -> Ground {
        stage.deploy(&Workload::in_namespace("lecture").with(LoadBalancer::named("web")));
        let before = Everything::of(&stage.direct()).expect("all objects");
        Ground { stage, before }
    }

    /// With MetalLB of this release, and an address that answers.
    pub fn with(stage: Stage, release: MetallbRelease) -> Ground {
        let ground = Ground::bare(stage);
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("metallb-native.yaml");
        std::fs::write(&file, release.manifest().expect("a manifest")).expect("a file");
        let words = ["install", "--manifest", file.to_str().expect("a path"), "--subnet", "172.30.0.0/24"];
        ground.metallb(&[&words[..], &["--pool", POOL]].concat()).succeeds();
        let address = ground.stage.assigned("lecture", "web");
        ground.stage.answer(&Origin::Outside, address);
        ground
    }

    pub fn metallb(&self, words: &[&str]) -> Output {
        self.stage.lab(&[&["metallb"], words].concat()).run()
    }

    fn since_before(&self) -> String {
        Everything::of(&self.stage.direct()).expect("all objects").differences(&self.before)
    }

    /// Nothing of MetalLB is left, on the Service neither.
    pub fn is_as_before(&self, output: &Output) {
        assert_eq!(self.since_before(), "", "{output}");
        assert_eq!(self.stage.address("lecture", "web"), None, "{output}");
        let again = self.metallb(&["uninstall", "--yes"]).succeeds();
        assert!(again.stderr.contains("nothing to change"), "{again}");
    }

    /// At the end there is MetalLB without a pool.
    pub fn sees_pools_come_and_go(&self) {
        let stage = &self.stage;
        let far = self.metallb(&["pool", "add", "more", "10.9.0.0/29", "--subnet", "172.30.0.0/24"]);
        assert_eq!(far.code, Some(7), "{far}");
        let unseen = self.metallb(&["pool", "add", "more", "10.9.0.0/29", "--look-at-nodes"]);
        assert_eq!(unseen.code, Some(7), "{unseen}");
        assert!(unseen.stderr.contains("not on the nodes' network, 172.30.0.0/24 (seen on node "), "{unseen}");
        let holder = stage.holder("metallb-pool");
        holder
            .lab(&["metallb", "pool", "add", "more", "172.30.0.230-172.30.0.233", "--look-at-nodes"])
            .run()
            .succeeds();
        let list = self.metallb(&["pool", "list", "-o", "json"]).succeeds().json();
        assert_eq!(list["pools"].as_array().map(Vec::len), Some(2), "{list}");
        assert_eq!((&list["pools"][0]["ipv4"]["used"], &list["pools"][0]["name"]), (&1.into(), &"lecture".into()));
        // The Service moves to the other pool, and answers there.
        let output = holder.lab(&["metallb", "pool", "remove", "lecture", "--yes"]).run().succeeds();
        // The controller of an old release is restarted, or it would not let go of the address.
        let of_old = |verb: &str| Right::new(verb, "apps", "deployments", Some("metallb-system"));
        holder.has_used_all(&["get", "patch", "watch"].map(of_old), &output);
        let address = stage.address("lecture", "web").expect("another address");
        assert_eq!(address.to_string(), "172.30.0.230", "{output}");
        stage.answer(&Origin::Outside, address);
        let output = self.metallb(&["pool", "remove", "more", "--yes"]).succeeds();
        assert_eq!(stage.address("lecture", "web"), None, "{output}");
        assert!(output.stdout.contains("no Service has an address of it"), "{output}");
        let nothing = self.metallb(&["pool", "list"]).succeeds();
        assert!(nothing.stdout.starts_with("MetalLB has no pool"), "{nothing}");
        // Nothing tells the nodes' network any more, so it is looked at.
        let proposed = self.metallb(&["pool", "propose"]).succeeds();
        assert!(proposed.stdout.contains("172.30.0.0/24, the nodes' network (seen on node "), "{proposed}");
    }
}

#[test]
fn the_cluster_is_as_it_was() {
    let ground = Ground::with(Stage::load_balancer(), MetallbRelease::Current);
    let unasked = ground.metallb(&["uninstall"]);
    assert_eq!(unasked.code, Some(7), "{unasked}");
    let holder = ground.stage.holder("metallb-uninstall").everywhere();
    let output = holder.lab(&["metallb", "uninstall", "--yes"]).run().succeeds();
    // Kinds that do not go at once are waited for one by one.
    let waiting = Right::new("get", "apiextensions.k8s.io", "customresourcedefinitions", None);
    holder.has_used_all(&[waiting], &output);
    assert!(output.stderr.contains("these Services lose their address: lecture/web (172.30.0.200)"), "{output}");
    assert!(output.stdout.starts_with("MetalLB is gone: nothing of it is left in the cluster"), "{output}");
    ground.is_as_before(&output);
}

#[test]
fn an_old_release_lets_go_of_its_addresses_too() {
    let ground = Ground::with(Stage::load_balancer(), MetallbRelease::Old);
    let output = ground.metallb(&["uninstall", "--yes"]).succeeds();
    assert!(output.stderr.contains("then: restart Deployment metallb-system/controller"), "{output}");
    ground.is_as_before(&output);
}

#[test]
fn without_a_controller_the_address_goes_all_the_same() {
    let ground = Ground::with(Stage::load_balancer(), MetallbRelease::Current);
    let stage = &ground.stage;
    stage.kubectl(&["scale", "deployment", "controller", "-n", "metallb-system", "--replicas=0"]);
    stage.eventually("the controller has ended", |stage| {
        let pods = ["get", "pods", "-n", "metallb-system", "-l", "component=controller", "-o", "name"];
        stage.kubectl(&pods).trim().is_empty().then_some(())
    });
    let refused = ground.metallb(&["pool", "remove", "lecture", "--yes"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(refused.stderr.contains("nothing else takes the addresses back from lecture/web"), "{refused}");
    let output = ground.metallb(&["uninstall", "--yes"]).succeeds();
    assert!(output.stderr.contains("done: clear the addresses of lecture/web (172.30.0.200)"), "{output}");
    ground.is_as_before(&output);
}

#[test]
fn a_pool_of_somebody_else_keeps_all_of_it() {
    let ground = Ground::with(Stage::load_balancer(), MetallbRelease::Current);
    let stage = &ground.stage;
    let pool = r#"{"apiVersion":"metallb.io/v1beta1","kind":"IPAddressPool","metadata":{"name":"production","namespace":"metallb-system"},"spec":{"addresses":["172.30.0.230/31"]}}"#;
    stage.feed(&["create"], pool);
    let installed = Everything::of(&stage.direct()).expect("all objects");
    let output = ground.metallb(&["uninstall", "--yes"]);
    assert_eq!(output.code, Some(7), "{output}");
    assert!(
        output.stderr.contains("IPAddressPool metallb-system/production (172.30.0.230/31) was not made"),
        "{output}"
    );
    assert_eq!(Everything::of(&stage.direct()).expect("all objects").differences(&installed), "");
    let output = ground.metallb(&["uninstall", "--yes", "--allow", "cascade"]).succeeds();
    ground.is_as_before(&output);
}

#[test]
fn what_kubectl_applied_goes_by_its_names() {
    let ground = Ground::bare(Stage::load_balancer());
    ground.stage.documented_metallb(MetallbRelease::Current, POOL);
    ground.stage.assigned("lecture", "web");
    let refused = ground.metallb(&["uninstall", "--yes"]);
    assert_eq!(refused.code, Some(7), "{refused}");
    assert!(refused.stderr.contains("was not installed by this command"), "{refused}");
    let output = ground.metallb(&["uninstall", "--yes", "--allow", "adopt", "--allow", "cascade"]).succeeds();
    ground.is_as_before(&output);
}

#[test]
fn pools_come_and_go_while_services_use_them() {
    for release in [MetallbRelease::Current, MetallbRelease::Old] {
        Ground::with(Stage::load_balancer(), release).sees_pools_come_and_go();
    }
}
