//! Judging requests for kubelet serving certificates: what may be approved, and what stays pending and why.
//!
//! An approved request makes its holder pass for that kubelet. So every word of it has to match the Node: who asks,
//! for which names and addresses, and for which use.

use std::net::IpAddr;

use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::core::v1::Node;
use lab::Seen;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::x509::AttributeTypeAndValue;

use crate::facts::KUBELET_SERVING;

/// A request that nobody has decided on.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending<'f> {
    pub request: &'f Seen<CertificateSigningRequest>,
    pub name: &'f str,
    pub node: String,
    /// Why it must not be approved; `None` where everything matches.
    pub objection: Option<String>,
}

pub fn pending<'f>(requests: &'f [Seen<CertificateSigningRequest>], nodes: &[Node]) -> Vec<Pending<'f>> {
    let undecided = requests.iter().filter(|seen| {
        let conditions = seen.object.status.as_ref().and_then(|status| status.conditions.as_ref());
        seen.object.spec.signer_name == KUBELET_SERVING && conditions.is_none_or(Vec::is_empty)
    });
    let mut pending: Vec<Pending<'_>> = undecided.map(|request| judge(request, nodes)).collect();
    // A kubelet that waits too long asks again; only its newest request is still waited for.
    pending.sort_by(|a, b| created(b.request).cmp(&created(a.request)).then(a.name.cmp(b.name)));
    let mut seen: Vec<String> = Vec::new();
    for one in &mut pending {
        if one.objection.is_none() && seen.contains(&one.node) {
            one.objection = Some("a newer request of the same kubelet takes its place".into());
        }
        seen.push(one.node.clone());
    }
    pending.sort_by(|a, b| (&a.node, a.name).cmp(&(&b.node, b.name)));
    pending
}

fn created(request: &Seen<CertificateSigningRequest>) -> Option<&lab::Timestamp> {
    request.object.metadata.creation_timestamp.as_ref().map(|time| &time.0)
}

fn judge<'f>(request: &'f Seen<CertificateSigningRequest>, nodes: &[Node]) -> Pending<'f> {
    let user = request.object.spec.username.as_deref().unwrap_or_default();
    let node = user.strip_prefix("system:node:").unwrap_or_default();
    Pending {
        request,
        name: request.object.metadata.name.as_deref().unwrap_or_default(),
        node: node.to_owned(),
        objection: objection(&request.object, node, nodes).err(),
    }
}

fn objection(request: &CertificateSigningRequest, name: &str, nodes: &[Node]) -> Result<(), String> {
    let spec = &request.spec;
    if name.is_empty() {
        return Err(format!("its requestor is {:?}, not a node", spec.username.as_deref().unwrap_or_default()));
    }
    if !spec.groups.iter().flatten().any(|group| group == "system:nodes") {
        return Err("its requestor is not in the group system:nodes".into());
    }
    let node = nodes.iter().find(|node| node.metadata.name.as_deref() == Some(name));
    let node = node.ok_or_else(|| format!("there is no Node {name}"))?;
    usages(spec.usages.as_deref().unwrap_or_default())?;
    contents(&spec.request.0, name, node)
}

fn usages(usages: &[String]) -> Result<(), String> {
    let allowed = ["digital signature", "key encipherment", "server auth"];
    if let Some(other) = usages.iter().find(|usage| !allowed.contains(&usage.as_str())) {
        return Err(format!("it asks for the usage {other:?}, which a serving certificate does not need"));
    }
    if !usages.iter().any(|usage| usage == "server auth") {
        return Err("it does not ask for the usage \"server auth\"".into());
    }
    Ok(())
}

fn contents(pem: &[u8], name: &str, node: &Node) -> Result<(), String> {
    let unreadable = |why: &dyn std::fmt::Display| format!("its request cannot be read: {why}");
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem).map_err(|error| unreadable(&error))?;
    let (_, request) = X509CertificationRequest::from_der(&pem.contents).map_err(|error| unreadable(&error))?;
    let subject = &request.certification_request_info.subject;
    let texts = |values: Vec<Result<&str, _>>| -> Vec<String> {
        values
            .into_iter()
            .map(|value: Result<&str, x509_parser::error::X509Error>| value.unwrap_or("?").to_owned())
            .collect()
    };
    let common = texts(subject.iter_common_name().map(AttributeTypeAndValue::as_str).collect());
    let organisation = texts(subject.iter_organization().map(AttributeTypeAndValue::as_str).collect());
    if common != [format!("system:node:{name}")] {
        return Err(format!("its subject is {common:?}, not that of Node {name}"));
    }
    if organisation != ["system:nodes"] {
        return Err(format!("its organisation is {organisation:?}, not system:nodes"));
    }
    names(&request, node)
}

/// Every name and address that is asked for has to be one of the Node's.
fn names(request: &X509CertificationRequest<'_>, node: &Node) -> Result<(), String> {
    let known: Vec<&str> = node
        .status
        .iter()
        .flat_map(|status| status.addresses.iter().flatten())
        .map(|address| address.address.as_str())
        .collect();
    let mut any = false;
    for extension in request.requested_extensions().into_iter().flatten() {
        let ParsedExtension::SubjectAlternativeName(names) = extension else { continue };
        for name in &names.general_names {
            any = true;
            let asked = match name {
                GeneralName::DNSName(name) => (*name).to_owned(),
                GeneralName::IPAddress(bytes) => address(bytes).ok_or("it asks for a malformed address")?.to_string(),
                other => return Err(format!("it asks for a name of another kind: {other:?}")),
            };
            if !known.iter().any(|known| same_address(known, &asked)) {
                return Err(format!("it asks for {asked}, which is not an address of the Node ({})", known.join(", ")));
            }
        }
    }
    if any { Ok(()) } else { Err("it asks for no name and no address".into()) }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes).map(IpAddr::from).or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// IPv6 addresses have several spellings.
