//! The API server, set up as kubeadm does where that can be seen from outside.

use crate::ground::Ground;
use crate::machine::Launch;
use crate::spec::{API_PORT, ClusterSpec, DNS_DOMAIN, SERVICE_NETWORK};

pub fn launch(ground: &Ground<'_>) -> Launch<'static> {
    let pki = |file: &str| ground.place.pki().join(file).display().to_string();
    let issuer = format!("https://kubernetes.default.svc.{DNS_DOMAIN}");
    let mut flags = vec![
        format!("--advertise-address={}", ClusterSpec::api_address()),
        format!("--secure-port={API_PORT}"),
        "--etcd-servers=http://127.0.0.1:2379".to_owned(),
        format!("--service-cluster-ip-range={SERVICE_NETWORK}"),
        "--authorization-mode=Node,RBAC".to_owned(),
        "--enable-admission-plugins=NodeRestriction".to_owned(),
        "--allow-privileged=true".to_owned(),
        format!("--client-ca-file={}", pki("ca.crt")),
        format!("--tls-cert-file={}", pki("apiserver.crt")),
        format!("--tls-private-key-file={}", pki("apiserver.key")),
        format!("--kubelet-client-certificate={}", pki("apiserver-kubelet-client.crt")),
        format!("--kubelet-client-key={}", pki("apiserver-kubelet-client.key")),
        "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname".to_owned(),
        format!("--service-account-issuer={issuer}"),
        format!("--service-account-key-file={}", pki("sa.pub")),
        format!("--service-account-signing-key-file={}", pki("sa.key")),
    ];
    flags.extend(aggregation(&pki));
    if ground.spec.light {
        // No kube-proxy makes Service addresses work there, so an extension API is reached at its endpoint.
        flags.push("--enable-aggregator-routing=true".to_owned());
    }
    Launch::new("kube-apiserver", ground.program("kube-apiserver")).args(flags)
}

/// Without these an extension such as metrics.k8s.io could not tell the API server from anyone else.
fn aggregation(pki: &impl Fn(&str) -> String) -> [String; 7] {
    [
        format!("--requestheader-client-ca-file={}", pki("front-proxy-ca.crt")),
        "--requestheader-allowed-names=front-proxy-client".to_owned(),
        "--requestheader-extra-headers-prefix=X-Remote-Extra-".to_owned(),
        "--requestheader-group-headers=X-Remote-Group".to_owned(),
        "--requestheader-username-headers=X-Remote-User".to_owned(),
        format!("--proxy-client-cert-file={}", pki("front-proxy-client.crt")),
        format!("--proxy-client-key-file={}", pki("front-proxy-client.key")),
    ]
}
