//! Which requests a rule is about, in one line of text.

use super::route::Route;
use super::wire::Request;

/// `METHOD /path?query`, for example `patch /apis/apps/v1/namespaces/*/deployments/metrics-server`.
///
/// - The method is one of HTTP's in capitals, one of Kubernetes' verbs in lower case (`get`, `list`, `watch`, `create`, `update`,
///   `patch`, `delete`), or `*`.
/// - In the path, `*` is one step and `**` at the end is any number of them.
/// - In the query, `key=value` must be there as it stands, `key` with any value, `!key` not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    method: String,
    path: Vec<String>,
    query: Vec<String>,
}

impl Pattern {
    /// # Panics
    /// If there is no path in it.
    pub fn new(text: &str) -> Pattern {
        let (method, target) = text.split_once(' ').unwrap_or_else(|| panic!("'{text}' should read 'METHOD /path'"));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        assert!(path.starts_with('/'), "the path in '{text}' should begin with a slash");
        let query = query.split('&').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Pattern { text: text.into(), method: method.into(), path: steps(path), query }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn matches(&self, request: &Request) -> bool {
        self.is_method(request)
            && self.is_path(&steps(&request.path))
            && self.query.iter().all(|part| has(request, part))
    }

    fn is_method(&self, request: &Request) -> bool {
        self.method == "*" || self.method == request.method || self.method == Route::of(&request.path).verb(request)
    }

    fn is_path(&self, path: &[String]) -> bool {
        let (pattern, open) = match self.path.split_last() {
            Some((last, before)) if last == "**" => (before, true),
            _ => (self.path.as_slice(), false),
        };
        let long_enough = if open { path.len() >= pattern.len() } else { path.len() == pattern.len() };
        long_enough && pattern.iter().zip(path).all(|(wanted, step)| wanted == "*" || wanted == step)
    }
}

fn steps(path: &str) -> Vec<String> {
    path.split('/').filter(|step| !step.is_empty()).map(str::to_owned).collect()
}

fn has(request: &Request, part: &str) -> bool {
    if let Some(absent) = part.strip_prefix('!') {
        return request.parameter(absent).is_none();
    }
    match part.split_once('=') {
        Some((key, value)) => request.parameter(key) == Some(value),
        None => request.parameter(part).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(pattern: &str, method: &str, path: &str, query: &[(&str, &str)]) -> bool {
        let query = query.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        Pattern::new(pattern).matches(&Request {
            method: method.into(),
            path: path.into(),
            query,
            ..Request::default()
        })
    }

    #[test]
    fn a_star_is_one_step_and_two_are_the_rest() {
        assert!(is("GET /api/v1/namespaces/*/pods", "GET", "/api/v1/namespaces/a/pods", &[]));
        assert!(!is("GET /api/v1/namespaces/*/pods", "GET", "/api/v1/namespaces/a/pods/b", &[]));
        assert!(is("* /api/v1/**", "PUT", "/api/v1/namespaces/a/pods/b", &[]));
    }

    #[test]
    fn a_verb_in_lower_case_is_a_verb_of_kubernetes() {
        assert!(is("watch /api/v1/pods", "GET", "/api/v1/pods", &[("watch", "true")]));
        assert!(!is("list /api/v1/pods", "GET", "/api/v1/pods", &[("watch", "true")]));
        assert!(is("GET /api/v1/pods?watch&!limit", "GET", "/api/v1/pods", &[("watch", "true")]));
        assert!(!is("GET /api/v1/pods?!watch", "GET", "/api/v1/pods", &[("watch", "true")]));
    }
}
