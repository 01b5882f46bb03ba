//! `kubectl lab strict-arp` against real kube-proxies, and against one that dies of the value.

use std::time::Duration;

use lab_cluster::kubernetes::Kubernetes;
use lab_e2e::Stage;
use serde_json::json;

/// In the modes that everybody has it is told that the value changes nothing; it is written, and nothing is restarted.
fn changes_nothing_there(stage: &Stage, mode: &str) {
    let (before, pods) = (stage.proxy_config(), stage.kube_proxies());
    let output = stage.lab(&["strict-arp", "on"]).run().succeeds();
    let told = format!("strictARP changes nothing here: kube-proxy is in {mode} mode");
    assert!(output.stderr.contains(&told), "{output}");
    assert!(output.stderr.find(&told) < output.stderr.find("done: set ipvs.strictARP"), "told too late: {output}");
    assert!(output.stdout.contains("it changes nothing there: only ipvs mode knows it"), "{output}");
    assert_eq!(stage.proxy_config(), before.replace("strictARP: false", "strictARP: true"));
    assert_eq!(stage.kube_proxies(), pods, "something was restarted");
    let again = stage.lab(&["strict-arp", "on"]).run().succeeds();
    assert!(again.stderr.contains("nothing to change"), "{again}");
    stage.lab(&["undo", "--last", "--yes"]).run().succeeds();
    assert_eq!(stage.proxy_config(), before);
    assert_eq!(stage.kube_proxies(), pods, "something was restarted");
}

#[test]
fn in_iptables_mode() {
    in_iptables_mode_by_each_kubectl(Stage::proxy());
}

pub fn in_iptables_mode_by_each_kubectl(mut stage: Stage) {
    for kubectl in Kubernetes::ALL {
        stage.call_by(kubectl);
        let status = stage.lab(&["strict-arp"]).run().succeeds();
        assert!(status.stdout.contains("strictARP is off in ConfigMap kube-system/kube-proxy"), "{status}");
        assert_eq!(status.stdout.matches("   iptables   ").count(), 2, "{status}");
        changes_nothing_there(&stage, "iptables");
    }
}

#[test]
fn in_nftables_mode() {
    let stage = Stage::proxy();
    stage.edit_proxy_config(|text| text.replace("mode: \"\"", "mode: nftables"));
    stage.restart_kube_proxy();
    let status = stage.lab(&["strict-arp", "-o", "json"]).run().succeeds().json();
    let modes: Vec<_> = status["nodes"].as_array().into_iter().flatten().map(|node| node["mode"].clone()).collect();
    assert_eq!(modes, ["nftables", "nftables"], "{status}");
    changes_nothing_there(&stage, "nftables");
}

/// Somebody has edited the mode and not restarted: our restart would be the one that switches.
#[test]
fn a_configuration_edited_to_ipvs_under_a_running_iptables_proxy() {
    let stage = Stage::proxy();
    stage.edit_proxy_config(|text| text.replace("mode: \"\"", "mode: ipvs"));
    let (before, pods) = (stage.proxy_config(), stage.kube_proxies());
    let output = stage.lab(&["strict-arp", "on", "--yes"]).run();
    assert_eq!(output.code, Some(7), "{output}");
    assert!(output.stderr.contains("kube-proxy runs in iptables mode on"), "{output}");
    assert!(output.stderr.contains("the restart that this needs would switch modes"), "{output}");
    assert!(output.stderr.contains("--allow mode-switch"), "{output}");
    assert_eq!((stage.proxy_config(), stage.kube_proxies()), (before, pods));
}

