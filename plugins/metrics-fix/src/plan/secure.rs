//! Kubelets that ask for serving certificates: approving what matches a Node makes metrics work without the insecure
//! flag. An approval cannot be taken back, so it happens with `--secure` only.

use lab_plan::{Change, Condition, Path, Plan, Refusal, Settle, Step, Target, Then};
use serde_json::json;

use super::{Server, unread_nodes};
use crate::args::Args;
use crate::requests::{Pending, pending};

/// A kubelet takes up its new certificate at once, metrics-server at its next scrape.
const TAKE_UP: i64 = 120;

/// `None` where serving certificates are not what is missing.
pub fn plan(args: &Args, server: &Server<'_>, no_certificate: bool, unverifiable: bool) -> Option<Plan> {
    let pending = pending(server.facts.requests.as_deref().unwrap_or_default(), &server.facts.nodes);
    // Anybody can ask for anything; only a request of a node without metrics explains why it has none.
    let unread = unread_nodes(server.facts);
    let explain = |one: &&Pending<'_>| unread.contains(&one.node.as_str());
    let explaining: Vec<&Pending<'_>> = pending.iter().filter(explain).collect();
    let missing = no_certificate || !explaining.is_empty();
    if args.secure {
        return secure(server, &pending, missing || unverifiable);
    }
    // Self-signed certificates are another matter, even if some other node waits for its own; and a request that only
    // renews a certificate keeps nobody from being scraped.
    if unverifiable || !no_certificate {
        return None;
    }
    if let Some(wait) = taking_up(server).filter(|_| explaining.is_empty()) {
        return Some(wait);
    }
    let (nodes, count) = (nodes(&explaining), explaining.len());
    let reason = match count {
        0 if server.facts.requests.is_none() => "kubelets have no serving certificate; whether they ask for one cannot be seen, because the right to list certificatesigningrequests is missing".to_owned(),
        0 => "kubelets have no serving certificate, and no request for one is pending".to_owned(),
        1 => format!(
            "a request for a kubelet serving certificate is pending (of {nodes}): nobody has approved it, so this kubelet cannot be scraped"
        ),
        _ => format!(
            "{count} requests for kubelet serving certificates are pending (of {nodes}): nobody has approved them, so these kubelets cannot be scraped"
        ),
    };
    let refusal = Refusal::cannot_mend(reason)
        .hint("check and approve those that match their Node, and let metrics work without the insecure flag: kubectl lab metrics-fix --secure")
        .hint("see them with: kubectl get csr");
    Some(Plan::refuse(refusal))
}

/// `lacking`: certificates are what keeps nodes from being read.
fn secure(server: &Server<'_>, pending: &[Pending<'_>], lacking: bool) -> Option<Plan> {
    let good: Vec<&Pending<'_>> = pending.iter().filter(|one| one.objection.is_none()).collect();
    let objections = pending.iter().filter_map(|one| Some((one, one.objection.as_ref()?)));
    let notes: Vec<String> =
        objections.map(|(one, why)| format!("request {} of {:?} stays pending: {why}", one.name, one.node)).collect();
    if !good.is_empty() {
        return Some(Plan {
            steps: vec![approve(&good)],
            notes,
            then: Then::LookAgain {
                why: "look again until the metrics of every Ready node and of a pod can be read".into(),
            },
            ..Plan::done()
        });
    }
    if let Some(wait) = taking_up(server) {
        return Some(wait);
    }
    if lacking && !notes.is_empty() {
        let refusal = Refusal::cannot_mend("no pending request for a kubelet serving certificate may be approved");
        return Some(Plan::refuse(notes.into_iter().fold(refusal, Refusal::hint)));
    }
    lacking.then(|| {
        let reason = "the kubelets do not ask for serving certificates that could be approved, so there is no secure way yet";
        Plan::refuse(
            Refusal::cannot_mend(reason)
                .hint("set serverTLSBootstrap: true in each kubelet's configuration (kubeadm: also in ConfigMap kube-system/kubelet-config) and restart the kubelets, then run this again")
                .hint("or, in a lab: kubectl lab metrics-fix without --secure"),
        )
    })
}

/// A certificate that was issued just now has to reach the next scrape.
fn taking_up(server: &Server<'_>) -> Option<Plan> {
    let issued = server.facts.requests.iter().flatten().filter_map(|seen| {
        let status = seen.object.status.as_ref()?;
        status.certificate.as_ref()?;
        status.conditions.as_ref()?.iter().filter_map(|condition| Some(condition.last_update_time.as_ref()?.0)).max()
    });
    let age = server.seconds_since(issued.max()?);
    (age < TAKE_UP)
        .then(|| Plan::wait("kubelets have their certificates; metrics-server's next scrapes have to follow"))
}

fn approve(good: &[&Pending<'_>]) -> Step {
    let changes: Vec<Change> = good.iter().map(|one| approval(one)).collect();
    let settle: Vec<Settle> = changes
        .iter()
        .map(|change| Settle::Until(Condition::Issued, Target { subresource: None, ..change.target.clone() }))
        .collect();
    let list: Vec<String> = good.iter().map(|one| format!("{} (Node {})", one.name, one.node)).collect();
    let (count, list) = (good.len(), list.join(", "));
    let what = if count == 1 {
        "request for a kubelet serving certificate"
    } else {
        "requests for kubelet serving certificates"
    };
    let title = format!("approve {count} {what}: {list}");
    let why =
        "these kubelets wait for their serving certificates; requestor, usages, names and addresses match their Nodes";
    let mut step = Step::new("approve-serving-requests", title, why, changes).settle(settle);
    step.cannot_be_undone = Some("a certificate that was issued stays valid until it expires".into());
    step
}

fn approval(one: &Pending<'_>) -> Change {
    let target =
        Target::cluster_wide("certificates.k8s.io/v1", "CertificateSigningRequest", one.name).subresource("approval");
    let conditions = json!([{
        "type": "Approved",
        "status": "True",
        "reason": "KubectlLabMetricsFix",
        "message": format!("requestor, usages, names and addresses match Node {}", one.node),
    }]);
    Change::set(target, &one.request.raw, Path::default().key("status").key("conditions"), Some(conditions))
}

fn nodes(pending: &[&Pending<'_>]) -> String {
    let names: std::collections::BTreeSet<&str> = pending.iter().map(|one| one.node.as_str()).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}
