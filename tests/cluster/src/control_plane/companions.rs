//! The controller manager and the scheduler. Each is alone, so neither takes part in an election.

use crate::ground::Ground;
use crate::machine::Launch;
use crate::spec::{POD_NETWORK, SERVICE_NETWORK};

/// The nodes' pod networks are given when the nodes are created, so the controller manager hands out none.
pub fn controller_manager(ground: &Ground<'_>) -> Launch<'static> {
    let pki = |file: &str| ground.place.pki().join(file).display().to_string();
    let name = "kube-controller-manager";
    Launch::new(name, ground.program(name)).args(with_kubeconfig(&pki(name))).args(haste(ground)).args([
        "--controllers=*,bootstrapsigner,tokencleaner".to_owned(),
        "--use-service-account-credentials=true".to_owned(),
        format!("--cluster-cidr={POD_NETWORK}"),
        "--allocate-node-cidrs=false".to_owned(),
        format!("--service-cluster-ip-range={SERVICE_NETWORK}"),
        format!("--root-ca-file={}", pki("ca.crt")),
        format!("--service-account-private-key-file={}", pki("sa.key")),
        format!("--cluster-signing-cert-file={}", pki("ca.crt")),
        format!("--cluster-signing-key-file={}", pki("ca.key")),
        format!("--client-ca-file={}", pki("ca.crt")),
        format!("--requestheader-client-ca-file={}", pki("front-proxy-ca.crt")),
    ])
}

pub fn scheduler(ground: &Ground<'_>) -> Launch<'static> {
    let name = "kube-scheduler";
    let kubeconfig = ground.place.pki().join(name).display().to_string();
    Launch::new(name, ground.program(name)).args(with_kubeconfig(&kubeconfig)).args(haste(ground))
}

/// Fake pods come by the thousand, and the usual limit is 20 requests a second.
fn haste(ground: &Ground<'_>) -> &'static [&'static str] {
    if ground.spec.light { &["--kube-api-qps=300", "--kube-api-burst=600"] } else { &[] }
}

fn with_kubeconfig(path: &str) -> [String; 5] {
    [
        format!("--kubeconfig={path}"),
        format!("--authentication-kubeconfig={path}"),
        format!("--authorization-kubeconfig={path}"),
        "--leader-elect=false".to_owned(),
        "--bind-address=127.0.0.1".to_owned(),
    ]
}
