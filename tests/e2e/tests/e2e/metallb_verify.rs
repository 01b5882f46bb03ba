//! `kubectl lab metallb verify` and `status` before the real MetalLB: each way in which a Service is known to fail is made, and has to
//! be named; and a Service that works has to pass.

use lab_cluster::cluster::From;
use lab_e2e::{LoadBalancer, MetallbRelease, Origin, POOL, Stage, Workload, pool};
use serde_json::{Value, json};

const NODES: [&str; 3] = ["shared-lb-1", "shared-lb-2", "shared-lb-3"];
const EXCLUDE: &str = "node.kubernetes.io/exclude-from-external-load-balancers";

pub struct Ground {
    stage: Stage,
}

/// What a run of verify said.
struct Said {
    code: Option<i32>,
    report: Value,
    talk: String,
}

impl Said {
    fn failed(&self) -> Option<(&str, &str)> {
        let hops = self.report["hops"].as_array()?;
        let hop = hops.iter().find(|hop| hop["state"] == "failed")?;
        Some((hop["hop"].as_str()?, hop["said"].as_str()?))
    }
}

impl Ground {
    /// MetalLB with the lecture's pool, and a Service before two pods that has an address.
    pub fn with_metallb(stage: Stage, release: MetallbRelease) -> Ground {
        stage.documented_metallb(release, POOL);
        stage.deploy(&Workload::in_namespace("lecture").with(LoadBalancer::named("web")));
        stage.answer(&Origin::Outside, stage.assigned("lecture", "web"));
        Ground { stage }
    }

    /// As the outside host or a node types it.
    fn verify(&self, place: &From, words: &[&str]) -> Said {
        let line = [&["kubectl", "lab", "metallb", "verify", "-o", "json"], words].concat();
        let output = self.stage.cluster.exec(place, &line).unwrap_or_else(|error| panic!("{error:#}"));
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{line:?} printed no JSON: {error}\n{}{talk}", String::from_utf8_lossy(&output.stdout))
        });
        Said { code: output.status.code(), report, talk }
    }

    fn outside(&self, service: &str) -> Said {
        let service = if service.contains('/') { service.to_owned() } else { format!("lecture/{service}") };
        self.verify(&From::Outside, &[&service, "--from", "here"])
    }

    /// The Service fails at this hop, with these words in the cause.
    fn fails(&self, service: &str, hop: &str, words: &str) {
        let wanted = |said: &Said| said.failed().is_some_and(|(at, cause)| at == hop && cause.contains(words));
        // Controllers need a moment to take up what was just done to them.
        let mut last = None;
        for _ in 0..20 {
            let said = self.outside(service);
            if wanted(&said) {
                assert_eq!(said.code, Some(3), "{}", said.report);
                assert_eq!(said.report["conclusion"], "fails", "{}", said.report);
                return;
            }
            last = Some(said);
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
        let said = last.unwrap_or_else(|| panic!("verify was not run"));
        panic!("{service} does not fail at {hop:?} with {words:?}: {:#}\n{}", said.report, said.talk);
    }

    fn works(&self, service: &str) {
        self.stage.eventually(&format!("{service} passes"), |_| {
            let said = self.outside(service);
            (said.code == Some(0) && said.report["shown"] == json!(["kubeProxy", "layer2"])).then_some(())
        });
    }

    fn add(&self, service: LoadBalancer) {
        self.stage.deploy(&Workload::in_namespace("lecture").with(LoadBalancer::named("web")).with(service));
    }

    fn remove(&self, service: &str) {
        self.stage.kubectl(&["delete", "service", service, "-n", "lecture"]);
    }

    fn patch(&self, kind: &str, name: &str, patch: &Value) {
        self.stage.kubectl(&["patch", kind, name, "-n", "metallb-system", "--type=merge", "-p", &patch.to_string()]);
    }

    fn metallb(&self, words: &[&str]) {
        self.stage.kubectl(&[words, &["-n", "metallb-system"]].concat());
    }

    fn pool_of(&self, addresses: &str) {
        self.stage.feed(&["apply"], &pool(addresses));
    }

    pub fn is_told_what_an_answer_shows(&self) {
        let outside = self.verify(&From::Outside, &["lecture/web", "--from", "pod,here"]);
        assert_eq!(outside.code, Some(0), "{:#}\n{}", outside.report, outside.talk);
        assert_eq!(outside.report["shown"], json!(["kubeProxy", "layer2"]), "{:#}", outside.report);
        assert_eq!(outside.report["here"], json!({ "place": "offNodes", "address": "172.30.0.1" }));
        let announced = &outside.report["hops"][8];
        let announcer = self.stage.announcer(self.stage.assigned("lecture", "web")).expect("a node announces it");
        assert_eq!(announced["said"], format!("by {announcer}"));

        let holder = self.stage.holder("metallb-verify");
        let output = holder.lab(&["metallb", "verify", "lecture/web", "--from", "pod"]).run().succeeds();
        holder.has_used_all(&[], &output);
        let holder = self.stage.holder("metallb-status");
        holder.lab(&["metallb", "pool", "list"]).run().succeeds();
        let output = holder.lab(&["metallb", "status"]).run().succeeds();
        holder.has_used_all(&[], &output);
        for words in ["MetalLB v0.16.2 in namespace metallb-system", "external-access"] {
            assert!(output.stdout.contains(words), "no {words:?}: {output}");
        }
        self.is_announced_by(&announcer, &output.stdout);

        // The same from a node: kube-proxy short-cuts the address there.
        let last = self.stage.cluster.spec().node_names().pop().expect("nodes");
        let words = ["svc/web", "-n", "lecture", "--from", "node,here", "--yes"];
        let node = self.verify(&From::Node(last.clone()), &words);
        assert_eq!(node.code, Some(0), "{:#}\n{}", node.report, node.talk);
        assert_eq!(node.report["shown"], json!(["kubeProxy"]), "{:#}", node.report);
        assert_eq!(node.report["here"], json!({ "place": "node", "node": last }));
        let jobs = self.stage.get(&["jobs", "-A"]);
        assert_eq!(jobs["items"], json!([]), "something stayed");
    }

    /// So says the status.
    fn is_announced_by(&self, node: &str, status: &str) {
        let web = status.lines().find(|line| line.contains(" web ")).unwrap_or_else(|| panic!("no web: {status}"));
        assert!(web.contains(&format!("172.30.0.200   lecture   {node}")), "{status}");
    }
}

