use lab_cli::api::Api;
use lab_cli::objects::KubeProxy;
use lab_cli::objects::metallb::MetalLb;
use lab_cli::run::Run;
use lab_cli::world::{World, nodes};

use super::{RANGE, lab, writes};

const MAP: &str = "PATCH /api/v1/namespaces/kube-system/configmaps/kube-proxy";
const SET: &str = "PATCH /apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy";
const INSTALL: [&str; 3] = ["install", "--pool", RANGE];

/// MetalLB without a pool, in a cluster with this kube-proxy.
fn stage(proxy: KubeProxy) -> Api {
    let api = proxy.stage(nodes());
    api.change(|store| store.put_all(MetalLb::default().objects()));
    World::default().live(&api);
    lab_cli::world::metallb::live(&api);
    api
}

fn config(api: &Api) -> String {
    let map = api.get("configmaps", "kube-system/kube-proxy").unwrap();
    map["data"]["config.conf"].as_str().unwrap().to_owned()
}

#[test]
fn in_ipvs_mode_an_installation_sets_strict_arp_first_and_its_undo_takes_it_back() {
    let proxy = KubeProxy::in_mode("ipvs");
    let (before, api) = (proxy.config(), stage(proxy));
    let output = lab(&api, &INSTALL).succeeds();
    assert!(output.stderr.contains("prove it with: kubectl lab strict-arp status --look"), "{output}");
    assert_eq!(config(&api), before.replace("false", "true"));
    let written = writes(&api);
    assert_eq!(written[..2], [MAP, SET]);
    assert!(written[2..].iter().all(|write| write.contains("metallb.io")), "{written:?}");
    let again = api.seen().writes().count();
    lab(&api, &INSTALL).succeeds();
    assert_eq!(api.seen().writes().count(), again, "a second run has nothing to do");
    Run::verb("undo").against(&api).args(["--last", "--yes"]).run().succeeds();
    assert_eq!(config(&api), before);
}

#[test]
fn a_run_that_left_kube_proxy_without_its_restart_is_completed_by_the_next() {
    let api = stage(KubeProxy { strict_arp: "true", ..KubeProxy::in_mode("ipvs") });
    api.change(|store| {
        store.edit_as("kubectl-edit", "configmaps", "kube-system/kube-proxy", |map| {
            let text = map["data"]["config.conf"].as_str().unwrap_or_default().to_owned();
            map["data"]["config.conf"] = format!("{text}# edited\n").into();
        });
    });
    lab(&api, &INSTALL).succeeds();
    assert_eq!(writes(&api)[0], SET);
}

#[test]
fn in_iptables_mode_kube_proxy_is_neither_touched_nor_mentioned() {
    let api = stage(KubeProxy::in_mode("iptables"));
    let output = lab(&api, &INSTALL).succeeds();
    assert!(!output.stderr.contains("strictARP") && !output.stdout.contains("strictARP"), "{output}");
    assert!(writes(&api).iter().all(|write| !write.contains("kube-proxy")));
    let logs = api.seen().only(|request| request.path.contains("/log"));
    assert_eq!(logs.count(), 0, "nobody is asked which mode runs");
}

#[test]
fn a_switch_of_modes_is_refused_before_any_write() {
    let api = stage(KubeProxy { running: "iptables", ..KubeProxy::in_mode("ipvs") });
    let refused = lab(&api, &INSTALL);
    assert_eq!(refused.code, Some(7), "{refused}");
    assert!(refused.stderr.contains("--allow mode-switch"), "{refused}");
    assert_eq!(writes(&api), [""; 0]);
    let allowed = [&INSTALL[..], &["--allow", "mode-switch"]].concat();
    lab(&api, &allowed).succeeds();
    assert_eq!(writes(&api)[..2], [MAP, SET]);
}
