use std::time::Duration;

use lab_cli::api::{Answer, Api};
use lab_cli::objects::job::{self, Fate};
use lab_cli::objects::metallb::{self, By, MetalLb};
use lab_cli::run::Run;

use super::{address, alive, install, lab, stage, writes};

const POOLS: &str = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools";
const ADVERTISEMENTS: &str = "/apis/metallb.io/v1beta1/namespaces/metallb-system/l2advertisements";

/// MetalLB without any pool.
fn bare() -> Api {
    alive(MetalLb::default().objects())
}

#[test]
fn the_list_shows_what_is_used_and_who_announces_it() {
    let api = stage(&MetalLb::default());
    api.change(|store| store.put(metallb::pool("reserved", &["10.0.0.0/30"])));
    insta::assert_snapshot!(lab(&api, &["pool", "list"]), @r"
    $ kubectl-lab-metallb pool list
    -- stdout
    NAME       ADDRESSES                   USED   FREE   AUTO   ADVERTISED-BY
    lecture    172.30.0.200-172.30.0.220   1      20     true   external-access
    reserved   10.0.0.0/30                 0      4      true   <none>
    -- exit code 0
    ");
    insta::assert_snapshot!(lab(&api, &["pool", "list", "-o", "wide"]).stdout, @r"
    NAME       ADDRESSES                   USED   FREE   AUTO   ADVERTISED-BY     SERVICES
    lecture    172.30.0.200-172.30.0.220   1      20     true   external-access   default/web
    reserved   10.0.0.0/30                 0      4      true   <none>            <none>
    ");
    let report = lab(&api, &["pool", "list", "-o", "json"]).succeeds().json();
    assert_eq!(report["kind"], "MetalLBPoolListReport");
    assert_eq!(report["pools"][0]["ipv4"], serde_json::json!({ "used": 1, "free": 20 }));
    assert_eq!(report["pools"][0]["services"], serde_json::json!(["default/web"]));
}

#[test]
fn a_list_of_nothing_says_why() {
    let api = bare();
    insta::assert_snapshot!(lab(&api, &["pool", "list"]).succeeds().stdout, @"MetalLB has no pool; see what is free with: kubectl lab metallb pool propose");
    insta::assert_snapshot!(lab(&alive([]), &["pool", "list"]).succeeds().stdout, @"MetalLB is not installed; install it with: kubectl lab metallb install");
}

#[test]
fn a_proposal_can_be_copied() {
    let api = bare();
    insta::assert_snapshot!(lab(&api, &["pool", "propose", "--subnet", "172.30.0.0/24"]), @r"
    $ kubectl-lab-metallb pool propose --subnet 172.30.0.0/24
    -- stdout
    172.30.0.234-172.30.0.253
      20 addresses near the top end of 172.30.0.0/24, the nodes' network (given by --subnet)
      clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4)
      the gateway is unknown; the first and the last address, where it usually is, are left out
      above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.234
      kubectl lab metallb pool add lecture 172.30.0.234-172.30.0.253
    172.30.0.214-172.30.0.233
      20 addresses near the top end of 172.30.0.0/24, the nodes' network (given by --subnet)
      clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4)
      the gateway is unknown; the first and the last address, where it usually is, are left out
      above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.214
      kubectl lab metallb pool add lecture 172.30.0.214-172.30.0.233
    172.30.0.80-172.30.0.99
      20 addresses in the lower half of 172.30.0.0/24, the nodes' network (given by --subnet)
      clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4)
      the gateway is unknown; the first and the last address, where it usually is, are left out
      below .100, for networks whose DHCP server gives out the upper half, as those of VirtualBox and VMware do
      kubectl lab metallb pool add lecture 172.30.0.80-172.30.0.99
    -- exit code 0
    ");
    let beside = lab(&stage(&MetalLb::default()), &["pool", "propose"]).succeeds();
    assert!(beside.stdout.contains("the smallest that holds the nodes and pool lecture"), "{beside}");
    assert!(beside.stdout.contains("kubectl lab metallb pool add lecture-2 "), "{beside}");
}

/// MetalLB without any pool, where the pod that looks at the nodes' network fares so.
fn seen_by_a_pod(fate: Fate) -> Api {
    let api = bare();
    api.controller(move |store| job::live(store, |_| fate.clone()));
    api
}

