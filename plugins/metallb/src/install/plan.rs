//! From facts to a plan: what is missing of MetalLB, what it still waits for, and then its pool.

#[cfg(test)]
mod tests;

use lab_plan::{Announcement, Plan, Refusal, Step, Then};
use lab_topics::kube_proxy;

use super::args::Args;
use super::facts::{Facts, Manifest};
use super::objects::{Work, work};
use super::{ground, pool, proof, proxy, waiting};
use crate::addresses::check;
use crate::network::Look;
use crate::present::Installer;
use crate::release::{Behaviour, Version};

pub const ADOPT: &str = "adopt";

pub const ALLOWS: [(&str, &str); 15] = [
    (ADOPT, "take over a MetalLB that kubectl apply installed, with every field that was declared of it"),
    ground::ALLOWS[0],
    ground::ALLOWS[1],
    ground::ALLOWS[2],
    check::ALLOWS[0],
    check::ALLOWS[1],
    check::ALLOWS[2],
    check::ALLOWS[3],
    ("cascade", "remove a kind that the new version no longer has, with all objects of it"),
    kube_proxy::ALLOWS[0],
    kube_proxy::ALLOWS[1],
    kube_proxy::ALLOWS[2],
    kube_proxy::ALLOWS[3],
    kube_proxy::ALLOWS[4],
    kube_proxy::ALLOWS[5],
];

pub fn plan(args: &Args, facts: &Facts) -> Plan {
    look(args, facts).before(proxy::before(facts, of_metallb(args, facts)))
}

fn look<'l>(args: &'l Args, facts: &'l Facts) -> Look<'l> {
    Look {
        given: &args.network,
        run: &facts.run,
        nodes: &facts.nodes,
        around: &facts.around,
        jobs: &facts.looks,
        is_of_use: pool::will_be_created(args, facts),
        proposes: args.pool.is_empty(),
    }
}

fn of_metallb(args: &Args, facts: &Facts) -> Plan {
    let mut notes: Vec<String> = facts.manifest.iter().flat_map(|manifest| manifest.release.notes.clone()).collect();
    let verdict = pool::verdict(args, facts);
    notes.extend(verdict.notes);
    let mut refusals = ground::refusals(facts);
    refusals.extend(verdict.refusals);
    refusals.extend(pool::in_the_way(args, facts));
    if let Some(question) = pool::question(args, facts) {
        return Plan { refusals, ..pool::ask(question, notes) };
    }
    if let Some(manifest) = &facts.manifest {
        let work = work(facts, manifest);
        if !work.is_empty() {
            return install(args, facts, manifest, work, refusals, notes);
        }
    }
    if let Some(plan) = waiting::plan(&facts.present) {
        refusals.extend(plan.refusals.clone());
        return Plan { refusals, notes, may_follow: announcements(args, facts), ..plan };
    }
    match pool::plan(args, facts) {
        Some(plan) => Plan { refusals, notes, may_follow: proof::announcements(facts), ..plan },
        None => Plan { refusals, notes, ..proof::plan(args, facts) },
    }
}

fn install(
    args: &Args,
    facts: &Facts,
    manifest: &Manifest,
    work: Work,
    mut refusals: Vec<Refusal>,
    notes: Vec<String>,
) -> Plan {
    let version = manifest.release.version;
    refusals.extend(owned_by_others(facts, manifest, &work));
    refusals.extend(manifest.left_over.iter().filter_map(cascade));
    let mut steps = Vec::new();
    if let Some((step, refusal)) = ground::announcers(facts, version) {
        steps.push(step);
        refusals.push(refusal);
    }
    let notes = notes.into_iter().chain(ground::note(facts, version)).chain(apart(facts, version)).collect();
    steps.extend(steps_of(facts, manifest, work));
    Plan {
        steps,
        refusals,
        notes,
        may_follow: announcements(args, facts),
        then: Then::LookAgain { why: "wait until MetalLB and its webhook are up".into() },
    }
}

fn announcements(args: &Args, facts: &Facts) -> Vec<Announcement> {
    let pool = (!args.pool.is_empty()).then(|| Announcement { id: pool::ID.into(), title: pool::title(args) });
    pool.into_iter().chain(proof::announcements(facts)).collect()
}

