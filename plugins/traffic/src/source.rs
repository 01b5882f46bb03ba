//! Who counts a pod's traffic: the kubelet of its node, or the pod's own kernel.

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The kubelet's statistics: bytes, some seconds old.
    Summary,
    /// The kubelet's metrics of cAdvisor: packets and drops too, and a longer answer.
    Cadvisor,
    /// `/proc/net/dev`, read in the pod: nothing is older than the moment, and each pod is asked for itself.
    Pod,
}

impl Source {
    /// Of the kubelet's two the one that tells what is wanted.
    pub fn best(packets: bool) -> Source {
        if packets { Source::Cadvisor } else { Source::Summary }
    }

    /// The one to turn to where this one knows nothing of a node's pods. `tried`: those that know nothing.
    pub fn next(tried: &[Source]) -> Option<Source> {
        [Source::Summary, Source::Cadvisor, Source::Pod].into_iter().find(|source| !tried.contains(source))
    }

    pub fn word(self) -> &'static str {
        match self {
            Source::Summary => "summary",
            Source::Cadvisor => "cadvisor",
            Source::Pod => "pod",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pods_themselves_are_asked_last() {
        assert_eq!(Source::next(&[Source::best(true)]), Some(Source::Summary));
        assert_eq!(Source::next(&[Source::Summary]), Some(Source::Cadvisor));
        assert_eq!(Source::next(&[Source::Summary, Source::Cadvisor]), Some(Source::Pod));
        assert_eq!(Source::next(&[Source::Summary, Source::Cadvisor, Source::Pod]), None);
    }
}
