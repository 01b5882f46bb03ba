//! `kubectl lab metallb pool propose`: small free ranges on the nodes' network, with the reasons for each.

mod report;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::{Node, Service};
use lab::{Reach, Reader, Result, Selection, Verb};
use lab_plan::{Plan, Refusal};

use crate::addresses::propose::{Proposals, Without, propose};
use crate::around;
use crate::present::{self, Present};

pub struct Propose;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The nodes' network, which the cluster itself does not know
    #[arg(long, value_name = "CIDR")]
    pub subnet: Option<IpNet>,
}

const EXAMPLES: &str = "Examples:
  # Which addresses of the nodes' network seem to be free?
  kubectl lab metallb pool propose --subnet 172.30.0.0/24

  # Beside a pool that is announced already, its network is known
  kubectl lab metallb pool propose";

pub struct Facts {
    present: Present,
    proposals: Proposals,
}

impl Verb for Propose {
    const NAME: &'static str = "metallb pool propose";
    const ABOUT: &'static str = "Propose addresses for a pool, with the reasons";
    const REACH: Reach = Reach::Reads;

    type Args = Args;
    type Facts = Facts;
    type Report = report::PoolProposeReport;

    async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
        let present = present::look_at_work(reader).await?;
        let nodes = reader.list::<Node>(Selection::default()).await?;
        let services = reader.list::<Service>(Selection::default()).await?;
        let mut around = around::surroundings(reader, &nodes, &services, &present, args.subnet, "").await?;
        around::guess(&mut around, &present);
        Ok(Facts { present, proposals: propose(&around) })
    }

    /// Nothing to offer is no success: whoever asks in a script goes on with what is printed.
    fn plan(_args: &Args, facts: &Facts) -> Plan {
        let Proposals { offers, without } = &facts.proposals;
        if offers.is_empty() {
            let refuse = |one: &Without| Refusal::cannot_mend(one.reason.clone()).hint(one.hint.clone());
            return Plan { refusals: without.iter().map(refuse).collect(), ..Plan::done() };
        }
        let notes = without.iter().map(|one| format!("{}; {}", one.reason, one.hint)).collect();
        Plan { notes, ..Plan::done() }
    }

    fn report(_args: &Args, facts: &Facts, _plan: &Plan) -> report::PoolProposeReport {
        report::report(&facts.present, &facts.proposals)
    }
}
