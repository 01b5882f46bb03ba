//! Whom a place should be answered by.

use lab_topics::service::{Asker, Expectation, Split, expect, in_use};

use crate::args::From;
use crate::place::Place;
use crate::report::ProbeReport;
use crate::tally::Tally;
use crate::target::Target;

pub fn expected(report: &ProbeReport, place: &Place, tally: &Tally) -> Expectation {
    let found = &report.facts.found;
    let among: Vec<String> = in_use(&found.endpoints).into_iter().map(|endpoint| endpoint.name().to_owned()).collect();
    let of = |split, why: &str| Expectation { among: among.clone(), split, why: why.to_owned() };
    let Some(service) = &found.service else {
        return match report.args.target {
            Target::Pod(_) => {
                let among = found.endpoints.iter().map(|endpoint| endpoint.name().to_owned()).collect();
                Expectation { among, split: Split::OnePod, why: "it was asked by its own address".into() }
            }
            _ => of(Split::Open, "which Service stands behind it is unknown"),
        };
    };
    if place.keep_alive {
        let why = "the pod is chosen once for each connection, and this was a single one";
        return of(Split::OnePod, why);
    }
    let ground = report.ground.clone().unwrap_or_default();
    let node = place.node.clone().or_else(|| tally.node.clone());
    let zone = node.as_ref().and_then(|node| ground.zones.iter().find(|(name, _)| name == node));
    let asker = Asker { inside: place.from != From::Here, zone: zone.map(|(_, zone)| zone.clone()), node };
    expect(service, &found.endpoints, ground.balancing, &asker)
}
