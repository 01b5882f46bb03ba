//! From facts to a plan: the pool goes, with an advertisement of ours that announces nothing else; then the Services have to
//! lose its addresses, which only a running controller sees to.

#[cfg(test)]
mod tests;

use lab::Seen;
use lab_plan::{Change, Plan, Refusal, Step, Target};

use super::super::losing::{left_over, losing, words};
use super::Args;
use super::facts::Facts;
use crate::addresses::surroundings::Pool;
use crate::around;
use crate::controller::{self, down, keeps_pools_in_use, restart};
use crate::inventory::is_ours;
use crate::resources::{API_VERSION, IPAddressPool, L2Advertisement, name};
use crate::services::LoadBalancer;

pub const FOREIGN: &str = "foreign-pool";
pub const ALLOWS: [(&str, &str); 1] = [(FOREIGN, "remove a pool that this command did not make")];

const REMOVE: &str = "remove-pool";
const RESTART: &str = "restart-controller";

pub fn plan(args: &Args, facts: &Facts) -> Plan {
    let case = Case { args, facts, pool: facts.present.pool(&args.name) };
    if let Some(wait) = case.already_going() {
        return wait;
    }
    let changes = case.changes();
    if changes.is_empty() { case.afterwards() } else { case.remove(changes) }
}

struct Case<'f> {
    args: &'f Args,
    facts: &'f Facts,
    pool: Option<&'f Seen<IPAddressPool>>,
}

impl Case<'_> {
    fn already_going(&self) -> Option<Plan> {
        let metadata = &self.pool?.object.metadata;
        metadata.deletion_timestamp.as_ref()?;
        let finalizers = metadata.finalizers.clone().unwrap_or_default().join(", ");
        let target = target("IPAddressPool", self.namespace(), &self.args.name);
        Some(Plan::wait(format!("{target} is being deleted; it stays until these are through with it: {finalizers}")))
    }

    fn namespace(&self) -> &str {
        self.facts.present.namespace()
    }

    fn changes(&self) -> Vec<Change> {
        let delete = |kind: &str, name: &str, raw| Change::delete(target(kind, self.namespace(), name), raw);
        let pool = self.pool.map(|pool| delete("IPAddressPool", &self.args.name, &pool.raw));
        let advertisements = self.facts.present.l2_advertisements.iter().filter(|seen| self.is_only_for_it(seen));
        let advertisements =
            advertisements.map(|seen| delete("L2Advertisement", name(&seen.object.metadata), &seen.raw));
        pool.into_iter().chain(advertisements).collect()
    }

    /// Ours, and of no use for any other pool.
    fn is_only_for_it(&self, seen: &Seen<L2Advertisement>) -> bool {
        let (metadata, spec) = (&seen.object.metadata, &seen.object.spec);
        is_ours(metadata)
            && metadata.deletion_timestamp.is_none()
            && metadata.namespace.as_deref() == Some(self.namespace())
            && spec.ip_address_pool_selectors.is_empty()
            && spec.ip_address_pools == [self.args.name.as_str()]
    }

    fn remove(&self, changes: Vec<Change>) -> Plan {
        let going: Vec<Pool> = self.pool.map(|pool| around::read_pool(&pool.object)).into_iter().collect();
        let losing = losing(&self.facts.services, &going);
        let why = match &losing[..] {
            [] => "no Service has an address of it".to_owned(),
            some => format!("asked for; these Services lose their address: {}", words(some)),
        };
        let mut step = Step::new(REMOVE, self.title(&changes), why, changes).destructive();
        step.cannot_be_undone = self.pool.map(|pool| self.way_back(&pool.object));
        let mut refusals: Vec<Refusal> = self.pool.and_then(|pool| self.foreign(pool)).into_iter().collect();
        if !losing.is_empty() {
            refusals.extend(self.nobody_takes_back(&losing));
            if keeps_pools_in_use(&self.facts.present) {
                step = step.settle(restart(&self.facts.present));
            }
        }
        Plan { refusals, ..Plan::step(step, "look whether the Services have lost its addresses") }
    }

    fn title(&self, changes: &[Change]) -> String {
        let one = |change: &Change| match (change.target.kind.as_str(), self.pool) {
            ("IPAddressPool", Some(pool)) => {
                format!("IPAddressPool {} ({})", self.args.name, pool.object.spec.addresses.join(", "))
            }
            (kind, _) => format!("{kind} {}, which announces nothing else", change.target.name),
        };
        format!("remove {}", changes.iter().map(one).collect::<Vec<_>>().join(", and "))
    }

    fn way_back(&self, pool: &IPAddressPool) -> String {
        let ranges = pool.spec.addresses.iter().map(|range| format!(" {}", range.replace(' ', ""))).collect::<String>();
        format!(
            "kubectl lab metallb pool add {}{ranges} makes it anew; Services may get other addresses then",
            self.args.name
        )
    }

    fn foreign(&self, pool: &Seen<IPAddressPool>) -> Option<Refusal> {
        if is_ours(&pool.object.metadata) {
            return None;
        }
        let reason = format!("IPAddressPool {} was not made by this command", self.args.name);
        let look = format!("kubectl get ipaddresspool {} -n {} -o yaml", self.args.name, self.namespace());
        Some(Refusal::refused(reason, Some(FOREIGN)).hint(format!("look at it with: {look}")))
    }

    /// Without a controller the Services would keep an address that nobody has given.
    fn nobody_takes_back(&self, losing: &[&LoadBalancer]) -> Option<Refusal> {
        let down = down(&self.facts.present)?;
        let reason = format!("{}, and nothing else takes the addresses back from {}", down.why, words(losing));
        let look = format!("kubectl get pods -n {} -o wide", self.namespace());
        Some(Refusal::cannot_mend(reason).hint(format!("see why with: {look}")))
    }

    /// The pool is gone, in this run or in an earlier one.
    fn afterwards(&self) -> Plan {
        let pools = around::pools(&self.facts.present);
        let left = left_over(&self.facts.services, &pools, Some(&self.args.name));
        if left.is_empty() {
            let notes = if self.facts.wrote { Vec::new() } else { vec![self.not_there()] };
            return Plan { notes, ..Plan::done() };
        }
        if let Some(down) = down(&self.facts.present).filter(|down| down.for_good) {
            let reason = format!(
                "the pool is gone, {}, and these Services still have its addresses: {}",
                down.why,
                words(&left)
            );
            return Plan::refuse(Refusal::cannot_mend(reason));
        }
        if keeps_pools_in_use(&self.facts.present) && !self.facts.wrote {
            let title = format!("restart {}", controller::target(&self.facts.present));
            let why =
                format!("it goes on with a pool that is gone; these Services lose their address: {}", words(&left));
            let step = Step::new(RESTART, title, why, Vec::new()).settle(restart(&self.facts.present)).destructive();
            return Plan::step(step, "look whether the Services have lost its addresses");
        }
        Plan::wait(format!("MetalLB's controller has not taken the addresses back yet from {}", words(&left)))
    }

    fn not_there(&self) -> String {
        let names: Vec<&str> = self.facts.present.pools.iter().map(|pool| name(&pool.object.metadata)).collect();
        let others =
            if names.is_empty() { "and no other".to_owned() } else { format!("there is: {}", names.join(", ")) };
        format!("there is no IPAddressPool {}, {others}", self.args.name)
    }
}

fn target(kind: &str, namespace: &str, name: &str) -> Target {
    Target::namespaced(API_VERSION, kind, namespace, name)
}