fn steps_of(facts: &Facts, manifest: &Manifest, work: Work) -> Vec<Step> {
    let release = &manifest.release;
    let version = release.version;
    let origin = if release.known_digest { "as it was released" } else { "not known to this program" };
    let why = format!("manifest {} (sha256 {}, {origin})", release.url, release.sha256);
    let mut steps = Vec::new();
    let upgrade = !work.declare.is_empty();
    let from = facts.present.version().filter(|from| *from != version);
    if !work.create.is_empty() {
        let what = if upgrade { "what is new in" } else { "" };
        let title = format!("create {what} MetalLB {version} ({} objects)", work.create.len()).replace("  ", " ");
        let mut step = Step::new("install-metallb", title, why.clone(), work.create);
        // What comes in the next step stays, and would not work without this.
        step.cannot_be_undone = from.map(way_back);
        steps.push(step);
    }
    if upgrade {
        let count = match work.declare.len() {
            1 => "1 object changes".to_owned(),
            count => format!("{count} objects change"),
        };
        let (title, back) = match from {
            Some(from) => (format!("bring MetalLB {from} to {version} ({count})"), way_back(from)),
            None => (
                format!("bring MetalLB {version} in line with its manifest ({count})"),
                "what the objects said before is not kept; --diff shows it beforehand".into(),
            ),
        };
        let mut step = Step::new("upgrade-metallb", title, why.clone(), work.declare);
        step.cannot_be_undone = Some(back);
        steps.push(step);
    }
    if !work.delete.is_empty() {
        let names: Vec<String> = work.delete.iter().map(|change| change.target.to_string()).collect();
        let title = format!("remove what {version} no longer has: {}", names.join(", "));
        let mut step = Step::new("prune-metallb", title, "an earlier version brought it", work.delete);
        step.cannot_be_undone = Some("install the earlier version to have it again".into());
        steps.push(step);
    }
    steps
}

/// What an upgrade means while it is under way, from the release notes of MetalLB. A speaker knows of those only that it hears, and who
/// announces an address is chosen among these.
fn apart(facts: &Facts, to: Version) -> Option<String> {
    let from = facts.present.speaker_version()?;
    let is_same = Behaviour::of(from).memberlist_key == Behaviour::of(to).memberlist_key;
    let groups = format!("while the speakers are replaced, those of {from} and of {to} do not hear each other");
    let why = "they make the key of their memberlist in different ways";
    (!is_same).then(|| format!("{groups} ({why}): an address may be announced from a node of each until all are new"))
}

fn way_back(from: Version) -> String {
    format!("to go back: kubectl lab metallb install --version {from}")
}

/// Whose MetalLB it is that would change.
fn owned_by_others(facts: &Facts, manifest: &Manifest, work: &Work) -> Vec<Refusal> {
    let version = manifest.release.version;
    let mut refusals = Vec::new();
    if facts.present.is_there() {
        match facts.present.installer() {
            Installer::Helm { release, namespace } => {
                let [release, namespace] = [(&release, "RELEASE"), (&namespace, "NAMESPACE")]
                    .map(|(name, word)| if name.is_empty() { word.to_owned() } else { name.clone() });
                let chart = version.to_string().trim_start_matches('v').to_owned();
                let line =
                    format!("helm upgrade {release} metallb/metallb -n {namespace} --version {chart} --reuse-values");
                let reason =
                    format!("MetalLB here is managed by Helm (release {release}), which has to bring it to {version}");
                return vec![Refusal::refused(reason, None).hint(line)];
            }
            Installer::GitOps(who) => {
                let reason = format!("MetalLB here is synced by {who}, which has to bring it to {version}");
                return vec![Refusal::refused(reason, None).hint("change the version in its source")];
            }
            Installer::Us | Installer::Others => {}
        }
    }
    if let [first, ..] = &work.foreign[..] {
        let more = match work.foreign.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more objects"),
        };
        let reason = format!("{first}{more} of MetalLB were not brought by this command, and would change");
        let mut refusal = Refusal::refused(reason, Some(ADOPT))
            .hint(format!("bring it to {version} the way it was installed: kubectl apply -f {}", manifest.release.url))
            .hint("see every field that would change: --dry-run=client --diff");
        for contest in work.contested.iter().take(10) {
            refusal = refusal.hint(format!("somebody else's value: {contest}"));
        }
        refusals.push(refusal);
    } else if let [first, rest @ ..] = &work.contested[..] {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        let reason = format!("{first}{more} would get another value");
        refusals.push(Refusal::refused(reason, None).hint("see the fields with: --dry-run=client --diff"));
    }
    refusals
}

fn cascade(left_over: &super::facts::LeftOver) -> Option<Refusal> {
    if left_over.holds.is_empty() {
        return None;
    }
    let reason = format!("{} would take with it: {}", left_over.target, left_over.holds.join(", "));
    Some(Refusal::refused(reason, Some("cascade")))
}
