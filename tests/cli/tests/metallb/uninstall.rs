use std::time::Duration;

use lab_cli::api::{Answer, Api};
use lab_cli::objects::metallb::{self, By, MetalLb};
use lab_cli::run::{Output, Run};
use serde_json::{Value, json};

use super::{RANGE, address, alive, everything, lab, stage, writes};

fn uninstall(api: &Api, words: &[&str]) -> Output {
    lab(api, &[&["uninstall"], words].concat())
}

/// The cluster as it was before MetalLB, the Service that waits for an address included.
fn before() -> Vec<String> {
    everything(&alive([metallb::balanced("default", "web")]))
}

fn deleted(api: &Api) -> Vec<String> {
    let last = |line: String| {
        line.rsplit_once('/').map(|(path, name)| {
            let kind = path.rsplit('/').next().unwrap_or_default().to_owned();
            format!("{kind} {name}")
        })
    };
    writes(api).into_iter().filter(|line| line.starts_with("DELETE ")).filter_map(last).collect()
}

/// Something of others' in MetalLB's namespace.
fn notes() -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "notes", "namespace": metallb::NAMESPACE } })
}

#[test]
fn all_of_it_goes_in_order_and_nothing_is_left() {
    let api = stage(&MetalLb::default());
    assert_eq!(address(&api, "default/web"), (Some("172.30.0.200".into()), 1));
    insta::assert_snapshot!(uninstall(&api, &["--yes"]), @r"
    $ kubectl-lab-metallb uninstall --yes
    -- stdout
    MetalLB is gone: nothing of it is left in the cluster
    Services without an address: default/web
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. remove IPAddressPool lecture (172.30.0.200-172.30.0.220), L2Advertisement external-access
         why: asked for; these Services lose their address: default/web (172.30.0.200)
         cannot be undone: kubectl lab metallb install --version v0.16.2 --pool 172.30.0.200-172.30.0.220 --pool-name lecture --advertisement external-access brings it again; Services may get other addresses then
      then: look whether the Services have lost their addresses
      may follow: clear the addresses of these Services, if MetalLB's controller is not there to do it
      may follow: remove ValidatingWebhookConfiguration metallb-webhook-configuration
      may follow: remove the 9 kinds of metallb.io (bfdprofiles, bgpadvertisements, bgppeers, communities, configurationstates, ipaddresspools, l2advertisements, servicebgpstatuses, servicel2statuses)
      may follow: remove DaemonSet metallb-system/speaker, Deployment metallb-system/controller, and 13 more objects (accounts, rights, configuration)
      may follow: remove Namespace metallb-system
    done: remove IPAddressPool lecture (172.30.0.200-172.30.0.220), L2Advertisement external-access
    done: remove ValidatingWebhookConfiguration metallb-webhook-configuration
    done: remove the 9 kinds of metallb.io (bfdprofiles, bgpadvertisements, bgppeers, communities, configurationstates, ipaddresspools, l2advertisements, servicebgpstatuses, servicel2statuses)
    done: remove DaemonSet metallb-system/speaker, Deployment metallb-system/controller, and 13 more objects (accounts, rights, configuration)
    done: remove Namespace metallb-system
    -- exit code 0
    ");
    assert_eq!(everything(&api), before());
    assert_eq!(address(&api, "default/web"), (None, 0));
    insta::assert_snapshot!(deleted(&api).join("\n"), @r"
    ipaddresspools lecture
    l2advertisements external-access
    validatingwebhookconfigurations metallb-webhook-configuration
    customresourcedefinitions bfdprofiles.metallb.io
    customresourcedefinitions bgpadvertisements.metallb.io
    customresourcedefinitions bgppeers.metallb.io
    customresourcedefinitions communities.metallb.io
    customresourcedefinitions configurationstates.metallb.io
    customresourcedefinitions ipaddresspools.metallb.io
    customresourcedefinitions l2advertisements.metallb.io
    customresourcedefinitions servicebgpstatuses.metallb.io
    customresourcedefinitions servicel2statuses.metallb.io
    daemonsets speaker
    deployments controller
    services metallb-webhook-service
    secrets metallb-webhook-cert
    configmaps metallb-excludel2
    rolebindings pod-lister
    rolebindings controller
    roles pod-lister
    roles controller
    clusterrolebindings metallb-system:speaker
    clusterrolebindings metallb-system:controller
    clusterroles metallb-system:speaker
    clusterroles metallb-system:controller
    serviceaccounts speaker
    serviceaccounts controller
    namespaces metallb-system
    ");
    let writes = writes(&api).len();
    let again = uninstall(&api, &["--yes"]).succeeds();
    insta::assert_snapshot!(again, @r"
    $ kubectl-lab-metallb uninstall --yes
    -- stdout
    MetalLB is not installed: nothing of it is left in the cluster
    Services without an address: default/web
    -- stderr
    nothing to change
    -- exit code 0
    ");
    assert_eq!(super::writes(&api).len(), writes);
}

#[test]
fn without_an_answer_nothing_goes() {
    let api = stage(&MetalLb::default());
    let output = uninstall(&api, &[]);
    assert_eq!(output.code, Some(7), "{output}");
    assert!(output.stderr.contains("hint: say so beforehand with --yes"), "{output}");
    assert_eq!(writes(&api), [""; 0]);
    let mut terminal = Run::verb("metallb").against(&api).args(["uninstall"]).in_terminal();
    terminal.expect("these Services lose their address: default/web (172.30.0.200)");
    terminal.expect("Do this?");
    terminal.types("n\r");
    assert_eq!(terminal.wait().code, Some(7));
    assert_eq!(writes(&api), [""; 0]);
}

#[test]
fn a_dry_run_shows_what_would_go() {
    let api = stage(&MetalLb::default());
    let output = uninstall(&api, &["--dry-run=server", "-o", "json"]).succeeds();
    let report = output.json();
    assert_eq!(report["kind"], "MetalLBUninstallReport");
    assert_eq!((&report["gone"], &report["withAddress"]), (&json!(false), &json!(["default/web"])));
    assert_eq!(report["plan"]["steps"][0]["destructive"], json!(true));
    assert_eq!(report["left"].as_array().map(Vec::len), Some(28));
    assert_eq!(writes(&api), [""; 0]);
}

#[test]
fn a_pool_of_somebody_else_is_named_and_nothing_goes() {
    let api = stage(&MetalLb::default());
    api.change(|store| store.put(metallb::pool("production", &["10.0.0.0/29"])));
    let output = uninstall(&api, &["--yes"]);
    insta::assert_snapshot!(output, @r"
    $ kubectl-lab-metallb uninstall --yes
    -- stderr
    error: IPAddressPool metallb-system/production (10.0.0.0/29) was not made by this command
    hint: look at it with: kubectl get ipaddresspool production -n metallb-system -o yaml
    hint: to go ahead all the same, add --allow cascade
    -- exit code 7
    ");
    assert_eq!(writes(&api), [""; 0]);
    uninstall(&api, &["--yes", "--allow", "cascade"]).succeeds();
    assert_eq!(everything(&api), before());
}

#[test]
fn what_others_put_into_its_namespace_or_made_of_its_kinds_is_named() {
    let api = stage(&MetalLb::default());
    let peer = json!({
        "apiVersion": "metallb.io/v1beta2", "kind": "BGPPeer", "metadata": { "name": "router", "namespace": metallb::NAMESPACE },
    });
    api.change(|store| store.put_all([notes(), peer]));
    let output = uninstall(&api, &["--yes"]);
    assert_eq!(output.code, Some(7), "{output}");
    for words in ["BGPPeer metallb-system/router", "ConfigMap metallb-system/notes", "--allow cascade"] {
        assert!(output.stderr.contains(words), "no {words:?}: {output}");
    }
    assert_eq!(output.stderr.matches("BGPPeer metallb-system/router").count(), 1, "{output}");
    assert_eq!(writes(&api), [""; 0]);
}

/// The look before the first removal is not the last one.
#[test]
fn what_appears_meanwhile_is_seen_before_the_namespace_goes() {
    let api = stage(&MetalLb::default());
    api.after("delete /apis/apps/v1/namespaces/metallb-system/deployments/controller").nth(1).then(|store, _| {
        store.put(notes());
    });
    let output = uninstall(&api, &["--yes"]);
    assert_eq!(output.code, Some(7), "{output}");
    assert!(output.stderr.contains("ConfigMap metallb-system/notes"), "{output}");
    assert!(api.get("configmaps", "metallb-system/notes").is_some());
    api.change(|store| store.remove("configmaps", "metallb-system/notes"));
    uninstall(&api, &["--yes"]).succeeds();
    assert_eq!(everything(&api), before());
}

#[test]
fn what_somebody_makes_of_a_kind_meanwhile_is_seen_before_the_kind_goes() {
    let api = stage(&MetalLb::default());
    let peer = json!({
        "apiVersion": "metallb.io/v1beta2", "kind": "BGPPeer", "metadata": { "name": "router", "namespace": metallb::NAMESPACE },
    });
    api.after("delete /apis/metallb.io/**").nth(1).then(move |store, _| {
        store.put(peer.clone());
    });
    let output = uninstall(&api, &["--yes"]);
    assert_eq!(output.code, Some(7), "{output}");
    assert!(output.stderr.contains("others' objects: BGPPeer metallb-system/router"), "{output}");
    assert!(api.get("customresourcedefinitions.apiextensions.k8s.io", "bgppeers.metallb.io").is_some());
}

/// What was not removed yet is not looked at again, and goes only as it was seen.
#[test]
fn what_was_changed_meanwhile_is_looked_at_anew() {
    for (kind, name) in [
        ("customresourcedefinitions.apiextensions.k8s.io", "bgppeers.metallb.io"),
        ("configmaps", "metallb-system/metallb-excludel2"),
        ("namespaces", metallb::NAMESPACE),
    ] {
        let api = stage(&MetalLb::default());
        api.after("delete /apis/metallb.io/**").nth(1).then(move |store, _| {
            store.edit(kind, name, |object| object["metadata"]["labels"]["changed"] = json!("meanwhile"));
        });
        let output = uninstall(&api, &["--yes"]).succeeds();
        assert!(output.stderr.contains("nothing was overwritten, looking again"), "{kind}: {output}");
        assert_eq!(everything(&api), before(), "{kind}: {output}");
    }
}

#[test]
fn what_is_held_by_something_is_waited_for_before_the_namespace_goes() {
    let api = stage(&MetalLb::default());
    let secret = "metallb-system/metallb-webhook-cert";
    api.change(|store| store.edit("secrets", secret, |it| it["metadata"]["finalizers"] = json!(["example.com/hold"])));
    let release = move |store: &mut lab_cli::api::Store, _: &lab_cli::api::Request| {
        store.edit("secrets", secret, |it| it["metadata"]["finalizers"] = json!([]));
    };
    api.after("delete /api/v1/namespaces/metallb-system/secrets/*").later(Duration::from_secs(1)).then(release);
    let output = uninstall(&api, &["--yes"]).succeeds();
    let waits =
        "Secret metallb-system/metallb-webhook-cert: it is being deleted; it stays until these are through with it";
    assert!(output.stderr.contains(waits), "{output}");
    assert_eq!(everything(&api), before());
}

#[test]
fn an_old_controller_is_restarted_so_that_it_lets_go() {
    let api = stage(&MetalLb::version("v0.13.12"));
    let output = uninstall(&api, &["--yes"]).succeeds();
    assert!(output.stderr.contains("then: restart Deployment metallb-system/controller"), "{output}");
    assert_eq!(address(&api, "default/web"), (None, 0));
    assert_eq!(everything(&api), before());
    assert!(deleted(&api).contains(&"customresourcedefinitions addresspools.metallb.io".to_owned()));
    let patched = writes(&api).into_iter().filter(|line| line.starts_with("PATCH ")).collect::<Vec<_>>();
    assert_eq!(patched, ["PATCH /apis/apps/v1/namespaces/metallb-system/deployments/controller"]);
}

/// A Service that has an address of a pool, and a controller that does not run.
fn asleep(version: &'static str) -> Api {
    let metallb = MetalLb { version, replicas: 0, ..MetalLb::default() };
    let mut web = metallb::balanced("default", "web");
    web["metadata"]["annotations"]["metallb.io/ip-allocated-from-pool"] = json!("lecture");
    web["status"]["loadBalancer"]["ingress"] = json!([{ "ip": "172.30.0.200" }]);
    let configuration = [metallb.pool("lecture", &[RANGE]), metallb.advertisement("external-access", &["lecture"])];
    alive(metallb.objects().into_iter().chain(configuration).chain([web]))
}

#[test]
fn without_a_controller_the_addresses_are_cleared_as_a_step_of_its_own() {
    for version in ["v0.16.2", "v0.13.12"] {
        let api = asleep(version);
        // As a real server would, were the webhook still there.
        let output = uninstall(&api, &["--yes"]).succeeds();
        assert!(output.stderr.contains("done: clear the addresses of default/web (172.30.0.200)"), "{output}");
        assert_eq!((address(&api, "default/web"), everything(&api)), ((None, 0), before()));
        let writes = writes(&api);
        assert!(writes[0].contains("/validatingwebhookconfigurations/"), "{writes:?}");
        assert!(writes.contains(&"PATCH /api/v1/namespaces/default/services/web/status".to_owned()), "{writes:?}");
    }
}

#[test]
fn what_kubectl_apply_installed_goes_only_if_it_is_adopted() {
    let api = stage(&MetalLb { by: By::Kubectl, ..MetalLb::default() });
    let output = uninstall(&api, &["--yes"]);
    insta::assert_snapshot!(output, @r"
    $ kubectl-lab-metallb uninstall --yes
    -- stderr
    error: MetalLB here was not installed by this command (Deployment metallb-system/controller and 25 more objects)
    hint: take it away the way it came: kubectl delete -f https://raw.githubusercontent.com/metallb/metallb/v0.16.2/config/manifests/metallb-native.yaml
    hint: to go ahead all the same, add --allow adopt
    hint: also: IPAddressPool metallb-system/lecture (172.30.0.200-172.30.0.220) was not made by this command, and with it these Services lose their address: default/web (172.30.0.200)
    hint: look at it with: kubectl get ipaddresspool lecture -n metallb-system -o yaml
    hint: to go ahead all the same, add --allow cascade
    hint: also: deleting CustomResourceDefinition l2advertisements.metallb.io would take along others' objects: L2Advertisement metallb-system/external-access
    hint: look at it with: kubectl get l2advertisements.metallb.io -A
    hint: to go ahead all the same, add --allow cascade
    -- exit code 7
    ");
    assert_eq!(writes(&api), [""; 0]);
    uninstall(&api, &["--yes", "--allow", "adopt", "--allow", "cascade"]).succeeds();
    assert_eq!(everything(&api), before());
}

#[test]
fn a_helm_release_is_left_to_helm() {
    let api = stage(&MetalLb { by: By::Helm, ..MetalLb::default() });
    insta::assert_snapshot!(uninstall(&api, &["--yes", "--allow", "adopt"]), @r"
    $ kubectl-lab-metallb uninstall --yes --allow adopt
    -- stderr
    error: MetalLB here is managed by Helm (release lb)
    hint: helm uninstall lb -n metallb-system
    -- exit code 7
    ");
    assert_eq!(writes(&api), [""; 0]);
}

#[test]
fn a_right_that_the_last_step_needs_is_missed_before_the_first() {
    let api = stage(&MetalLb::default());
    api.deny("delete", "namespaces", None);
    api.deny("delete", "clusterroles.rbac.authorization.k8s.io", None);
    insta::assert_snapshot!(uninstall(&api, &["--yes"]), @r#"
    $ kubectl-lab-metallb uninstall --yes
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. remove IPAddressPool lecture (172.30.0.200-172.30.0.220), L2Advertisement external-access
         why: asked for; these Services lose their address: default/web (172.30.0.200)
         cannot be undone: kubectl lab metallb install --version v0.16.2 --pool 172.30.0.200-172.30.0.220 --pool-name lecture --advertisement external-access brings it again; Services may get other addresses then
      then: look whether the Services have lost their addresses
      may follow: clear the addresses of these Services, if MetalLB's controller is not there to do it
      may follow: remove ValidatingWebhookConfiguration metallb-webhook-configuration
      may follow: remove the 9 kinds of metallb.io (bfdprofiles, bgpadvertisements, bgppeers, communities, configurationstates, ipaddresspools, l2advertisements, servicebgpstatuses, servicel2statuses)
      may follow: remove DaemonSet metallb-system/speaker, Deployment metallb-system/controller, and 13 more objects (accounts, rights, configuration)
      may follow: remove Namespace metallb-system
    error: nothing was changed, because a right is missing that the plan needs
    missing right: delete namespaces (cluster-wide)
    missing right: delete clusterroles.rbac.authorization.k8s.io (cluster-wide)
    hint: somebody with the right to grant it can apply this and bind it to you:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata:
      name: kubectl-lab
    rules:
    - apiGroups: [""]
      resources: ["namespaces"]
      verbs: ["delete"]
    - apiGroups: ["rbac.authorization.k8s.io"]
      resources: ["clusterroles"]
      verbs: ["delete"]

    -- exit code 5
    "#);
    assert_eq!(writes(&api), [""; 0]);
}

/// Whichever request is the last of a run that dies, the next run takes the rest away.
#[test]
fn a_run_that_died_anywhere_is_finished_by_the_next() {
    let api = stage(&MetalLb::default());
    uninstall(&api, &["--yes"]).succeeds();
    let writes = deleted(&api).len();
    assert_eq!(writes, 28);
    let everywhere: Vec<usize> = (1..=writes).step_by(6).chain([writes - 1]).collect();
    let adopted = &["--allow", "adopt", "--allow", "cascade"][..];
    for (by, adopted, places) in [(By::Lab, &[][..], &everywhere[..]), (By::Kubectl, adopted, &[writes - 1])] {
        for &last in places {
            let api = stage(&MetalLb { by, ..MetalLb::default() });
            api.on("delete /**").nth(last).answer(Answer::Lost);
            let words = [&["--yes"], adopted].concat();
            let died = uninstall(&api, &words);
            assert_ne!(died.code, Some(0), "{died}");
            let next = uninstall(&api, &words).succeeds();
            assert_eq!(everything(&api), before(), "after {last} deletions: {next}");
            assert_eq!(address(&api, "default/web"), (None, 0), "after {last} deletions: {next}");
        }
    }
}

#[test]
fn a_namespace_that_does_not_go_is_told_with_its_reason_and_ends_in_time() {
    let api = stage(&MetalLb::default());
    api.change(|store| {
        store.edit("namespaces", metallb::NAMESPACE, |it| {
            it["metadata"]["finalizers"] = json!(["example.com/hold"]);
        });
    });
    let run = Run::verb("metallb").against(&api).args(["uninstall", "--yes", "--timeout", "4s"]);
    let output = run.limit(Duration::from_secs(30)).run();
    assert_eq!(output.code, Some(4), "{output}");
    assert!(output.stderr.contains("it stays until these are through with it: example.com/hold"), "{output}");
    assert!(output.stderr.contains("done before that, and left in place: remove IPAddressPool lecture"), "{output}");
    let again = Run::verb("metallb").against(&api).args(["uninstall", "--yes", "--timeout", "20s"]).start();
    std::thread::sleep(Duration::from_secs(2));
    api.change(|store| store.edit("namespaces", metallb::NAMESPACE, |it| it["metadata"]["finalizers"] = json!([])));
    assert_eq!(again.wait().code, Some(0));
    assert_eq!(everything(&api), before());
}

#[test]
fn where_there_is_nothing_it_says_so() {
    let api = alive([]);
    insta::assert_snapshot!(uninstall(&api, &[]), @r"
    $ kubectl-lab-metallb uninstall
    -- stdout
    MetalLB is not installed: nothing of it is left in the cluster
    -- stderr
    nothing to change
    -- exit code 0
    ");
}
