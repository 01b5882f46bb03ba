//! The report: what was found out so far, after each event.

use lab::Report;
use lab_plan::Exit;
use lab_topics::service::Endpoint;
use serde::{Serialize, Serializer};

use crate::args::Args;
use crate::event::{Event, Ground};
use crate::facts::Facts;
use crate::place::places;
use crate::shown::{Shown, shown};
use crate::tally::Tally;

/// What it is made from; what is shown of it is worked out when it is asked for.
#[derive(Clone, Debug)]
pub struct ProbeReport {
    pub args: Args,
    pub facts: Facts,
    pub ground: Option<Ground>,
    /// One for each place.
    pub tallies: Vec<Tally>,
    pub after: Option<Vec<Endpoint>>,
    pub policies: Vec<String>,
    pub logs_silent: Option<String>,
}

pub fn report(args: &Args, facts: &Facts) -> ProbeReport {
    ProbeReport {
        tallies: vec![Tally::default(); places(args, facts).len()],
        args: args.clone(),
        facts: facts.clone(),
        ground: None,
        after: None,
        policies: Vec::new(),
        logs_silent: None,
    }
}

impl ProbeReport {
    pub fn take(&mut self, event: &Event) {
        let tally = |report: &mut ProbeReport, place: usize, change: &mut dyn FnMut(&mut Tally)| {
            report.tallies.get_mut(place).into_iter().for_each(change);
        };
        match event {
            Event::Ground(ground) => self.ground = Some(ground.clone()),
            Event::Placed { place, node } => tally(self, *place, &mut |tally| tally.node = Some(node.clone())),
            Event::Request(request) => tally(self, request.place, &mut |tally| tally.request(request)),
            Event::Skipped { place, number } => tally(self, *place, &mut |tally| tally.skip(*number)),
            Event::Over { place, why } => tally(self, *place, &mut |tally| tally.over = Some(why.clone())),
            Event::Identified { place, number, who } => tally(self, *place, &mut |tally| tally.identify(*number, who)),
            Event::LogsSilent(why) => self.logs_silent = Some(why.clone()),
            Event::After(endpoints) => self.after = Some(endpoints.clone()),
            Event::Policies(names) => self.policies.clone_from(names),
        }
    }

    pub fn meanwhile(&self) -> String {
        let asked = u64::from(self.args.count) * u64::try_from(self.tallies.len()).unwrap_or(1);
        let told: u64 = self.tallies.iter().map(Tally::told).sum();
        let failed: u64 = self.tallies.iter().map(Tally::failed).sum();
        let mut shares: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
        for (name, share) in self.tallies.iter().flat_map(|tally| &tally.shares) {
            *shares.entry(name).or_default() += share.answers;
        }
        let shares: Vec<String> = shares.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let failed = if failed > 0 { format!(", {failed} without an answer") } else { String::new() };
        let shares = if shares.is_empty() { String::new() } else { format!(": {}", shares.join(", ")) };
        format!("{told} of {asked} requests{failed}{shares}")
    }

    fn shown(&self) -> Shown {
        shown(self)
    }
}

impl Serialize for ProbeReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown().serialize(serializer)
    }
}

impl Report for ProbeReport {
    const KIND: &'static str = "ProbeReport";

    fn table(&self, wide: bool) -> String {
        self.shown().table(wide)
    }

    fn exit(&self) -> Exit {
        if self.shown().is_negative() { Exit::Negative } else { Exit::Done }
    }
}
