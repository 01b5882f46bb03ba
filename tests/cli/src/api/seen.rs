//! The requests that were made, for counting and for snapshots.

use std::fmt;

use serde_json::Value;

use super::wire::Request;
use crate::run::runs;

/// Requests in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(Vec<Request>);

impl Seen {
    pub(super) fn new(requests: Vec<Request>) -> Seen {
        Seen(requests)
    }

    pub fn requests(&self) -> &[Request] {
        &self.0
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Those that change something; questions and dry runs do not.
    #[must_use]
    pub fn writes(&self) -> Seen {
        self.only(|request| {
            let asks = request.path.contains("/selfsubject");
            request.method != "GET" && !request.is_dry_run() && !asks
        })
    }

    /// Watches are opened side by side, so their order is not fixed.
    #[must_use]
    pub fn without_watches(&self) -> Seen {
        self.only(|request| !request.flag("watch"))
    }

    /// Without the writes that keep a run's journal.
    #[must_use]
    pub fn without_journals(&self) -> Seen {
        self.only(|request| request.parameter("fieldManager") != Some("kubectl-lab") || !is_of_config_maps(request))
    }

    #[must_use]
    pub fn only(&self, wanted: impl Fn(&Request) -> bool) -> Seen {
        Seen(self.0.iter().filter(|request| wanted(request)).cloned().collect())
    }

    /// Each with its body, as JSON over several lines.
    pub fn with_bodies(&self) -> String {
        self.0.iter().map(|request| format!("{}\n{}", line(request), body(request))).collect()
    }
}

/// One line per request: method, path and query.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|request| writeln!(f, "{}", line(request)))
    }
}

fn is_of_config_maps(request: &Request) -> bool {
    request.path.split('/').any(|step| step == "configmaps")
}

/// `PATCH /apis/… ?dryRun=All`, the query in the order of its names. A run's own name is `$RUN`, as in outputs.
pub fn line(request: &Request) -> String {
    let mut query: Vec<String> = request.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    query.sort();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{} {}{mark}{}", request.method, runs(&request.path), query.join("&"))
}

fn body(request: &Request) -> String {
    match request.json() {
        Some(value) if value != Value::Null => format!("{value:#}\n"),
        _ => String::new(),
    }
}
