//! Which requests are meant.

use std::ops::RangeInclusive;

use crate::path_pattern::PathPattern;
use crate::seen::Seen;

const READS: &[&str] = &["GET", "HEAD"];
const WRITES: &[&str] = &["POST", "PUT", "PATCH", "DELETE"];
/// Questions that are asked by creating an object that is kept nowhere: may I, who am I.
const QUESTIONS: &[&str] = &["authorization.k8s.io", "authentication.k8s.io"];

/// Without more said, every request of its kind.
#[derive(Clone, Debug)]
pub struct Rule {
    methods: Option<Vec<String>>,
    /// Only what changes the cluster, or only what does not.
    changes: Option<bool>,
    path: Option<PathPattern>,
    query: Vec<String>,
    user_agent: Option<String>,
    numbers: RangeInclusive<usize>,
}

impl Rule {
    pub fn all() -> Self {
        let every = 1..=usize::MAX;
        Self { methods: None, changes: None, path: None, query: Vec::new(), user_agent: None, numbers: every }
    }

    /// What changes the cluster: POST, PUT, PATCH and DELETE, without dry runs and without reviews (may I, who am I).
    pub fn writes() -> Self {
        Self { changes: Some(true), ..Self::all() }
    }

    /// All that is no write: reads and watches, dry runs and reviews.
    pub fn harmless() -> Self {
        Self { changes: Some(false), ..Self::all() }
    }

    pub fn reads() -> Self {
        Self::methods(READS)
    }

    pub fn watches() -> Self {
        Self::methods(&["GET"]).query("watch=")
    }

    pub fn method(method: &str) -> Self {
        Self::methods(&[method])
    }

    fn methods(methods: &[&str]) -> Self {
        let methods = methods.iter().map(|&method| method.to_owned()).collect();
        Self { methods: Some(methods), ..Self::all() }
    }

    /// `*` stands for one segment, a last `**` for any number of them.
    pub fn path(mut self, pattern: &str) -> Self {
        self.path = Some(PathPattern::new(pattern));
        self
    }

    /// A piece of the query as it is sent. Said several times, all are demanded.
    pub fn query(mut self, piece: &str) -> Self {
        self.query.push(piece.to_owned());
        self
    }

    /// A piece of the client's name.
    pub fn user_agent(mut self, piece: &str) -> Self {
        self.user_agent = Some(piece.to_owned());
        self
    }

    /// Only the n-th of them, counted from 1 since the rule was given.
    pub fn nth(mut self, number: usize) -> Self {
        self.numbers = number..=number;
        self
    }

    /// Only the first so many of them.
    pub fn first(mut self, number: usize) -> Self {
        self.numbers = 1..=number;
        self
    }

    /// The n-th of them and all that follow.
    pub fn from(mut self, number: usize) -> Self {
        self.numbers = number..=usize::MAX;
        self
    }

    /// Whether the request is of this kind, whichever of them it is.
    pub fn matches(&self, seen: &Seen) -> bool {
        self.methods.as_ref().is_none_or(|methods| methods.contains(&seen.method))
            && self.changes.is_none_or(|changes| changes == is_change(seen))
            && self.path.as_ref().is_none_or(|pattern| pattern.matches(&seen.path))
            && self.query.iter().all(|piece| seen.query.contains(piece))
            && self.user_agent.as_ref().is_none_or(|piece| seen.user_agent.contains(piece))
    }

    pub(crate) fn wants_number(&self, number: usize) -> bool {
        self.numbers.contains(&number)
    }
}

fn is_change(seen: &Seen) -> bool {
    WRITES.contains(&seen.method.as_str()) && !seen.dry_run && !is_question(&seen.path)
}

fn is_question(path: &str) -> bool {
    let mut segments = path.split('/');
    segments.nth(1) == Some("apis") && segments.next().is_some_and(|group| QUESTIONS.contains(&group))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(method: &str, path: &str, query: &str) -> Seen {
        Seen { user_agent: "kubectl/v1.37.2".to_owned(), ..Seen::made_up(method, &format!("{path}?{query}")) }
    }

    #[test]
    fn writes_are_what_changes_the_cluster() {
        let pods = "/api/v1/namespaces/a/pods";
        let review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        for (request, changes) in [
            (seen("POST", pods, "fieldManager=x"), true),
            (seen("POST", pods, "fieldManager=x&dryRun=All"), false),
            (seen("GET", pods, ""), false),
            (seen("POST", review, ""), false),
        ] {
            assert_eq!(Rule::writes().matches(&request), changes, "{request}");
            assert_eq!(Rule::harmless().matches(&request), !changes, "{request}");
        }
        assert!(Rule::method("POST").matches(&seen("POST", review, "")));
    }

    #[test]
    fn every_condition_must_hold() {
        let watch = seen("GET", "/api/v1/namespaces/a/pods", "resourceVersion=7&watch=true");
        assert!(Rule::watches().path("/api/v1/namespaces/*/pods").query("resourceVersion=7").matches(&watch));
        assert!(!Rule::watches().path("/api/v1/nodes").matches(&watch));
        assert!(!Rule::watches().user_agent("curl").matches(&watch));
        assert!(!Rule::all().query("resourceVersion=7").query("limit=").matches(&watch));
    }

    #[test]
    fn numbers_choose_among_the_matching_ones() {
        let chosen = |rule: &Rule| (1..=5).filter(|number| rule.wants_number(*number)).collect::<Vec<_>>();
        assert_eq!(chosen(&Rule::all()), [1, 2, 3, 4, 5]);
        assert_eq!(chosen(&Rule::all().nth(3)), [3]);
        assert_eq!(chosen(&Rule::all().first(2)), [1, 2]);
        assert_eq!(chosen(&Rule::all().from(4)), [4, 5]);
    }
}
