//! Nothing serves metrics.k8s.io: install metrics-server, if told to.

use lab_plan::{Change, Plan, Refusal, Step, Then};

use super::insecure_announcement;
use crate::args::Args;
use crate::facts::{Facts, Release};
use crate::release::contains;

pub fn plan(args: &Args, facts: &Facts) -> Plan {
    let Some(release) = &facts.release else {
        let refusal = Refusal::cannot_mend("metrics-server is not installed: nothing serves metrics.k8s.io");
        return Plan::refuse(refusal.hint("install it with: kubectl lab metrics-fix --install"));
    };
    let differing: Vec<String> = release
        .objects
        .iter()
        .filter(|planned| planned.live.as_ref().is_some_and(|live| !contains(live, &planned.object)))
        .map(|planned| planned.target.to_string())
        .collect();
    if !differing.is_empty() {
        let reason =
            format!("the cluster has objects of these names already, and they differ: {}", differing.join(", "));
        let hint = "look at them with kubectl get -o yaml; delete what is left over of an earlier installation, then run this again";
        return Plan::refuse(Refusal::refused(reason, None).hint(hint));
    }
    Plan {
        steps: vec![step(release)],
        refusals: Vec::new(),
        notes: release.note.iter().cloned().collect(),
        may_follow: if args.secure { Vec::new() } else { vec![insecure_announcement()] },
        then: Then::LookAgain { why: "look again until metrics can be read".into() },
    }
}

fn step(release: &Release) -> Step {
    let missing = release.objects.iter().filter(|planned| planned.live.is_none());
    let changes: Vec<Change> =
        missing.map(|planned| Change::create(planned.target.clone(), planned.object.clone())).collect();
    let (count, sha256) = (changes.len(), &release.sha256);
    let title = if release.name == release.url {
        format!("create the {count} objects of metrics-server from {} (sha256 {sha256})", release.url)
    } else {
        format!("create the {count} objects of metrics-server {} ({}, sha256 {sha256})", release.name, release.url)
    };
    Step::new("install", title, "nothing serves metrics.k8s.io", changes)
}
