//! What the proof has shown.

use lab::Report as _;
use lab::temporary::TemporaryState;
use lab_plan::Exit;
use serde::Serialize;

use super::{Proof, asked};
use crate::chain::{Id, State, list};
use crate::install::args::Args;
use crate::verify::{self, Shown, VerifyReport};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProofReport {
    conclusion: Conclusion,
    /// In one line.
    pub verdict: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<VerifyReport>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Conclusion {
    /// An answer off the nodes: the address is announced on their network.
    Layer2,
    /// An answer to a pod, whose node short-cuts the address.
    KubeProxy,
    Fails,
    Unproven,
}

/// `None` where nothing was made for it yet.
pub fn report(args: &Args, proof: &Proof) -> Option<ProofReport> {
    let server = proof.server.as_ref()?;
    let Some(seen) = &proof.seen else {
        let why = match &server.state {
            TemporaryState::Failed(why, _) => why.as_str(),
            TemporaryState::Pending(why) => why.as_str(),
            TemporaryState::Running | TemporaryState::Succeeded(_) => "it was not asked",
        };
        let verdict = format!("unproven: no pod could serve an answer: {why}");
        return Some(ProofReport { conclusion: Conclusion::Unproven, verdict, service: None });
    };
    let asked = asked(args, server);
    let (conclusion, verdict) = judge(&asked, proof, seen);
    Some(ProofReport { conclusion, verdict, service: Some(verify::report(&asked, seen)) })
}

fn judge(asked: &verify::Args, proof: &Proof, seen: &verify::Facts) -> (Conclusion, String) {
    let hops = verify::hops(asked, seen);
    let hop = |id: Id| hops.iter().find(|hop| hop.id == id);
    if let Some(failed) = hops.iter().find(|hop| hop.state == State::Failed) {
        return (Conclusion::Fails, format!("the proof failed ({}): {}", failed.id.words(), failed.said));
    }
    // An answer that shows nothing anyway is nobody's fault.
    let taken = proof.somebody_else.filter(|_| hop(Id::FromHere).is_some_and(|hop| hop.state == State::Ok));
    if let Some(socket) = taken {
        let said =
            format!("the proof failed: somebody else answers at {socket}, another machine or something on the way");
        return (Conclusion::Fails, said);
    }
    let addresses = seen.service.iter().flat_map(crate::services::LoadBalancer::addresses);
    let at = list(&addresses.map(|address| address.to_string()).collect::<Vec<_>>());
    let shown = verify::shown(&hops, seen.here.as_ref().map(|here| &here.place));
    if shown.contains(&Shown::Layer2) {
        let said = format!("layer 2 was shown: a Service of this run answered at {at} from off the nodes");
        return (Conclusion::Layer2, said);
    }
    let from_here = hop(Id::FromHere).map(|hop| hop.said.as_str()).unwrap_or_default();
    if shown.contains(&Shown::KubeProxy) {
        let said = format!(
            "kube-proxy only was shown: a Service of this run answered at {at} from inside the cluster; layer 2 is unproven: {from_here}"
        );
        return (Conclusion::KubeProxy, said);
    }
    let from_pod = hop(Id::FromPod).map(|hop| hop.said.as_str()).unwrap_or_default();
    (
        Conclusion::Unproven,
        format!("unproven: a Service of this run got {at}, and no answer was got: {from_pod}; {from_here}"),
    )
}

impl ProofReport {
    pub fn exit(&self) -> Exit {
        match self.conclusion {
            Conclusion::Layer2 | Conclusion::KubeProxy => Exit::Done,
            Conclusion::Fails => Exit::Negative,
            Conclusion::Unproven => Exit::Failed,
        }
    }

    /// Where it failed, hop by hop.
    pub fn table(&self) -> Option<String> {
        let failed = matches!(self.conclusion, Conclusion::Fails | Conclusion::Unproven);
        self.service.as_ref().filter(|_| failed).map(|service| service.table(false))
    }
}
