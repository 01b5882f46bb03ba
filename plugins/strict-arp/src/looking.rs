//! Tests of asking the running kube-proxies: when, which, and what is made of their answers.

use lab::Line;
use lab::temporary::{IMAGE, Temporary, TemporaryState};
use lab_plan::{Lasts, Plan, Then};
use lab_topics::kube_proxy::step::{RESTART, WRITE};
use lab_topics::kube_proxy::{MOST_ASKED, Mode, Proxy};
use serde_json::json;

use crate::args::{Args, Want};
use crate::facts::Facts;
use crate::look::{LOOK, learn};
use crate::plan::plan;
use crate::report::report;
use crate::rules::{facts, node, proxy, restarted};

fn args(want: Want) -> Args {
    Args { want, image: IMAGE.into(), ..Args::default() }
}

fn on() -> Args {
    args(Want::On)
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.id.as_str()).collect()
}

fn announced(plan: &Plan) -> Vec<&str> {
    plan.may_follow.iter().map(|may| may.id.as_str()).collect()
}

fn verdict(args: &Args, facts: &Facts) -> String {
    let report = serde_json::to_value(report(args, facts, &plan(args, facts))).expect("a report");
    report["verdict"].as_str().expect("a verdict").to_owned()
}

fn said(mode: &str, strict_arp: bool) -> TemporaryState {
    let configz = json!({ "kubeproxy.config.k8s.io": { "Mode": mode, "IPVS": { "StrictARP": strict_arp } } });
    let complaint = "wget: can't connect to remote host: Connection refused".to_owned();
    let lines = [complaint, configz.to_string()].map(|text| Line { at: None, text });
    TemporaryState::Succeeded(lines.to_vec())
}

/// What came of the pod that was sent to each kube-proxy.
fn looked(mut facts: Facts, state: &TemporaryState) -> Facts {
    let look = |proxy: &Proxy| Temporary {
        about: proxy.pod.clone(),
        namespace: "kube-system".into(),
        name: format!("kubectl-lab-configz-{}", proxy.node),
        uid: None,
        node: Some(proxy.node.clone()),
        state: state.clone(),
    };
    facts.looks = facts.kube_proxy.proxies.iter().map(look).collect();
    learn(&mut facts);
    facts
}

/// After a restart by this run.
fn written(mode: &str, value: bool) -> Facts {
    Facts { written: true, ..restarted(mode, value) }
}

fn without_modes(mut facts: Facts) -> Facts {
    facts.kube_proxy.proxies.iter_mut().for_each(|proxy| proxy.mode = Err("its log no longer tells".into()));
    facts
}

