//! From what is seen of the proof to what it needs next.

use std::time::Duration;

use lab::temporary::{Temporary, TemporaryJob, TemporaryState};
use lab_plan::{Announcement, Change, Plan, Step};
use serde_json::{Value, json};

use super::{Proof, SERVER, asked, line};
use crate::addresses::range::{Family, Range};
use crate::install::args::Args;
use crate::install::facts::Facts;
use crate::services::Prefixes;
use crate::verify;

const SERVICE: &str = "prove-service";

/// Any user may listen there.
const PORT: u16 = 8080;

const SCRIPT: &str = r#"mkdir -p /tmp/www && echo "$1" > /tmp/www/index.html && exec httpd -f -p "$2" -h /tmp/www"#;

/// An address, an announcement and two questions; each has its own, much shorter patience.
const DEADLINE: Duration = Duration::from_secs(240);

pub fn announcements(facts: &Facts) -> Vec<Announcement> {
    let announced = facts.proof.iter().map(|proof| {
        let title = format!(
            "prove that an address answers, for this run only: a web server and a Service of type LoadBalancer in namespace {}",
            proof.namespace
        );
        Announcement { id: SERVICE.into(), title }
    });
    announced.collect()
}

/// What is left to do once MetalLB and its pool are there.
pub fn plan(args: &Args, facts: &Facts) -> Plan {
    let Some(proof) = &facts.proof else { return Plan::done() };
    let Some(server) = &proof.server else {
        let title = format!("run a small web server in namespace {}", proof.namespace);
        let why = "an address answers only if something does behind it";
        return Plan::step(temporary(SERVER, title, why, serve(args, facts, proof)), "wait until it runs");
    };
    if let Some(seen) = &proof.seen {
        return verify::plan(&asked(args, server), seen);
    }
    match &server.state {
        TemporaryState::Pending(why) => Plan::wait(format!("the web server: {why}")),
        TemporaryState::Running => match service(args, facts, server) {
            Some(change) => {
                let title = format!("create {} of type LoadBalancer, which leads to it", change.target);
                let why = "MetalLB gives it an address and announces that, as any other's";
                Plan::step(temporary(SERVICE, title, why, change), "ask its address for an answer")
            }
            None => Plan::wait("the web server was just made"),
        },
        TemporaryState::Succeeded(_) | TemporaryState::Failed(..) => Plan::done(),
    }
}

fn temporary(id: &str, title: String, why: &str, change: Change) -> Step {
    Step::new(id, title, why, vec![change]).for_this_run()
}

fn serve(args: &Args, facts: &Facts, proof: &Proof) -> Change {
    let job = TemporaryJob::new(&facts.run, &proof.namespace, SERVER, SCRIPT);
    let job = job.args([line(&facts.run), PORT.to_string()]).image(&args.network.image).with_scratch().within(DEADLINE);
    job.create()
}

fn service(args: &Args, facts: &Facts, server: &Temporary) -> Option<Change> {
    let ports = json!([{ "name": "http", "protocol": "TCP", "port": 80, "targetPort": PORT }]);
    let mut spec = json!({ "type": "LoadBalancer", "ports": ports });
    let families = families(args, facts);
    if !families.is_empty() {
        spec["ipFamilyPolicy"] = json!(if families.len() == 1 { "SingleStack" } else { "RequireDualStack" });
        spec["ipFamilies"] = json!(families);
    }
    server.service(&facts.run, &annotations(args, facts), &spec)
}

/// The very pool that the installation is about, where it is there; others may hand out addresses too.
fn annotations(args: &Args, facts: &Facts) -> Value {
    if facts.present.pool(&args.pool_name).is_none() {
        return json!({});
    }
    let prefix = Prefixes::of(facts.present.version()).best();
    json!({ format!("{prefix}address-pool"): args.pool_name })
}

/// Those that both the pool and the cluster's Services have; none leaves the choice to the cluster.
fn families(args: &Args, facts: &Facts) -> Vec<String> {
    let pools = crate::around::pools(&facts.present);
    let named = pools.iter().any(|pool| pool.name == args.pool_name);
    let meant = pools.iter().filter(|pool| !named || pool.name == args.pool_name);
    let of_pools: Vec<Family> = meant.flat_map(|pool| &pool.ranges).map(Range::family).collect();
    let of_cluster = facts.around.families();
    let both = Family::BOTH.into_iter().filter(|family| of_pools.contains(family) && of_cluster.contains(family));
    both.map(|family| family.to_string()).collect()
}
