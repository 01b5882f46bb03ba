//! Who is asked about the pods of each node, and who knew nothing of them.

use std::collections::BTreeMap;

use crate::source::Source;

#[derive(Clone, Debug)]
pub struct Asked {
    best: Source,
    /// By node: whoever knows nothing of its pods, and whom to ask instead.
    fallen: BTreeMap<String, Fallen>,
}

#[derive(Clone, Debug)]
struct Fallen {
    in_vain: Vec<Source>,
    instead: Option<Source>,
}

impl Asked {
    pub fn new(packets: bool, kubelets: bool) -> Asked {
        let best = if kubelets { Source::best(packets) } else { Source::Pod };
        Asked { best, fallen: BTreeMap::new() }
    }

    /// Nobody where nobody knows anything of this node's pods.
    pub fn about(&self, node: &str) -> Option<Source> {
        self.fallen.get(node).map_or(Some(self.best), |fallen| fallen.instead)
    }

    /// It knows nothing; who is asked from now on.
    pub fn knew_nothing(&mut self, node: &str, source: Source) -> Option<Source> {
        let fallen = self.fallen.entry(node.to_owned()).or_insert(Fallen { in_vain: Vec::new(), instead: None });
        fallen.in_vain.push(source);
        fallen.instead = Source::next(&fallen.in_vain);
        fallen.instead
    }

    /// Whether the pods themselves are asked at some node.
    pub fn is_pods_turn(&self, node: &str) -> bool {
        self.about(node) == Some(Source::Pod)
    }

    /// The nodes that are known to have no better source than their pods.
    pub fn nodes_of_pods(&self) -> Vec<String> {
        self.fallen
            .iter()
            .filter(|(_, fallen)| fallen.instead == Some(Source::Pod))
            .map(|(node, _)| node.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_falls_from_one_source_to_the_next_and_the_others_do_not() {
        let mut asked = Asked::new(false, true);
        assert_eq!(asked.knew_nothing("lab-1", Source::Summary), Some(Source::Cadvisor));
        assert_eq!(asked.knew_nothing("lab-1", Source::Cadvisor), Some(Source::Pod));
        assert!(asked.is_pods_turn("lab-1") && !asked.is_pods_turn("lab-2"));
        assert_eq!((asked.about("lab-2"), asked.nodes_of_pods()), (Some(Source::Summary), vec!["lab-1".to_owned()]));
    }

    #[test]
    fn without_the_right_to_ask_kubelets_the_pods_are_asked() {
        assert!(Asked::new(true, false).is_pods_turn("any"));
    }
}
