//! A request that came by.

use std::fmt;
use std::time::SystemTime;

use crate::fault::Fault;

#[derive(Clone, Debug)]
pub struct Seen {
    /// Counted from 1 since the proxy was started or reset, in the order of arrival.
    pub number: usize,
    pub method: String,
    pub path: String,
    /// As it was sent, without the question mark.
    pub query: String,
    pub user_agent: String,
    /// Asked of the server in the query, or in the body of a DELETE.
    pub dry_run: bool,
    pub at: SystemTime,
    /// What the API server answered, whoever learned of it.
    pub served: Option<u16>,
    /// What the client was answered.
    pub status: Option<u16>,
    /// What was done to it. A cut is noted only when it happens.
    pub fault: Option<Fault>,
    /// The code that was called dropped it.
    pub dropped_by_test: bool,
    /// What went wrong that nobody ordered.
    pub trouble: Option<String>,
}

impl Seen {
    /// One that never came by and that nobody has answered, to try what is made of a record.
    pub fn made_up(method: &str, address: &str) -> Seen {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        Seen {
            number: 1,
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            user_agent: String::new(),
            dry_run: query.contains("dryRun="),
            at: SystemTime::UNIX_EPOCH,
            served: None,
            status: None,
            fault: None,
            dropped_by_test: false,
            trouble: None,
        }
    }

    /// The same, answered with this code.
    #[must_use]
    pub fn answered(self, code: u16) -> Seen {
        Seen { served: Some(code), status: Some(code), ..self }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        let status = |status: Option<u16>| status.map_or("-".to_owned(), |status| status.to_string());
        let Self { number, method, path, .. } = self;
        write!(f, "{number} {method} {path}{query} server {} client {}", status(self.served), status(self.status))?;
        if let Some(fault) = &self.fault {
            write!(f, " fault {fault:?}")?;
        }
        if self.dropped_by_test {
            f.write_str(" dropped by the test")?;
        }
        self.trouble.as_ref().map_or(Ok(()), |trouble| write!(f, " trouble: {trouble}"))
    }
}