/// A restart that is asked for; what kube-proxy uses is then read from itself, as far as it lets itself be asked.
#[test]
fn what_the_running_kube_proxy_uses_is_read_from_it() {
    let stage = Stage::proxy();
    let open = |text: &str| text.replace("metricsBindAddress: \"\"", "metricsBindAddress: 0.0.0.0:10249");
    stage.edit_proxy_config(open);
    stage.restart_kube_proxy();
    let uses = |words: &[&str]| {
        let report = stage.lab(&[words, &["-o", "json"]].concat()).run().succeeds().json();
        let nodes = report["nodes"].as_array().cloned().unwrap_or_default();
        nodes.iter().map(|node| node["strictArp"].clone()).collect::<Vec<_>>()
    };
    // kube-proxy has no readiness probe: it runs a moment before it listens.
    stage.eventually("each kube-proxy says what it uses", |_| (uses(&["strict-arp"]) == [false, false]).then_some(()));
    let pods = stage.kube_proxies();
    assert_eq!(uses(&["strict-arp", "on", "--restart"]), [true, true]);
    assert!(stage.kube_proxies().iter().all(|pod| !pods.contains(pod)), "a pod was not restarted");
    let pods = stage.kube_proxies();
    assert_eq!(uses(&["strict-arp", "on", "--restart"]), [true, true]);
    assert_eq!(stage.kube_proxies(), pods, "restarted twice");
}

/// Nothing of the pods that ask kube-proxy is left; they need a moment to end.
fn no_pods_are_left(stage: &Stage) {
    let ours = ["-n", "kube-system", "-l", "kubectl-lab/run-id"];
    assert_eq!(stage.get(&[&["jobs"][..], &ours].concat())["items"], json!([]));
    stage.eventually("the pods of the Jobs are gone", |stage| {
        let pods = stage.get(&[&["pods"][..], &ours].concat());
        pods["items"].as_array().is_some_and(Vec::is_empty).then_some(())
    });
}

/// Its /configz listens on the node's loopback, as kubeadm has it: pods on the host network prove what it runs.
#[test]
fn each_kube_proxy_proves_on_its_own_node_what_it_runs() {
    let stage = Stage::proxy();
    let before = stage.proxy_config();
    let holder = stage.holder("strict-arp");
    let output = holder.lab(&["strict-arp", "on", "--restart", "-o", "json"]).run().succeeds();
    holder.has_used_all(&[], &output);
    let report = output.json();
    assert_eq!(report["configuration"]["proof"], "proven", "{report}");
    let nodes = report["nodes"].as_array().cloned().unwrap_or_default();
    let seen: Vec<_> = nodes.iter().map(|node| (node["mode"].clone(), node["strictArp"].clone())).collect();
    assert_eq!(seen, vec![(json!("iptables"), json!(true)); 2], "{report}");
    no_pods_are_left(&stage);
    let look = stage.lab(&["strict-arp", "--look"]).run().succeeds();
    assert!(look.stdout.contains("every running kube-proxy uses it (2 of 2)"), "{look}");
    no_pods_are_left(&stage);
    stage.lab(&["undo", "--last", "--yes"]).run().succeeds();
    assert_eq!(stage.proxy_config(), before);
    let look = stage.lab(&["strict-arp", "--look", "-o", "json"]).run().succeeds().json();
    assert_eq!(look["nodes"][0]["strictArp"], false, "undo did not restart it: {look}");
}

#[test]
fn control_c_removes_the_pods_that_ask() {
    let stage = Stage::proxy();
    let running = stage.lab(&["strict-arp", "--look"]).start();
    stage.eventually("the Jobs are there", |stage| {
        let jobs = stage.get(&["jobs", "-n", "kube-system", "-l", "kubectl-lab/run-id"]);
        (jobs["items"].as_array().map(Vec::len) == Some(2)).then_some(())
    });
    running.interrupt();
    let output = running.wait();
    assert_eq!(output.code, Some(130), "{output}");
    assert!(!output.stderr.contains("could not be removed"), "{output}");
    no_pods_are_left(&stage);
}

