//! The certificates of a cluster: two authorities, a leaf for everyone who listens or knocks, and the kubeconfigs made of them.

mod authority;
mod kubeconfig;

use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Context, Result};
use rcgen::KeyPair;

use crate::spec::{ClusterSpec, DNS_DOMAIN, KUBERNETES_SERVICE};
use crate::state::{Place, make_private_dir, write_file};

use authority::{Authority, Leaf};
pub use kubeconfig::Kubeconfig;

/// Makes every key, certificate and kubeconfig anew, save the user's own, which waits for the port on 127.0.0.1.
pub fn make(spec: &ClusterSpec, place: &Place) -> Result<Authorities> {
    make_private_dir(&place.pki())?;
    let cluster = Authority::new("kubernetes")?;
    let front_proxy = Authority::new("front-proxy-ca")?;
    write_file(&place.pki().join("ca.crt"), cluster.certificate())?;
    write_file(&place.pki().join("ca.key"), cluster.key())?;
    write_file(&place.pki().join("front-proxy-ca.crt"), front_proxy.certificate())?;

    cluster.issue(&api_server(spec))?.write(place, "apiserver")?;
    cluster
        .issue(&Leaf::client("kube-apiserver-kubelet-client", "system:masters"))?
        .write(place, "apiserver-kubelet-client")?;
    front_proxy.issue(&Leaf::client("front-proxy-client", ""))?.write(place, "front-proxy-client")?;
    make_service_account_keys(place)?;

    let authorities = Authorities { cluster };
    for component in ["kube-controller-manager", "kube-scheduler"] {
        let leaf = Leaf::client(&format!("system:{component}"), "");
        authorities.kubeconfig(spec, &leaf, &api_url())?.write(&place.pki().join(component))?;
    }
    for node in spec.node_names() {
        let leaf = Leaf::client(&format!("system:node:{node}"), "system:nodes");
        authorities.kubeconfig(spec, &leaf, &api_url())?.write(&place.pki().join(format!("kubelet-{node}")))?;
    }
    authorities.administrator(spec, &api_url())?.write(&place.inside_kubeconfig())?;
    Ok(authorities)
}

/// What is needed to let further users in.
pub struct Authorities {
    cluster: Authority,
}

impl Authorities {
    pub fn administrator(&self, spec: &ClusterSpec, server: &str) -> Result<Kubeconfig> {
        self.kubeconfig(spec, &Leaf::client("kubernetes-admin", "system:masters"), server)
    }

    fn kubeconfig(&self, spec: &ClusterSpec, leaf: &Leaf, server: &str) -> Result<Kubeconfig> {
        let issued = self.cluster.issue(leaf)?;
        Ok(Kubeconfig {
            cluster: format!("lab-{}", spec.name),
            server: server.to_owned(),
            authority: self.cluster.certificate(),
            user: leaf.name.clone(),
            certificate: issued.certificate,
            key: issued.key,
        })
    }
}

/// As programs inside the cluster's network reach it.
pub fn api_url() -> String {
    format!("https://{}:{}", ClusterSpec::api_address(), crate::spec::API_PORT)
}

fn api_server(spec: &ClusterSpec) -> Leaf {
    let service = "kubernetes.default.svc";
    let names = ["kubernetes", "kubernetes.default", service, &format!("{service}.{DNS_DOMAIN}"), "localhost"];
    let mut names: Vec<String> = names.map(str::to_owned).to_vec();
    names.push(spec.node_name(1));
    // 127.0.0.1 because the machine reaches it through a listener there.
    let addresses = [KUBERNETES_SERVICE, ClusterSpec::api_address(), Ipv4Addr::LOCALHOST];
    Leaf::server("kube-apiserver", names, addresses.map(IpAddr::V4).to_vec())
}

fn make_service_account_keys(place: &Place) -> Result<()> {
    let pair = KeyPair::generate().context("could not make the service accounts' key")?;
    write_file(&place.pki().join("sa.key"), pair.serialize_pem())?;
    write_file(&place.pki().join("sa.pub"), pair.public_key_pem())
}