fn same_address(known: &str, asked: &str) -> bool {
    match (known.parse::<IpAddr>(), asked.parse::<IpAddr>()) {
        (Ok(known), Ok(asked)) => known == asked,
        _ => known == asked,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};
    use serde_json::{Value, json};

    fn node(name: &str, address: &str) -> Node {
        let addresses = json!([{ "type": "InternalIP", "address": address }, { "type": "Hostname", "address": name }]);
        serde_json::from_value(json!({ "metadata": { "name": name }, "status": { "addresses": addresses } })).unwrap()
    }

    /// A request as a kubelet makes it.
    fn pem(common: &str, organisation: &str, names: &[&str], addresses: &[&str]) -> String {
        let mut parameters =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        parameters
            .subject_alt_names
            .extend(addresses.iter().map(|address| SanType::IpAddress(address.parse().unwrap())));
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::OrganizationName, organisation);
        parameters.distinguished_name.push(DnType::CommonName, common);
        parameters.serialize_request(&KeyPair::generate().unwrap()).unwrap().pem().unwrap()
    }

    pub fn request(pem: &str, change: impl Fn(&mut Value)) -> Seen<CertificateSigningRequest> {
        let encoded = serde_json::to_value(k8s_openapi::ByteString(pem.as_bytes().to_vec())).unwrap();
        let mut raw = json!({
            "metadata": { "name": "csr-1", "uid": "u", "creationTimestamp": "2026-11-22T22:00:00Z" },
            "spec": {
                "signerName": KUBELET_SERVING, "username": "system:node:lab-1",
                "groups": ["system:nodes", "system:authenticated"],
                "usages": ["digital signature", "server auth"], "request": encoded,
            },
            "status": {},
        });
        change(&mut raw);
        Seen { object: serde_json::from_value(raw.clone()).unwrap(), raw }
    }

    fn objection_to(pem: &str, change: impl Fn(&mut Value)) -> Option<String> {
        let requests = [request(pem, change)];
        pending(&requests, &[node("lab-1", "172.30.0.2")]).pop().expect("it is pending").objection
    }

    pub fn right() -> String {
        pem("system:node:lab-1", "system:nodes", &["lab-1"], &["172.30.0.2"])
    }

    #[test]
    fn what_matches_the_node_may_be_approved() {
        assert_eq!(objection_to(&right(), |_| {}), None);
    }

    #[test]
    fn every_word_has_to_match() {
        let of = |common: &str, organisation: &str, names: &[&str], addresses: &[&str]| {
            objection_to(&pem(common, organisation, names, addresses), |_| {}).unwrap_or_default()
        };
        let (lab, nodes) = ("system:node:lab-1", "system:nodes");
        insta::assert_snapshot!(of("system:node:lab-2", nodes, &["lab-1"], &[]), @r#"its subject is ["system:node:lab-2"], not that of Node lab-1"#);
        insta::assert_snapshot!(of(lab, "system:masters", &["lab-1"], &[]), @r#"its organisation is ["system:masters"], not system:nodes"#);
        insta::assert_snapshot!(of(lab, nodes, &["kubernetes.default"], &[]), @"it asks for kubernetes.default, which is not an address of the Node (172.30.0.2, lab-1)");
        insta::assert_snapshot!(of(lab, nodes, &["lab-1"], &["10.96.0.1"]), @"it asks for 10.96.0.1, which is not an address of the Node (172.30.0.2, lab-1)");
        insta::assert_snapshot!(of(lab, nodes, &[], &[]), @"it asks for no name and no address");
    }

    #[test]
    fn who_asks_and_what_for_has_to_match() {
        let of = |pointer: &str, value: Value| {
            objection_to(&right(), |raw| *raw.pointer_mut(pointer).unwrap() = value.clone()).unwrap_or_default()
        };
        insta::assert_snapshot!(of("/spec/username", json!("jane")), @r#"its requestor is "jane", not a node"#);
        insta::assert_snapshot!(of("/spec/username", json!("system:node:ghost")), @"there is no Node ghost");
        insta::assert_snapshot!(of("/spec/groups", json!(["system:authenticated"])), @"its requestor is not in the group system:nodes");
        insta::assert_snapshot!(of("/spec/usages", json!(["server auth", "client auth"])), @r#"it asks for the usage "client auth", which a serving certificate does not need"#);
        insta::assert_snapshot!(of("/spec/usages", json!(["digital signature"])), @r#"it does not ask for the usage "server auth""#);
    }

    #[test]
    fn garbage_is_not_approved() {
        assert!(objection_to("hello", |_| {}).unwrap().starts_with("its request cannot be read: "));
    }

    #[test]
    fn only_the_newest_request_of_a_kubelet_counts() {
        let older = request(&right(), |_| {});
        let newer = request(&right(), |raw| {
            raw["metadata"]["name"] = json!("csr-2");
            raw["metadata"]["creationTimestamp"] = json!("2026-11-22T22:05:00Z");
        });
        let requests = [older, newer];
        let nodes = [node("lab-1", "172.30.0.2")];
        let objections: Vec<_> = pending(&requests, &nodes).into_iter().map(|one| (one.name, one.objection)).collect();
        assert_eq!(
            objections,
            [("csr-1", Some("a newer request of the same kubelet takes its place".to_owned())), ("csr-2", None)]
        );
    }

    #[test]
    fn a_decided_request_is_not_pending() {
        let approved = request(&right(), |raw| {
            raw["status"] = json!({ "conditions": [{ "type": "Approved", "status": "True" }] });
        });
        assert_eq!(pending(&[approved], &[node("lab-1", "172.30.0.2")]), []);
    }
}