#[test]
fn what_keeps_the_pods_from_asking_is_told_at_once() {
    let stage = Stage::proxy();
    let unproven = |words: &[&str], why: &str| {
        let output = stage.lab(&[&["strict-arp", "--look"], words].concat()).run().succeeds();
        let told = format!("was not proven: the pod that was to ask it: {why}");
        assert!(output.stdout.contains(&told), "no {why:?}: {output}");
        assert!(output.took < Duration::from_secs(30), "{output}");
        no_pods_are_left(&stage);
    };
    unproven(&["--image", "no-such-image:1"], "ErrImagePull: ");
    stage.kubectl(&["label", "namespace", "kube-system", "pod-security.kubernetes.io/enforce=baseline"]);
    let violates =
        r#"its pod is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)"#;
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| unproven(&[], violates)));
    stage.kubectl(&["label", "namespace", "kube-system", "pod-security.kubernetes.io/enforce-"]);
    outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

/// The value is put back, the cause is named, and every pod is well again.
#[test]
fn a_kube_proxy_that_dies_of_the_value() {
    let stage = Stage::proxy();
    stage.edit_proxy_config(|text| text.replace("mode: \"\"", "mode: ipvs"));
    stage.stand_in_for_kube_proxy();
    let before = stage.proxy_config();
    let output = stage.lab(&["strict-arp", "on"]).run();
    assert_eq!(output.code, Some(1), "{output}");
    assert!(
        output.stderr.contains("; the old value is back: DaemonSet kube-system/kube-proxy will not get there"),
        "{output}"
    );
    assert!(output.stderr.contains("it ended with exit code 1"), "{output}");
    assert!(output.stderr.contains("its log ends with: the stand-in cannot bear strictARP"), "{output}");
    assert_eq!(stage.proxy_config(), before);
    let set = stage.get(&["daemonset", "kube-proxy", "-n", "kube-system"]);
    assert_eq!(set["status"]["numberAvailable"], 2, "{set}");
    assert_eq!(set["status"]["updatedNumberScheduled"], 2, "{set}");
    let journal = stage.lab(&["strict-arp", "status"]).run().succeeds();
    assert!(journal.stdout.contains("strictARP is off"), "{journal}");
}

/// In ipvs mode the restart is the change's settling, forwards and backwards; what could not be proven is not claimed.
#[test]
fn in_ipvs_mode_it_restarts_and_says_what_was_not_proven() {
    let stage = Stage::proxy();
    stage.edit_proxy_config(|text| text.replace("mode: \"\"", "mode: ipvs"));
    stage.stand_in_for_kube_proxy();
    // This one bears it.
    let tame = r#"[{"op":"replace","path":"/spec/template/spec/containers/0/command","value":["/bin/sh","-c","echo Using ipvs Proxier; trap 'exit 0' TERM; while :; do sleep 1; done"]}]"#;
    stage.kubectl(&["patch", "daemonset", "kube-proxy", "-n", "kube-system", "--type=json", "-p", tame]);
    stage.kube_proxy_is_up();
    let (before, pods) = (stage.proxy_config(), stage.kube_proxies());
    let output = stage.lab(&["strict-arp", "on"]).run().succeeds();
    // The stand-in answers nobody.
    let unproven =
        "which configuration the running kube-proxy uses was not proven: the pod that was to ask it: exit code 1";
    assert!(output.stdout.contains(unproven) && output.stdout.contains("Connection refused"), "{output}");
    no_pods_are_left(&stage);
    let restarted = stage.kube_proxies();
    assert!(restarted.iter().all(|pod| !pods.contains(pod)), "a pod was not restarted");
    let again = stage.lab(&["strict-arp", "on"]).run().succeeds();
    assert!(again.stderr.contains("nothing to change"), "{again}");
    stage.lab(&["undo", "--last", "--yes"]).run().succeeds();
    assert_eq!(stage.proxy_config(), before);
    assert!(stage.kube_proxies().iter().all(|pod| !restarted.contains(pod)), "undo did not restart");
}