#[test]
fn an_answer_says_what_it_shows() {
    Ground::with_metallb(Stage::load_balancer(), MetallbRelease::Current).is_told_what_an_answer_shows();
}

#[test]
fn what_keeps_a_service_from_an_address_is_named() {
    let ground = Ground::with_metallb(Stage::load_balancer(), MetallbRelease::Current);
    ground.metallb(&["delete", "ipaddresspool", "lecture"]);
    ground.fails("web", "pool", "there is no IPAddressPool");
    ground.pool_of("172.30.0.200/32");
    ground.works("web");

    ground.add(LoadBalancer::named("second"));
    ground.fails("second", "pool", "the pool lecture has no address for it: it is full: its one address is in use");
    ground.pool_of(POOL);
    ground.works("second");
    ground.remove("second");

    ground.patch("ipaddresspool", "lecture", &json!({ "spec": { "autoAssign": false } }));
    ground.add(LoadBalancer::named("second"));
    ground.fails("second", "pool", "its autoAssign is false");
    let others = json!({ "spec": { "autoAssign": true, "serviceAllocation": { "namespaces": ["staff"] } } });
    ground.patch("ipaddresspool", "lecture", &others);
    ground.fails("second", "pool", "its serviceAllocation is for the namespace staff");
    ground.patch("ipaddresspool", "lecture", &json!({ "spec": { "serviceAllocation": null } }));
    ground.works("second");
    ground.remove("second");

    // Each of them lost its address while the pool was for others, so which of them has the first one now is open.
    ground.works("web");
    let taken = ground.stage.assigned("lecture", "web").to_string();
    for (service, words) in [
        (
            LoadBalancer::named("asks").asking_for("172.30.0.99"),
            "it asks for 172.30.0.99 (spec.loadBalancerIP), which no pool holds",
        ),
        (LoadBalancer::named("asks").annotated("metallb.io/loadBalancerIPs", &taken), "which Service lecture/web has"),
        (
            LoadBalancer::named("asks").annotated("metallb.universe.tf/loadBalancerIPs", "hello"),
            "which is no IP address",
        ),
        (
            LoadBalancer::named("asks").annotated("metallb.io/address-pool", "lectrue"),
            "the pool lectrue (metallb.io/address-pool), which does not exist",
        ),
    ] {
        ground.add(service);
        ground.fails("asks", "pool", words);
        ground.remove("asks");
    }

    ground.add(LoadBalancer::named("other").of_class("lecture.example/other"));
    ground.fails("other", "class", "its loadBalancerClass is lecture.example/other");
    ground.fails("wbe", "service", "there is no Service wbe in namespace lecture");

    ground.metallb(&["scale", "deployment", "controller", "--replicas=0"]);
    ground.add(LoadBalancer::named("late"));
    ground.fails("late", "controller", "it is scaled to 0");
}

