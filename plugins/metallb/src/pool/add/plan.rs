//! From facts to a plan: what of the pool and its advertisement is missing, and what speaks against it.
//!
//! A pool that is there with other addresses is left alone. To extend it would change what somebody has declared, perhaps
//! in a file that is applied again; and a second pool serves Services that name none just as well.

#[cfg(test)]
mod tests;

use lab_plan::{Change, Plan, Refusal, Step};
use serde_json::json;

use super::super::advertised::{Advertisement, advertised};
use super::args::Args;
use super::facts::Facts;
use crate::addresses::check::check;
use crate::addresses::range::{Range, same_addresses};
use crate::around;
use crate::install::create;
use crate::network::Look;
use crate::resources::{IPAddressPool, name};

pub const ID: &str = "add-pool";

/// The lecture's.
const ADVERTISEMENT: &str = "external-access";

pub fn plan(args: &Args, facts: &Facts) -> Plan {
    let look = Look {
        given: &args.network,
        run: &facts.run,
        nodes: &facts.nodes,
        around: &facts.around,
        jobs: &facts.looks,
        is_of_use: facts.present.kinds && facts.present.pool(&args.name).is_none(),
        proposes: false,
    };
    look.before(of_pool(args, facts))
}

fn of_pool(args: &Args, facts: &Facts) -> Plan {
    if !facts.present.kinds {
        return Plan::refuse(not_installed(args));
    }
    if let Some(there) = facts.present.pool(&args.name).map(|seen| &seen.object) {
        let found = around::read_pool(there);
        if !found.unreadable.is_empty() || !same_addresses(&found.ranges, &args.ranges) {
            return Plan::refuse(other_addresses(args, there, &found.ranges));
        }
    }
    let advertisers = advertisers(args, facts);
    let (mut refusals, mut notes) = (Vec::new(), notes(args, facts, &advertisers));
    let mut changes = Vec::new();
    if facts.present.pool(&args.name).is_none() {
        let verdict = check(&args.ranges, &facts.around);
        refusals.extend(verdict.refusals);
        notes.extend(verdict.notes);
        let spec = json!({ "addresses": words(&args.ranges) });
        changes.push(create("IPAddressPool", facts.present.namespace(), &args.name, &spec, &facts.run));
    }
    if advertisers.is_empty() {
        match advertisement(args, facts) {
            Ok(change) => changes.push(change),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if changes.is_empty() && refusals.is_empty() {
        return Plan { notes, ..Plan::done() };
    }
    let why = "MetalLB hands out only addresses of a pool, and announces only what an advertisement covers";
    let step = Step::new(ID, title(args, &changes), why, changes).once_accepted();
    Plan { refusals, notes, ..Plan::step(step, "look whether MetalLB has it") }
}

fn words(ranges: &[Range]) -> Vec<String> {
    ranges.iter().map(Range::to_string).collect()
}

fn title(args: &Args, changes: &[Change]) -> String {
    let one = |change: &Change| match change.target.kind.as_str() {
        "IPAddressPool" => format!("IPAddressPool {} with {}", args.name, words(&args.ranges).join(", ")),
        kind => format!("{kind} {} that announces it", change.target.name),
    };
    format!("create {}", changes.iter().map(one).collect::<Vec<_>>().join(", and "))
}

fn not_installed(args: &Args) -> Refusal {
    let pools: String = words(&args.ranges).iter().map(|range| format!(" --pool {range}")).collect();
    Refusal::cannot_mend("MetalLB is not installed: the cluster does not know the kind IPAddressPool")
        .hint(format!("install it with this pool: kubectl lab metallb install --pool-name {}{pools}", args.name))
}

/// Says what differs, and what to do about it.
fn other_addresses(args: &Args, there: &IPAddressPool, found: &[Range]) -> Refusal {
    let (pool, listed) = (&args.name, there.spec.addresses.join(", "));
    let beyond = |some: &[Range], others: &[Range]| -> Vec<String> {
        some.iter().flat_map(|range| range.minus(others)).map(|range| range.to_string()).collect()
    };
    let (missing, more) = (beyond(&args.ranges, found), beyond(found, &args.ranges));
    let mut refusal = Refusal::refused(format!("IPAddressPool {pool} exists with other addresses: {listed}"), None);
    if !missing.is_empty() {
        refusal = refusal.hint(format!("it does not have {}", missing.join(", ")));
    }
    if !more.is_empty() {
        refusal = refusal.hint(format!("it has also {}", more.join(", ")));
    }
    if !missing.is_empty() {
        let line = format!("kubectl lab metallb pool add {pool}-2 {}", missing.join(" "));
        refusal = refusal.hint(format!("a second pool serves just as well: {line}"));
    }
    let namespace = there.metadata.namespace.as_deref().unwrap_or_default();
    refusal.hint(format!("or change it where it is: kubectl edit ipaddresspool {pool} -n {namespace}"))
}

/// Who announces the pool, or will as soon as it is there.
pub fn advertisers(args: &Args, facts: &Facts) -> Vec<Advertisement> {
    let planned = IPAddressPool {
        metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
            name: Some(args.name.clone()),
            ..Default::default()
        },
        ..IPAddressPool::default()
    };
    advertised(&facts.present, facts.present.pool(&args.name).map_or(&planned, |seen| &seen.object))
}

fn advertisement(args: &Args, facts: &Facts) -> Result<Change, Refusal> {
    let taken =
        |wanted: &str| facts.present.l2_advertisements.iter().find(|seen| name(&seen.object.metadata) == wanted);
    let wanted = match &args.advertisement {
        Some(wanted) => wanted,
        None if taken(ADVERTISEMENT).is_none() => ADVERTISEMENT,
        None => &args.name,
    };
    if let Some(there) = taken(wanted) {
        let pools = there.object.spec.ip_address_pools.join(", ");
        let reason = format!("L2Advertisement {wanted} exists, and announces other pools: {pools}");
        return Err(Refusal::refused(reason, None).hint("take another name for the new one: --advertisement NAME"));
    }
    let spec = json!({ "ipAddressPools": [args.name] });
    Ok(create("L2Advertisement", facts.present.namespace(), wanted, &spec, &facts.run))
}

fn notes(args: &Args, facts: &Facts, advertisers: &[Advertisement]) -> Vec<String> {
    let mut notes = Vec::new();
    if !advertisers.is_empty() {
        let named: Vec<String> = advertisers.iter().map(ToString::to_string).collect();
        notes.push(format!("{} announces it", named.join(" and ")));
        let asked = args.advertisement.as_ref().filter(|asked| advertisers.iter().all(|one| one.name != **asked));
        notes.extend(asked.map(|asked| format!("L2Advertisement {asked} is not needed, and not made")));
    }
    if facts.present.controller.is_none() {
        notes.push("MetalLB's controller is not there: nobody hands out these addresses".into());
    }
    notes
}