/// What busybox says on a node.
fn of_a_node() -> Fate {
    let lines =
        "2: eth0    inet 172.30.0.2/24 brd 172.30.0.255 scope global eth0\ndefault via 172.30.0.1 dev eth0 metric 100";
    Fate::Writes(format!("{lines}\n\nkubectl-lab-done\n"))
}

#[test]
fn a_network_that_nothing_tells_is_looked_at_by_a_pod_that_goes_again() {
    let api = seen_by_a_pod(of_a_node());
    insta::assert_snapshot!(lab(&api, &["pool", "propose"]), @r"
    $ kubectl-lab-metallb pool propose
    -- stdout
    172.30.0.235-172.30.0.254
      20 addresses at the top end of 172.30.0.0/24, the nodes' network (seen on node lab-1)
      clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4) and the gateway (172.30.0.1)
      above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.235
      kubectl lab metallb pool add lecture 172.30.0.235-172.30.0.254
    172.30.0.215-172.30.0.234
      20 addresses near the top end of 172.30.0.0/24, the nodes' network (seen on node lab-1)
      clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4) and the gateway (172.30.0.1)
      above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.215
      kubectl lab metallb pool add lecture 172.30.0.215-172.30.0.234
    172.30.0.80-172.30.0.99
      20 addresses in the lower half of 172.30.0.0/24, the nodes' network (seen on node lab-1)
      clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4) and the gateway (172.30.0.1)
      below .100, for networks whose DHCP server gives out the upper half, as those of VirtualBox and VMware do
      kubectl lab metallb pool add lecture 172.30.0.80-172.30.0.99
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. look at the network of lab-1 (a short pod on the host network)
         why: nothing else tells which network the nodes are on, and which addresses of it are the gateway's; --subnet CIDR tells it without a pod
         for this run only: removed when it ends
         if that fails: go on without
      then: see what the network is
    for this run only: look at the network of lab-1 (a short pod on the host network)
    -- exit code 0
    ");
    assert_eq!(api.change(|store| store.all("jobs.batch").len()), 0);
    let mut terminal = Run::verb("metallb").against(&api).args(["pool", "propose"]).in_terminal();
    terminal.expect("look at the network of lab-1 (a short pod on the host network)");
    terminal.expect("Do this?");
    terminal.types("n\r");
    assert_eq!(terminal.wait().code, Some(7));
    let shown = lab(&api, &["pool", "propose", "--dry-run=client"]).succeeds();
    assert!(shown.stderr.contains("dry run: nothing was changed"), "{shown}");
}

