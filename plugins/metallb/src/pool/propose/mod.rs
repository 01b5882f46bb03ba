//! `kubectl lab metallb pool propose`: small free ranges on the nodes' network, with the reasons for each.

mod report;

use k8s_openapi::api::core::v1::{Node, Service};
use lab::temporary::Temporary;
use lab::{Reach, Reader, Result, Selection, Verb};
use lab_plan::{Plan, Refusal};

use crate::addresses::propose::{Proposals, Without, propose};
use crate::addresses::surroundings::Surroundings;
use crate::network::Look;
use crate::present::{self, Present};
use crate::{around, network};

pub struct Propose;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub network: network::Given,
}

const EXAMPLES: &str = "Examples:
  # Which addresses of the nodes' network seem to be free? It is looked at by a short pod, or known beside a pool
  kubectl lab metallb pool propose

  # Without a pod
  kubectl lab metallb pool propose --subnet 172.30.0.0/24";

pub struct Facts {
    /// Names this run on what it creates.
    run: String,
    nodes: Vec<Node>,
    present: Present,
    around: Surroundings,
    /// The Jobs of this run.
    looks: Vec<Temporary>,
}

impl Facts {
    /// What is around, with what pools suggest of the nodes' network where nothing else tells it.
    fn guessed(&self) -> Surroundings {
        let mut around = self.around.clone();
        around::guess(&mut around, &self.present);
        around
    }
}

impl Verb for Propose {
    const NAME: &'static str = "metallb pool propose";
    const ABOUT: &'static str = "Propose addresses for a pool, with the reasons";
    const REACH: Reach = Reach::Asks;

    type Args = Args;
    type Facts = Facts;
    type Report = report::PoolProposeReport;

    async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
        let present = present::look_at_work(reader).await?;
        let nodes = reader.list::<Node>(Selection::default()).await?;
        let services = reader.list::<Service>(Selection::default()).await?;
        let mut around = around::surroundings(reader, &nodes, &services, &present, args.network.subnet, "").await?;
        let looks = reader.temporary().await?;
        network::learn(&mut around, &looks);
        let nodes = nodes.into_iter().map(|seen| seen.object).collect();
        Ok(Facts { run: reader.run_id().to_owned(), nodes, present, around, looks })
    }

    /// Nothing to offer is no success: whoever asks in a script goes on with what is printed.
    fn plan(args: &Args, facts: &Facts) -> Plan {
        let guessed = facts.guessed();
        let first = look(args, facts, &guessed).before(Plan::done());
        if first != Plan::done() {
            return first;
        }
        let Proposals { offers, without } = propose(&guessed);
        if offers.is_empty() {
            let refuse = |one: &Without| Refusal::cannot_mend(one.reason.clone()).hint(one.hint.clone());
            return Plan { refusals: without.iter().map(refuse).collect(), ..Plan::done() };
        }
        let notes = without.iter().map(|one| format!("{}; {}", one.reason, one.hint)).collect();
        Plan { notes, ..Plan::done() }
    }

    fn report(_args: &Args, facts: &Facts, _plan: &Plan) -> report::PoolProposeReport {
        report::report(&facts.present, &propose(&facts.guessed()))
    }
}

fn look<'l>(args: &'l Args, facts: &'l Facts, guessed: &'l Surroundings) -> Look<'l> {
    Look {
        given: &args.network,
        run: &facts.run,
        nodes: &facts.nodes,
        // Whoever asks for a look wants no guess.
        around: if args.network.look_at_nodes { &facts.around } else { guessed },
        jobs: &facts.looks,
        is_of_use: true,
        proposes: true,
    }
}
