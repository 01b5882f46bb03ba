use lab_cli::api::clock;
use lab_cli::objects::event;
use lab_cli::objects::metallb::{self, By, MetalLb};
use serde_json::json;

use super::{alive, lab, stage};

#[test]
fn everything_at_a_glance() {
    let api = stage(&MetalLb::default());
    insta::assert_snapshot!(lab(&api, &["status"]), @r"
    $ kubectl-lab-metallb status
    -- stdout
    MetalLB v0.16.2 in namespace metallb-system, installed by kubectl lab; controller 1/1 ready, speakers 3/3 ready

    NAME      ADDRESSES                   USED   FREE   AUTO   ADVERTISED-BY
    lecture   172.30.0.200-172.30.0.220   1      20     true   external-access

    NODE    SPEAKER         ANNOUNCES
    lab-1   speaker-lab-1   yes
    lab-2   speaker-lab-2   yes
    lab-3   speaker-lab-3   yes

    NAMESPACE   NAME   ADDRESS        POOL      ANNOUNCED-BY   PORTS          WARNING
    default     web    172.30.0.200   lecture   lab-1          80:31080/TCP   no pod stands behind it
    -- exit code 0
    ");
    assert_eq!(api.seen().writes().count(), 0);
}

#[test]
fn wide_has_more_columns() {
    let api = stage(&MetalLb { by: By::Helm, ..MetalLb::default() });
    let output = lab(&api, &["status", "-o", "wide"]).succeeds();
    assert!(output.stdout.contains("POLICY    READY   CLASS    AGE"), "{output}");
    assert!(output.stdout.contains("installed by Helm (release lb)"), "{output}");
}

#[test]
fn one_namespace_or_some_labels_or_all() {
    let api = stage(&MetalLb::default());
    api.change(|store| {
        let mut other = metallb::balanced("lecture", "api");
        other["metadata"]["labels"] = json!({ "tier": "edge" });
        store.put(other);
    });
    let names = |words: &[&str]| {
        let report = lab(&api, &[&["status", "-o", "json"], words].concat()).succeeds().json();
        let services = report["services"].as_array().unwrap().clone();
        let names: Vec<String> = services.iter().map(|service| service["name"].as_str().unwrap().to_owned()).collect();
        names.join(" ")
    };
    assert_eq!(names(&[]), "web api");
    assert_eq!(names(&["-A", "-n", "lecture"]), "web api");
    assert_eq!(names(&["-n", "lecture"]), "api");
    assert_eq!(names(&["-l", "tier=edge"]), "api");
    assert_eq!(names(&["-n", "default", "-l", "tier=edge"]), "");
    let output = lab(&api, &["status", "-n", "nowhere"]).succeeds();
    assert!(output.stdout.contains("no such Service of type LoadBalancer"), "{output}");
    // The pool is as full as it is, whatever is shown.
    assert!(output.stdout.contains("2      19     true"), "{output}");
}

#[test]
fn what_is_wrong_is_said_beside_it() {
    let api = stage(&MetalLb::default());
    api.change(|store| {
        store.put(metallb::pool("spare", &["10.0.0.0/30"]));
        store.put(json!({
            "apiVersion": "metallb.io/v1beta1", "kind": "ConfigurationState",
            "metadata": { "name": "speaker-lab-1", "namespace": metallb::NAMESPACE },
            "status": { "result": "Invalid", "errorSummary": "peer \u{1b}[31mlecture has no myASN" },
        }));
        let mut asks = metallb::balanced("lecture", "asks");
        asks["spec"]["loadBalancerClass"] = json!("lecture.example/other");
        asks["metadata"]["creationTimestamp"] = json!(clock::ago(90));
        let asks = store.put(asks);
        store.put(event::warning(&asks, "AllocationFailed", "no available IPs", "metallb-controller"));
    });
    insta::assert_snapshot!(lab(&api, &["status"]).succeeds().stdout, @r"
    MetalLB v0.16.2 in namespace metallb-system, installed by kubectl lab; controller 1/1 ready, speakers 3/3 ready

    NAME      ADDRESSES                   USED   FREE   AUTO   ADVERTISED-BY
    lecture   172.30.0.200-172.30.0.220   1      20     true   external-access
    spare     10.0.0.0/30                 0      4      true   <none>

    NODE    SPEAKER         ANNOUNCES
    lab-1   speaker-lab-1   yes
    lab-2   speaker-lab-2   yes
    lab-3   speaker-lab-3   yes

    NAMESPACE   NAME   ADDRESS        POOL      ANNOUNCED-BY   PORTS          WARNING
    default     web    172.30.0.200   lecture   lab-1          80:31080/TCP   no pod stands behind it
    lecture     asks   <pending>      <none>    <none>         80:31080/TCP   its loadBalancerClass is lecture.example/other, and MetalLB serves those without a class here

    warning: MetalLB cannot use its configuration (speaker-lab-1): peer \u{1b}[31mlecture has no myASN
    warning: no advertisement covers the pool spare, so no node announces its addresses; make one with: kubectl lab metallb pool add spare 10.0.0.0/30
    ");
}

#[test]
fn an_old_release_is_shown_as_far_as_it_tells() {
    let api = stage(&MetalLb::version("v0.13.12"));
    let output = lab(&api, &["status"]).succeeds();
    assert!(output.stdout.starts_with("MetalLB v0.13.12 in namespace metallb-system"), "{output}");
    assert!(output.stdout.contains("172.30.0.200   lecture   <none>"), "{output}");
}

#[test]
fn without_metallb_it_is_no_failure() {
    insta::assert_snapshot!(lab(&alive([]), &["status"]), @r"
    $ kubectl-lab-metallb status
    -- stdout
    MetalLB is not installed; install it with: kubectl lab metallb install
    -- exit code 0
    ");
}

#[test]
fn who_may_not_see_pools_learns_which_right_is_missing() {
    let api = stage(&MetalLb::default());
    api.deny("list", "ipaddresspools.metallb.io", None);
    let output = lab(&api, &["status"]);
    assert_eq!(output.code, Some(5), "{output}");
    assert!(output.stderr.contains("missing right: list ipaddresspools.metallb.io (cluster-wide)"), "{output}");
}

/// A plan is what they never have.
#[test]
fn what_only_reads_has_no_flag_of_a_plan() {
    let api = stage(&MetalLb::default());
    for words in [&["status"][..], &["pool", "list"]] {
        let help = lab(&api, &[words, &["--help"]].concat()).succeeds().stdout;
        for flag in ["--yes", "--dry-run", "--diff", "--allow"] {
            assert!(!help.contains(flag), "{flag}: {help}");
            let given = if flag == "--dry-run" { "--dry-run=client" } else { flag };
            let output = lab(&api, &[words, &[given]].concat());
            assert_eq!(output.code, Some(2), "{output}");
            assert!(output.stderr.contains(&format!("unexpected argument '{flag}' found")), "{output}");
        }
        assert!(help.contains("--output") && help.contains("--timeout"), "{help}");
    }
}
