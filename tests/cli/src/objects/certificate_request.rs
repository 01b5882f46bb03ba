//! Requests for certificates, as kubelets and others make them.

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};
use serde_json::{Value, json};

use super::{base64, node};
use crate::api::clock;

/// What a request asks for, to be changed field by field where it should not be a kubelet's honest one.
#[derive(Clone, Debug)]
pub struct Request {
    pub name: String,
    pub signer: String,
    /// Who sent it.
    pub username: String,
    pub groups: Vec<String>,
    pub usages: Vec<String>,
    /// Whom the certificate is to name.
    pub common_name: String,
    pub organization: String,
    pub names: Vec<String>,
    pub addresses: Vec<String>,
    /// How many seconds ago it was made.
    pub age: i64,
}

/// The request of a kubelet for the certificate that it serves with.
pub fn of_kubelet(node: &Value) -> Request {
    let (name, address) = (node::name(node), node::address(node));
    let user = format!("system:node:{name}");
    Request {
        name: format!("csr-{name}"),
        signer: "kubernetes.io/kubelet-serving".into(),
        username: user.clone(),
        groups: vec!["system:nodes".into(), "system:authenticated".into()],
        usages: vec!["digital signature".into(), "server auth".into()],
        common_name: user,
        organization: "system:nodes".into(),
        names: vec![name],
        addresses: vec![address],
        age: 90,
    }
}

impl Request {
    /// The object, pending.
    ///
    /// # Panics
    /// If the names or addresses cannot be in a certificate.
    pub fn object(&self) -> Value {
        json!({
            "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": {"name": self.name, "generateName": "csr-", "creationTimestamp": clock::ago(self.age)},
            "spec": {
                "groups": self.groups, "request": base64::encode(self.pem().as_bytes()), "signerName": self.signer,
                "usages": self.usages, "username": self.username,
            },
            "status": {},
        })
    }

    fn pem(&self) -> String {
        let made = || {
            let mut params = CertificateParams::new(self.names.clone())?;
            let addresses = self.addresses.iter().filter_map(|address| address.parse().ok());
            params.subject_alt_names.extend(addresses.map(SanType::IpAddress));
            params.distinguished_name = DistinguishedName::new();
            params.distinguished_name.push(DnType::OrganizationName, self.organization.as_str());
            params.distinguished_name.push(DnType::CommonName, self.common_name.as_str());
            params.serialize_request(&KeyPair::generate()?)?.pem()
        };
        made().unwrap_or_else(|error: rcgen::Error| panic!("could not make a certificate request: {error}"))
    }
}

/// Whether somebody approved a request.
pub fn is_approved(request: &Value) -> bool {
    super::is_true(request, "Approved")
}