#[test]
fn what_keeps_an_address_from_being_announced_is_named() {
    let ground = Ground::with_metallb(Stage::load_balancer(), MetallbRelease::Current);
    let stage = &ground.stage;
    let address = stage.assigned("lecture", "web");
    ground.works("web");

    ground.metallb(&["delete", "l2advertisement", "external-access"]);
    ground.fails("web", "advertisement", "there is no L2Advertisement");
    stage.silent(address);
    ground.pool_of(POOL);
    ground.patch("l2advertisement", "external-access", &json!({ "spec": { "ipAddressPools": ["staff"] } }));
    ground.fails("web", "advertisement", "L2Advertisement external-access is for other pools");

    let selectors =
        json!({ "spec": { "ipAddressPools": ["lecture"], "nodeSelectors": [{ "matchLabels": { "role": "edge" } }] } });
    ground.patch("l2advertisement", "external-access", &selectors);
    ground.fails("web", "node", "the advertisement's nodeSelectors do not select it");
    ground.patch("l2advertisement", "external-access", &json!({ "spec": { "nodeSelectors": null } }));
    ground.works("web");

    // An interface that no node has: a node is elected, and announces nothing.
    ground.patch("l2advertisement", "external-access", &json!({ "spec": { "interfaces": ["nothere0"] } }));
    ground.add(LoadBalancer::named("second"));
    ground.fails("second", "announced", "the interfaces specified by LB IP");
    ground.remove("second");
    ground.patch("l2advertisement", "external-access", &json!({ "spec": { "interfaces": null } }));
    ground.works("web");

    for node in &NODES[1..] {
        stage.kubectl(&["label", "node", node, &format!("{EXCLUDE}=")]);
    }
    ground.fails("web", "node", "no node may announce it: shared-lb-1, shared-lb-2 and shared-lb-3 (label node.kubernetes.io/exclude-from-external-load-balancers)");
    stage.silent(address);
    for node in &NODES[1..] {
        stage.kubectl(&["label", "node", node, &format!("{EXCLUDE}-")]);
    }
    ground.works("web");
}

#[test]
fn what_is_wrong_behind_the_address_is_named() {
    let ground = Ground::with_metallb(Stage::load_balancer(), MetallbRelease::Current);
    ground.add(LoadBalancer::named("stranger").selecting("wbe"));
    ground.fails(
        "stranger",
        "endpoints",
        "its selector app=wbe matches no pod in namespace lecture; there are pods with app=web",
    );
    ground.stage.deploy(&Workload::in_namespace("lecture").with(LoadBalancer::named("away").in_namespace("elsewhere")));
    ground.fails(
        "elsewhere/away",
        "endpoints",
        "its selector app=web matches no pod in namespace elsewhere; there is no pod at all",
    );

    let on_excluded = Workload::in_namespace("lecture").replicas(1).on_node(NODES[0]);
    ground.stage.deploy(&on_excluded.with(LoadBalancer::named("web").local()));
    ground.fails("web", "node", "externalTrafficPolicy is Local, so only a node with a ready endpoint may announce it");
    ground.stage.deploy(&Workload::in_namespace("lecture").never_ready().with(LoadBalancer::named("web").local()));
    ground.fails("web", "endpoints", "none of its 2 pods is ready");
    ground.stage.deploy(&Workload::in_namespace("lecture").on_node(NODES[1]).with(LoadBalancer::named("web").local()));
    ground.works("web");

    let status = ground.stage.lab(&["metallb", "status"]).run().succeeds().stdout;
    assert!(status.contains("no: label node.kubernetes.io/"), "{status}");
    ground.is_announced_by(NODES[1], &status);
}

#[test]
fn the_old_release_is_judged_by_what_it_tells() {
    let ground = Ground::with_metallb(Stage::load_balancer(), MetallbRelease::Old);
    let said = ground.outside("web");
    assert_eq!(said.code, Some(0), "{:#}\n{}", said.report, said.talk);
    let announced = said.report["hops"][8]["said"].as_str().unwrap_or_default();
    assert!(announced.contains("as an event said"), "{:#}", said.report);
    // It does not know the new prefix, and gives any address.
    ground.add(LoadBalancer::named("asks").annotated("metallb.io/loadBalancerIPs", "172.30.0.210"));
    ground.works("asks");
    let said = ground.outside("asks");
    let warning = said.report["hops"][3]["warnings"][0].as_str().unwrap_or_default();
    assert!(
        warning.starts_with("MetalLB v0.13.12 does not know the annotation metallb.io/loadBalancerIPs"),
        "{:#}",
        said.report
    );
    ground.metallb(&["delete", "l2advertisement", "external-access"]);
    ground.fails("web", "advertisement", "there is no L2Advertisement");
}
