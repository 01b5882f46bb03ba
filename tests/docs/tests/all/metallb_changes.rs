//! The reports of what changes MetalLB's pools, or takes all of it away, against their schemas.

use lab_cli::api::Api;
use lab_cli::objects::job::{self, Fate};
use lab_cli::objects::metallb::{self, By, MetalLb};
use lab_cli::world::World;
use lab_plan::Exit;
use serde_json::{Value, json};

use super::metallb_looks::{as_promised, run};

const RANGE: &str = "172.30.0.200-172.30.0.220";

fn alive(objects: impl IntoIterator<Item = Value>) -> Api {
    let api = World::default().stage(objects);
    lab_cli::world::metallb::live(&api);
    api
}

/// With the lecture's pool, and Service default/web, which has its first address.
fn stage(metallb: &MetalLb) -> Api {
    let configuration = [
        metallb.pool("lecture", &[RANGE, "fd00::/120"]),
        metallb.advertisement("external-access", &["lecture"]),
        metallb::balanced("default", "web"),
    ];
    alive(metallb.objects().into_iter().chain(configuration))
}

#[test]
fn lists_of_pools_are_as_promised() {
    let forbidden = stage(&MetalLb::default());
    forbidden.deny("list", "services", None);
    as_promised(
        "metallb-pool-list.v1.json",
        vec![
            (Exit::Done, run(&stage(&MetalLb::default()), &["pool", "list"])),
            (Exit::Done, run(&alive([]), &["pool", "list"])),
            (Exit::Forbidden, run(&forbidden, &["pool", "list"])),
        ],
    );
}

#[test]
fn proposals_are_as_promised() {
    let dual = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": { "name": "kubernetes" },
        "spec": { "cidrs": ["10.96.0.0/12", "fd02::/112"] },
    });
    // A pod looks at the nodes' network where nothing else tells it, and here it finds out nothing.
    let unknown = alive([]);
    unknown.controller(|store| job::live(store, |_| Fate::Writes("nothing\n\nkubectl-lab-done\n".into())));
    as_promised(
        "metallb-pool-propose.v1.json",
        vec![
            (Exit::Done, run(&alive([dual]), &["pool", "propose", "--subnet", "172.30.0.0/24"])),
            (Exit::Done, run(&unknown, &["pool", "propose", "--dry-run=client"])),
            (Exit::Failed, run(&unknown, &["pool", "propose"])),
        ],
    );
}

#[test]
fn additions_are_as_promised() {
    let api = alive(MetalLb::default().objects());
    as_promised(
        "metallb-pool-add.v1.json",
        vec![
            (Exit::Done, run(&api, &["pool", "add", "lecture", RANGE, "--dry-run=server"])),
            (Exit::Done, run(&api, &["pool", "add", "lecture", RANGE])),
            (Exit::Done, run(&api, &["pool", "add", "lecture", RANGE])),
            (Exit::Refused, run(&api, &["pool", "add", "far", "10.9.0.0/29", "--subnet", "172.30.0.0/24"])),
            (Exit::Refused, run(&api, &["pool", "add", "six", "fd00::/120"])),
            (Exit::Failed, run(&alive([]), &["pool", "add", "lecture", RANGE])),
            (Exit::Done, run(&stage(&MetalLb::default()), &["pool", "add", "lecture", RANGE, "fd00::/120"])),
        ],
    );
}

#[test]
fn removals_are_as_promised() {
    let (api, old) = (stage(&MetalLb::default()), stage(&MetalLb::version("v0.13.12")));
    as_promised(
        "metallb-pool-remove.v1.json",
        vec![
            (Exit::Done, run(&api, &["pool", "remove", "lecture", "--dry-run=client"])),
            (Exit::Refused, run(&api, &["pool", "remove", "lecture"])),
            (Exit::Done, run(&api, &["pool", "remove", "lecture", "--yes"])),
            (Exit::Done, run(&api, &["pool", "remove", "lecture", "--yes"])),
            (Exit::Done, run(&old, &["pool", "remove", "lecture", "--dry-run=client"])),
            (
                Exit::Refused,
                run(&stage(&MetalLb { by: By::Kubectl, ..MetalLb::default() }), &["pool", "remove", "lecture"]),
            ),
        ],
    );
}

/// Half taken away: the pools are gone, and nobody takes the address back.
fn half() -> Api {
    let mut web = metallb::balanced("default", "web");
    web["metadata"]["annotations"]["metallb.io/ip-allocated-from-pool"] = json!("lecture");
    web["status"]["loadBalancer"]["ingress"] = json!([{ "ip": "172.30.0.200" }]);
    alive(MetalLb { replicas: 0, ..MetalLb::default() }.objects().into_iter().chain([web]))
}

#[test]
fn taking_it_away_is_as_promised() {
    let (api, old) = (stage(&MetalLb::default()), stage(&MetalLb::version("v0.13.12")));
    let foreign = stage(&MetalLb { by: By::Kubectl, ..MetalLb::default() });
    let allowed = ["uninstall", "--dry-run=client", "--allow", "adopt", "--allow", "cascade"];
    let helm = stage(&MetalLb { by: By::Helm, ..MetalLb::default() });
    // Without its pools the kinds are next, each of which has to be gone before the next step.
    let kinds = alive(MetalLb::default().objects());
    as_promised(
        "metallb-uninstall.v1.json",
        vec![
            (Exit::Done, run(&api, &["uninstall", "--dry-run=server"])),
            (Exit::Refused, run(&api, &["uninstall"])),
            (Exit::Done, run(&kinds, &["uninstall", "--dry-run=client"])),
            (Exit::Done, run(&old, &["uninstall", "--dry-run=client"])),
            (Exit::Done, run(&half(), &["uninstall", "--dry-run=client"])),
            (Exit::Refused, run(&foreign, &["uninstall"])),
            (Exit::Done, run(&foreign, &allowed)),
            (Exit::Refused, run(&helm, &["uninstall"])),
            (Exit::Done, run(&api, &["uninstall", "--yes"])),
            (Exit::Done, run(&api, &["uninstall"])),
        ],
    );
}