#[test]
fn a_network_that_no_pod_can_look_at_stays_unknown() {
    let api = seen_by_a_pod(Fate::Forbidden("violates PodSecurity \"baseline:latest\""));
    let output = lab(&api, &["pool", "propose"]);
    assert_eq!(output.code, Some(1), "{output}");
    let (_, told) = output.stderr.split_once("error: ").unwrap();
    insta::assert_snapshot!(told, @r#"
    no IPv4 range can be proposed: the nodes' network is unknown (no pod could look at it on node lab-1: its pod is forbidden: violates PodSecurity "baseline:latest")
    hint: tell it with: --subnet CIDR
    "#);
    let api = bare();
    api.deny("create", "jobs.batch", None);
    let output = lab(&api, &["pool", "propose"]);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(
        output.stderr.contains("no pod could look at it on node lab-1: missing right: create jobs.batch"),
        "{output}"
    );
    assert_eq!(writes(&api), [""; 0]);
}

#[test]
fn pools_suggest_a_network_unless_a_look_is_asked_for() {
    let api = stage(&MetalLb::default());
    api.controller(|store| job::live(store, |_| of_a_node()));
    let guessed = lab(&api, &["pool", "propose"]).succeeds();
    assert!(guessed.stdout.contains("the smallest that holds the nodes and pool lecture"), "{guessed}");
    assert_eq!(writes(&api), [""; 0]);
    let seen = lab(&api, &["pool", "propose", "--look-at-nodes"]).succeeds();
    assert!(seen.stdout.contains("172.30.0.0/24, the nodes' network (seen on node lab-1)"), "{seen}");
}

#[test]
fn a_pool_is_held_against_the_network_that_a_pod_sees() {
    let api = seen_by_a_pod(of_a_node());
    let unlooked = lab(&api, &["pool", "add", "far", "10.9.0.0/29", "--dry-run=client"]).succeeds();
    let unknown = "the nodes' IPv4 network is unknown";
    assert!(unlooked.stderr.contains(unknown) && !unlooked.stderr.contains("look at the network"), "{unlooked}");
    let output = lab(&api, &["pool", "add", "far", "10.9.0.0/29", "--look-at-nodes"]);
    assert_eq!(output.code, Some(7), "{output}");
    let refused = "10.9.0.0/29 is not on the nodes' network, 172.30.0.0/24 (seen on node lab-1)";
    assert!(output.stderr.contains(refused), "{output}");
    assert_eq!(api.seen().writes().only(|request| request.path.starts_with(POOLS)).count(), 0);
    let fine = lab(&api, &["pool", "add", "lecture", "172.30.0.200/29", "--look-at-nodes"]).succeeds();
    let (before, after) = fine.stderr.split_once("for this run only: look at the network").unwrap();
    assert!(before.contains(unknown) && !after.contains(unknown), "{fine}");
    assert_eq!(api.seen().writes().only(|request| request.path.starts_with(POOLS)).count(), 1);
}

#[test]
fn a_pool_is_added_with_what_announces_it_and_only_once() {
    let api = bare();
    let output = lab(&api, &["pool", "add", "lecture", "172.30.0.200-172.30.0.220", "--subnet", "172.30.0.0/24"]);
    insta::assert_snapshot!(output, @r"
    $ kubectl-lab-metallb pool add lecture 172.30.0.200-172.30.0.220 --subnet 172.30.0.0/24
    -- stdout
    NAME      ADDRESSES                   USED   FREE   AUTO   ADVERTISED-BY
    lecture   172.30.0.200-172.30.0.220   0      21     true   external-access
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. create IPAddressPool lecture with 172.30.0.200-172.30.0.220, and L2Advertisement external-access that announces it
         why: MetalLB hands out only addresses of a pool, and announces only what an advertisement covers
      then: look whether MetalLB has it
    done: create IPAddressPool lecture with 172.30.0.200-172.30.0.220, and L2Advertisement external-access that announces it
    note: L2Advertisement external-access announces it
    -- exit code 0
    ");
    let made = [format!("POST {POOLS}"), format!("POST {ADVERTISEMENTS}")];
    assert_eq!(writes(&api), made);
    let pool = api.get("ipaddresspools.metallb.io", "metallb-system/lecture").unwrap();
    assert_eq!(pool["metadata"]["labels"]["kubectl-lab/part-of"], "metallb");
    let again = lab(&api, &["pool", "add", "lecture", "172.30.0.200-172.30.0.220"]).succeeds();
    assert!(again.stderr.contains("nothing to change"), "{again}");
    assert_eq!(writes(&api), made);
}

#[test]
fn a_webhook_that_is_not_up_yet_is_waited_for() {
    let api = bare();
    let why = "failed calling webhook \"ipaddresspoolvalidationwebhook.metallb.io\": connect: connection refused";
    api.on(&format!("create {POOLS}?dryRun=All")).first(2).answer(Answer::internal_error(why));
    let output = lab(&api, &["pool", "add", "lecture", "172.30.0.200-172.30.0.220"]).succeeds();
    assert!(output.stderr.contains("the webhook is not up yet"), "{output}");
    assert_eq!(writes(&api).len(), 2);
}

#[test]
fn what_the_webhook_says_no_to_is_not_tried_again() {
    let api = bare();
    let why = "admission webhook \"ipaddresspoolvalidationwebhook.metallb.io\" denied the request: CIDR overlaps";
    api.on(&format!("create {POOLS}?dryRun=All")).nth(1).answer(Answer::status(403, "Forbidden", why));
    let output = lab(&api, &["pool", "add", "lecture", "172.30.0.200-172.30.0.220"]);
    assert!(output.code != Some(0) && output.stderr.contains("denied the request: CIDR overlaps"), "{output}");
    assert_eq!(writes(&api), [""; 0]);
}

#[test]
fn what_cannot_be_a_pool_here_is_refused_before_anything_is_written() {
    let api = stage(&MetalLb::default());
    for (words, code, said) in [
        (
            &["lecture", "172.30.0.192/28"][..],
            7,
            "IPAddressPool lecture exists with other addresses: 172.30.0.200-172.30.0.220",
        ),
        (&["nodes", "172.30.0.0/28"], 7, "172.30.0.2"),
        (&["twice", "172.30.0.210"], 7, "lecture"),
        (&["far", "10.9.0.0/28", "--subnet", "172.30.0.0/24"], 7, "--allow off-subnet"),
        (&["odd", "172.30.0.230-172.30.0.225"], 2, "172.30.0.225"),
        (&["Odd", "172.30.0.230"], 2, "small letters"),
    ] {
        let output = lab(&api, &[&["pool", "add"], words].concat());
        assert_eq!(output.code, Some(code), "{output}");
        assert!(output.stderr.contains(said), "no {said:?}: {output}");
    }
    assert_eq!(writes(&api), [""; 0]);
    let output = lab(&alive([]), &["pool", "add", "lecture", "172.30.0.200/29"]);
    assert!(
        output.code == Some(1)
            && output.stderr.contains("kubectl lab metallb install --pool-name lecture --pool 172.30.0.200/29"),
        "{output}"
    );
}

#[test]
fn a_pool_is_removed_and_its_address_taken_back() {
    let api = stage(&MetalLb::default());
    assert_eq!(address(&api, "default/web"), (Some("172.30.0.200".into()), 1));
    let unasked = lab(&api, &["pool", "remove", "lecture"]);
    insta::assert_snapshot!(unasked, @r"
    $ kubectl-lab-metallb pool remove lecture
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. remove IPAddressPool lecture (172.30.0.200-172.30.0.220), and L2Advertisement external-access, which announces nothing else
         why: asked for; these Services lose their address: default/web (172.30.0.200)
         cannot be undone: kubectl lab metallb pool add lecture 172.30.0.200-172.30.0.220 makes it anew; Services may get other addresses then
      then: look whether the Services have lost its addresses
    error: nobody can be asked here whether to remove IPAddressPool lecture (172.30.0.200-172.30.0.220), and L2Advertisement external-access, which announces nothing else
    hint: say so beforehand with --yes
    -- exit code 7
    ");
    assert_eq!(writes(&api), [""; 0]);
    insta::assert_snapshot!(lab(&api, &["pool", "remove", "lecture", "--yes"]), @r"
    $ kubectl-lab-metallb pool remove lecture --yes
    -- stdout
    IPAddressPool lecture is gone, and no Service has an address of it
    Services without an address: default/web
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. remove IPAddressPool lecture (172.30.0.200-172.30.0.220), and L2Advertisement external-access, which announces nothing else
         why: asked for; these Services lose their address: default/web (172.30.0.200)
         cannot be undone: kubectl lab metallb pool add lecture 172.30.0.200-172.30.0.220 makes it anew; Services may get other addresses then
      then: look whether the Services have lost its addresses
    done: remove IPAddressPool lecture (172.30.0.200-172.30.0.220), and L2Advertisement external-access, which announces nothing else
    -- exit code 0
    ");
    assert_eq!(writes(&api), [format!("DELETE {POOLS}/lecture"), format!("DELETE {ADVERTISEMENTS}/external-access")]);
    assert_eq!(address(&api, "default/web"), (None, 0));
    let again = lab(&api, &["pool", "remove", "lecture", "--yes"]).succeeds();
    assert!(again.stderr.contains("there is no IPAddressPool lecture, and no other"), "{again}");
}

#[test]
fn the_diff_shows_what_is_lost() {
    let api = stage(&MetalLb::default());
    let output = lab(&api, &["pool", "remove", "lecture", "--dry-run=client", "--diff"]).succeeds();
    for line in ["--- IPAddressPool metallb-system/lecture (live)", "-  addresses:", "-  ipAddressPools:"] {
        assert!(output.stderr.contains(line), "no {line:?}: {output}");
    }
    assert_eq!(writes(&api), [""; 0]);
}

#[test]
fn on_a_terminal_it_asks() {
    let api = stage(&MetalLb::default());
    let mut terminal = Run::verb("metallb").against(&api).args(["pool", "remove", "lecture"]).in_terminal();
    terminal.expect("these Services lose their address: default/web (172.30.0.200)");
    terminal.expect("Do this?");
    terminal.types("n\r");
    assert_eq!(terminal.wait().code, Some(7));
    assert_eq!(writes(&api), [""; 0]);
}

#[test]
fn a_service_may_get_an_address_of_another_pool() {
    let metallb = MetalLb::default();
    let api = stage(&metallb);
    api.change(|store| store.put(metallb.pool("more", &["172.30.0.230/31"])));
    let output = lab(&api, &["pool", "remove", "lecture", "--yes"]).succeeds();
    assert_eq!(address(&api, "default/web"), (Some("172.30.0.230".into()), 1));
    assert!(output.stdout.contains("IPAddressPool lecture is gone, and no Service has an address of it"), "{output}");
}

#[test]
fn an_old_controller_is_restarted_because_it_keeps_what_is_in_use() {
    let api = stage(&MetalLb::version("v0.13.12"));
    let output = lab(&api, &["pool", "remove", "lecture", "--yes"]).succeeds();
    assert!(output.stderr.contains("then: restart Deployment metallb-system/controller"), "{output}");
    assert_eq!(address(&api, "default/web"), (None, 0));
    assert_eq!(
        writes(&api),
        [
            format!("DELETE {POOLS}/lecture"),
            format!("DELETE {ADVERTISEMENTS}/external-access"),
            "PATCH /apis/apps/v1/namespaces/metallb-system/deployments/controller".into()
        ]
    );
}

#[test]
fn what_is_not_ours_or_cannot_be_taken_back_stays() {
    for (metallb, code, words) in [
        (MetalLb { by: By::Kubectl, ..MetalLb::default() }, 7, "--allow foreign-pool"),
        (
            MetalLb { replicas: 0, ..MetalLb::default() },
            1,
            "Deployment metallb-system/controller is scaled to 0, and nothing else takes the addresses back from default/web",
        ),
    ] {
        let api = alive([]);
        api.change(|store| {
            store.put_all(metallb.objects());
            store.put_all([metallb.pool("lecture", &["172.30.0.200/29"])]);
            let mut web = metallb::balanced("default", "web");
            web["metadata"]["annotations"]["metallb.io/ip-allocated-from-pool"] = "lecture".into();
            web["status"]["loadBalancer"]["ingress"] = serde_json::json!([{ "ip": "172.30.0.200" }]);
            store.put(web);
        });
        let output = lab(&api, &["pool", "remove", "lecture", "--yes"]);
        assert_eq!(output.code, Some(code), "{output}");
        assert!(output.stderr.contains(words), "no {words:?}: {output}");
        assert_eq!(writes(&api), [""; 0]);
    }
    let api = stage(&MetalLb { by: By::Kubectl, ..MetalLb::default() });
    lab(&api, &["pool", "remove", "lecture", "--yes", "--allow", "foreign-pool"]).succeeds();
    assert_eq!(writes(&api), [format!("DELETE {POOLS}/lecture")], "the advertisement is not ours");
}

#[test]
fn a_missing_right_is_found_before_the_first_write() {
    let api = stage(&MetalLb::default());
    api.deny("delete", "l2advertisements.metallb.io", Some("metallb-system"));
    let output = lab(&api, &["pool", "remove", "lecture", "--yes"]);
    assert_eq!(output.code, Some(5), "{output}");
    assert!(output.stderr.contains("delete l2advertisements.metallb.io in namespace metallb-system"), "{output}");
    assert_eq!(writes(&api), [""; 0]);
}

/// The second deletion fails, and the next run goes on where the first ended.
#[test]
fn a_removal_that_died_is_finished_by_the_next() {
    let api = stage(&MetalLb::default());
    api.on(&format!("delete {ADVERTISEMENTS}/*")).nth(1).answer(Answer::Drop);
    let died = lab(&api, &["pool", "remove", "lecture", "--yes"]);
    assert_eq!(died.code, Some(6), "{died}");
    let output = lab(&api, &["pool", "remove", "lecture", "--yes"]).succeeds();
    assert!(output.stderr.contains("remove L2Advertisement external-access, which announces nothing else"), "{output}");
    assert_eq!(address(&api, "default/web"), (None, 0));
}

/// The Enter behind one answer chooses nothing in the next question.
#[test]
fn addresses_that_are_proposed_are_chosen_by_whoever_is_asked() {
    let api = seen_by_a_pod(of_a_node());
    let mut terminal = install(&api, &[]).in_terminal();
    terminal.expect("Do this? [y/N]");
    terminal.types("y\r");
    terminal.expect("Which addresses may MetalLB hand out?");
    std::thread::sleep(Duration::from_millis(500));
    let asked = terminal.shown();
    assert!(!asked.contains("create IPAddressPool"), "it was not waited for:\n{asked}");
    let reasons = "  172.30.0.215-172.30.0.234\n     20 addresses near the top end of 172.30.0.0/24";
    assert!(asked.contains(reasons), "{asked}");
    terminal.types("\u{1b}[B\r");
    terminal.expect("create IPAddressPool lecture with 172.30.0.215-172.30.0.234");
    terminal.types("n\r");
    assert_eq!(terminal.wait().code, Some(7));
}
