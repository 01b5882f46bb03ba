//! From where it is asked, and how.

use lab::temporary::Temporary;

use crate::args::{Args, From};
use crate::facts::Facts;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub from: From,
    /// The node that it has to be.
    pub node: Option<String>,
    /// Everything over one connection.
    pub keep_alive: bool,
}

/// In the order in which they are reported.
pub fn places(args: &Args, facts: &Facts) -> Vec<Place> {
    let at = |node: Option<String>| Place { from: args.from, node, keep_alive: false };
    let each = match (args.from, args.from_each_node) {
        (From::Here, _) => vec![at(None)],
        (_, true) => facts.nodes.iter().map(|node| at(Some(node.clone()))).collect(),
        (_, false) => vec![at(args.node.clone())],
    };
    let kept = |place: &Place| Place { keep_alive: true, ..place.clone() };
    let both = each.iter().flat_map(|place| [Some(place.clone()), args.keep_alive.then(|| kept(place))]);
    both.flatten().collect()
}

/// The Job of a place is about its number.
pub fn look(facts: &Facts, place: usize) -> Option<&Temporary> {
    facts.looks.iter().find(|look| look.about == place.to_string())
}

impl Place {
    /// `a pod on node lab-1, over one connection`; `node`: where it turned out to be.
    pub fn words(&self, node: Option<&str>) -> String {
        let node = self.node.as_deref().or(node);
        let place = match (self.from, node) {
            (From::Here, _) => "this machine".to_owned(),
            (From::Pod, None) => "a pod".to_owned(),
            (From::Pod, Some(node)) => format!("a pod on node {node}"),
            (From::Node, None) => "a node".to_owned(),
            (From::Node, Some(node)) => format!("node {node}"),
        };
        if self.keep_alive { format!("{place}, one connection") } else { place }
    }
}