#[test]
fn after_its_restart_each_kube_proxy_is_asked_on_its_own_node() {
    let before = plan(&on(), &facts("ipvs", false));
    assert_eq!((ids(&before), announced(&before)), (vec![WRITE], vec![LOOK]));
    let after = plan(&on(), &written("ipvs", true));
    let [step] = after.steps.as_slice() else { panic!("{after:?}") };
    assert_eq!((step.id.as_str(), step.lasts, step.misfit()), (LOOK, Lasts::ThisRun, None));
    assert_eq!(step.title, "ask kube-proxy on each node what it runs (a short pod on the host network of each)");
    let pods: Vec<_> =
        step.changes.iter().filter_map(|job| job.after.as_ref()?.pointer("/spec/template/spec")).collect();
    assert_eq!(pods.iter().map(|pod| pod["nodeName"].clone()).collect::<Vec<_>>(), ["a", "b"]);
    assert!(pods.iter().all(|pod| pod["hostNetwork"] == true && pod["containers"][0]["image"] == IMAGE), "{pods:?}");
    assert!(pods[0]["containers"][0]["command"].to_string().ends_with(r#""http://127.0.0.1:10249/configz"]"#));
}

#[test]
fn nothing_is_asked_where_nothing_was_restarted_unless_it_is_wanted() {
    for facts in [restarted("ipvs", true), facts("iptables", true), Facts { written: true, ..facts("iptables", true) }]
    {
        assert!(plan(&on(), &facts).is_empty());
        assert!(plan(&args(Want::Status), &facts).is_empty());
        assert_eq!(ids(&plan(&Args { look: true, ..on() }, &facts)), [LOOK]);
        assert_eq!(ids(&plan(&Args { look: true, ..args(Want::Status) }, &facts)), [LOOK]);
    }
    // What follows a change without being announced would end a run that nobody watches.
    let look = Args { look: true, ..on() };
    assert_eq!(announced(&plan(&look, &facts("iptables", false))), [LOOK]);
    assert_eq!(announced(&plan(&look, &restarted("ipvs", true))), [RESTART]);
    let restart = Args { restart: true, ..on() };
    assert_eq!(ids(&plan(&restart, &written("iptables", true))), [LOOK]);
    let without = Args { no_look: true, ..restart };
    assert!(plan(&without, &written("iptables", true)).is_empty());
    assert_eq!(announced(&plan(&without, &facts("ipvs", false))), [""; 0]);
}

#[test]
fn what_the_pods_bring_proves_the_value() {
    let facts = looked(written("ipvs", true), &said("ipvs", true));
    assert!(plan(&on(), &facts).is_empty());
    assert!(verdict(&on(), &facts).ends_with("every running kube-proxy uses it (2 of 2)"));
    let look = Args { look: true, ..args(Want::Status) };
    let facts = looked(restarted("iptables", true), &said("iptables", true));
    assert!(plan(&look, &facts).is_empty());
    let end = "only ipvs mode knows it; every running kube-proxy uses it (2 of 2)";
    assert!(verdict(&look, &facts).ends_with(end), "{}", verdict(&look, &facts));
}

#[test]
fn it_is_waited_for_with_the_present_reason() {
    let pulling = TemporaryState::Pending("ContainerCreating".into());
    let waits = plan(&on(), &looked(written("ipvs", true), &pulling));
    let why = "kube-proxy's own word on a: ContainerCreating; b: ContainerCreating".to_owned();
    assert_eq!((waits.steps.len(), waits.then), (0, Then::LookAgain { why }));
}

#[test]
fn a_pod_that_brings_nothing_leaves_it_unproven_and_is_not_sent_again() {
    let failed = TemporaryState::Failed("ErrImagePull: not found".into(), Vec::new());
    let facts = looked(written("ipvs", true), &failed);
    assert!(plan(&on(), &facts).is_empty());
    let end = "was not proven: the pod that was to ask it: ErrImagePull: not found";
    assert!(verdict(&on(), &facts).ends_with(end), "{}", verdict(&on(), &facts));
    let odd = TemporaryState::Succeeded(vec![Line { at: None, text: "<html>".into() }]);
    let facts = looked(written("ipvs", true), &odd);
    assert!(verdict(&on(), &facts).ends_with("its /configz is no JSON"));
}

#[test]
fn a_kube_proxy_that_says_otherwise_after_the_restart_has_the_value_put_back() {
    let facts = looked(written("ipvs", true), &said("ipvs", false));
    let why = "kube-proxy says after its restart that strictARP is off on a, b".to_owned();
    assert_eq!(plan(&on(), &facts).then, Then::TakeBack { why });
    // Before it, it is what the restart is for.
    let facts = looked(restarted("ipvs", true), &said("ipvs", false));
    assert_eq!(ids(&plan(&on(), &facts)), [RESTART]);
}

#[test]
fn an_unknown_mode_is_looked_for_before_the_restart() {
    let unknown = without_modes(facts("ipvs", false));
    let first = plan(&on(), &unknown);
    assert_eq!((ids(&first), announced(&first)), (vec![LOOK], vec![WRITE, LOOK]));
    let same = plan(&on(), &looked(unknown.clone(), &said("ipvs", false)));
    assert_eq!((ids(&same), same.refusals.len()), (vec![WRITE], 0));
    let other = plan(&on(), &looked(unknown, &said("iptables", false)));
    assert_eq!(other.refusals[0].allowed_by, Some("mode-switch"));
}

#[test]
fn a_mode_that_stays_unknown_is_refused_with_a_code_of_its_own() {
    let unknown = without_modes(facts("ipvs", false));
    let refused = TemporaryState::Failed("missing right: create jobs.batch".into(), Vec::new());
    let without = Args { no_look: true, ..on() };
    for (args, facts, why) in [
        (&without, &unknown, "its log no longer tells"),
        (
            &on(),
            &looked(unknown.clone(), &refused),
            "its log no longer tells; the pod that was to ask it: missing right: create jobs.batch",
        ),
    ] {
        let plan = plan(args, facts);
        assert_eq!(plan.refusals[0].allowed_by, Some("unknown-mode"));
        let reason = format!(
            "which mode kube-proxy runs in could not be seen on a, b ({why}): the restart that this needs might switch modes, to ipvs"
        );
        assert_eq!(plan.refusals[0].reason, reason);
    }
    // Where nothing is restarted, it hinders nothing.
    let nothing = plan(&on(), &without_modes(facts("iptables", false)));
    assert_eq!((ids(&nothing), nothing.refusals.len()), (vec![WRITE], 0));
}

#[test]
fn only_so_many_are_asked_and_only_on_nodes_that_are_ready() {
    let mut many = written("ipvs", true);
    let names: Vec<String> = (0..MOST_ASKED + 2).map(|n| format!("n{n:02}")).collect();
    many.nodes = names.iter().map(|name| node(name, "v1.37.2", "")).collect();
    many.kube_proxy.proxies = names.iter().map(|name| proxy(name, Mode::Ipvs, "2026-11-22T12:00:00Z")).collect();
    if let Some(conditions) = many.nodes[0].status.as_mut().and_then(|status| status.conditions.as_mut()) {
        conditions[0].status = "Unknown".into();
    }
    let first = plan(&on(), &many);
    assert_eq!(first.steps[0].changes.len(), MOST_ASKED - 1);
    assert!(first.steps[0].title.starts_with("ask kube-proxy on 49 of 52 nodes what it runs"), "{:?}", first.steps);
    let mut asked = looked(many, &said("ipvs", true));
    asked.looks.retain(|look| !["n00", "n50", "n51"].contains(&look.node.as_deref().unwrap_or_default()));
    for at in [0, 50, 51] {
        asked.kube_proxy.proxies[at].uses = Err("its /configz listens on its node's loopback only".into());
    }
    learn(&mut asked);
    assert!(plan(&on(), &asked).is_empty());
    let end =
        "was not proven: it was not asked, because 50 others were; it was not asked, because its node is not Ready";
    assert!(verdict(&on(), &asked).ends_with(end), "{}", verdict(&on(), &asked));
}
