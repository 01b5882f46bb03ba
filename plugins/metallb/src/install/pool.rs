//! The pool and its advertisement: what has to be created, what is there already, and what stands in the way.

use lab::rights::Right;
use lab_plan::{Change, Choice, Plan, Question, Refusal, Step, Target, Then};
use serde_json::{Value, json};

use super::args::Args;
use super::facts::Facts;
use super::objects::marked;
use crate::addresses::check::{Verdict, check};
use crate::addresses::propose::propose;
use crate::addresses::range::{Range, same_addresses};
use crate::resources::{API_VERSION, name};

pub const ID: &str = "create-pool";

pub fn title(args: &Args) -> String {
    let ranges: Vec<String> = args.pool.iter().map(Range::to_string).collect();
    format!(
        "create IPAddressPool {} with {}, and L2Advertisement {} that announces it",
        args.pool_name,
        ranges.join(", "),
        args.advertisement
    )
}

/// What has to be known of the addresses before anything is written.
pub fn verdict(args: &Args, facts: &Facts) -> Verdict {
    let known = facts.present.pool(&args.pool_name).is_some();
    if args.pool.is_empty() || known { Verdict::default() } else { check(&args.pool, &facts.around) }
}

/// Whether some pool is there or asked for; else which there could be.
pub fn question(args: &Args, facts: &Facts) -> Option<Question> {
    if !args.pool.is_empty() || !facts.present.pools.is_empty() {
        return None;
    }
    let proposals = propose(&facts.around);
    let value = |ranges: &[Range]| ranges.iter().map(Range::to_string).collect::<Vec<_>>().join(" ");
    let options: Vec<Choice> = proposals
        .offers
        .iter()
        .map(|offer| Choice { value: value(&offer.ranges), why: offer.reasons.join("; ") })
        .collect();
    let mut otherwise = Refusal::refused("no addresses were given: MetalLB needs a pool that it may hand out", None);
    for option in &options {
        let flags = option.value.split(' ').map(|range| format!("--pool {range}")).collect::<Vec<_>>().join(" ");
        otherwise = otherwise.hint(format!("free, as far as the cluster tells: {flags} ({})", option.why));
    }
    if options.is_empty() {
        let hint = "give some of the nodes' network that nothing else uses: --pool A-B; with --subnet CIDR a range is proposed";
        otherwise = otherwise.hint(hint);
    }
    Some(Question { text: "Which addresses may MetalLB hand out?".into(), options, otherwise })
}

/// Whether this run will have to create the pool or its advertisement, now or after what is asked.
pub fn will_be_created(args: &Args, facts: &Facts) -> bool {
    let is_missing = || facts.present.pool(&args.pool_name).is_none() || !is_announced(args, facts);
    if args.pool.is_empty() { facts.present.pools.is_empty() } else { is_missing() }
}

/// What that needs, which the API server knows only once MetalLB's kinds are there.
pub fn rights(facts: &Facts) -> Vec<Right> {
    let create = |resource: &str| Right::new("create", "metallb.io", resource, Some(facts.present.namespace()));
    ["ipaddresspools", "l2advertisements"].map(create).into()
}

/// What keeps the pool or its advertisement from being as asked for.
pub fn in_the_way(args: &Args, facts: &Facts) -> Option<Refusal> {
    let Some(pool) = facts.present.pool(&args.pool_name).filter(|_| !args.pool.is_empty()) else {
        return advertisement_in_the_way(args, facts);
    };
    let there: Vec<Range> = pool.object.spec.addresses.iter().filter_map(|text| Range::in_pool(text)).collect();
    if same_addresses(&there, &args.pool) {
        return advertisement_in_the_way(args, facts);
    }
    let listed = pool.object.spec.addresses.join(", ");
    let reason = format!("IPAddressPool {} exists with other addresses: {listed}", args.pool_name);
    Some(
        Refusal::refused(reason, None)
            .hint("take another name for the new one: --pool-name NAME")
            .hint(format!("or remove it first: kubectl lab metallb pool remove {}", args.pool_name)),
    )
}

fn advertisement_in_the_way(args: &Args, facts: &Facts) -> Option<Refusal> {
    if is_announced(args, facts) {
        return None;
    }
    let there =
        facts.present.l2_advertisements.iter().find(|seen| name(&seen.object.metadata) == args.advertisement)?;
    let pools = there.object.spec.ip_address_pools.join(", ");
    let reason = format!("L2Advertisement {} exists, and announces other pools: {pools}", args.advertisement);
    Some(Refusal::refused(reason, None).hint("take another name for the new one: --advertisement NAME"))
}

/// The step that is still to be taken, once MetalLB is up.
pub fn plan(args: &Args, facts: &Facts) -> Option<Plan> {
    let changes = changes(args, facts);
    if changes.is_empty() {
        return None;
    }
    let why = "MetalLB hands out only addresses of a pool, and announces only what an advertisement covers";
    let step = Step::new(ID, title(args), why, changes).once_accepted();
    Some(Plan { steps: vec![step], ..Plan::wait("look whether MetalLB took the pool") })
}

fn changes(args: &Args, facts: &Facts) -> Vec<Change> {
    if args.pool.is_empty() {
        return Vec::new();
    }
    let namespace = facts.present.namespace();
    let mut changes = Vec::new();
    if facts.present.pool(&args.pool_name).is_none() {
        let ranges: Vec<String> = args.pool.iter().map(Range::to_string).collect();
        changes.push(create("IPAddressPool", namespace, &args.pool_name, &json!({ "addresses": ranges }), &facts.run));
    }
    if !is_announced(args, facts) {
        let mut spec = json!({ "ipAddressPools": [args.pool_name] });
        if !args.interface.is_empty() {
            spec["interfaces"] = json!(args.interface);
        }
        changes.push(create("L2Advertisement", namespace, &args.advertisement, &spec, &facts.run));
    }
    changes
}

/// Some advertisement covers the pool, or will.
fn is_announced(args: &Args, facts: &Facts) -> bool {
    let labels = facts.present.pool(&args.pool_name).and_then(|pool| pool.object.metadata.labels.clone());
    let namespace = Some(facts.present.namespace());
    facts.present.l2_advertisements.iter().any(|seen| {
        seen.object.metadata.namespace.as_deref() == namespace
            && seen.object.spec.covers(&args.pool_name, labels.as_ref())
    })
}

pub fn create(kind: &str, namespace: &str, name: &str, spec: &Value, run: &str) -> Change {
    let object = json!({
        "apiVersion": API_VERSION, "kind": kind,
        "metadata": { "name": name, "namespace": namespace },
        "spec": spec,
    });
    Change::create(Target::namespaced(API_VERSION, kind, namespace, name), marked(&object, run))
}

/// Asking changes nothing.
pub fn ask(question: Question, notes: Vec<String>) -> Plan {
    Plan { notes, then: Then::Ask(question), ..Plan::done() }
}
