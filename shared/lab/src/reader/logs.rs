//! Reading the last lines that a container wrote.

use http::StatusCode;
use jiff::Timestamp;

use super::Reader;
use crate::error::Result;
use crate::harmless::{harmless, one_line};
use crate::request::{Call, query};
use crate::rights::Right;

/// A container's log, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Log {
    Lines(Vec<Line>),
    /// What the API server or the kubelet said instead.
    Unreadable(String),
}

/// A line, and when it was written by the clock of its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: Option<Timestamp>,
    pub text: String,
}

const TAIL: &str = "200";
const LIMIT: &str = "262144";
const LARGEST: &str = "10485760";

impl Reader<'_> {
    /// The last lines of a container, of its previous life if `previous`. What the log says is data: escapes are made
    /// harmless, and its size is bounded. Only a missing right is an error; where there is no log, that says something.
    pub async fn lines(&self, namespace: &str, pod: &str, container: &str, previous: bool) -> Result<Log> {
        let previous = if previous { "true" } else { "false" };
        self.log(namespace, pod, container, &[("previous", previous), ("tailLines", TAIL), ("limitBytes", LIMIT)]).await
    }

    /// What a container has written since then, up to what a kubelet keeps of a log.
    pub async fn lines_since(&self, namespace: &str, pod: &str, container: &str, since: Timestamp) -> Result<Log> {
        let since = since.to_string();
        self.log(namespace, pod, container, &[("sinceTime", &since), ("limitBytes", LARGEST)]).await
    }

    /// The part of a container's log that `which` selects, in the API's own words.
    pub(super) async fn log(&self, namespace: &str, pod: &str, container: &str, which: &[(&str, &str)]) -> Result<Log> {
        let options = query(&[&[("container", container)], which, &[("timestamps", "true")]].concat());
        let call =
            Call { accept: "*/*", ..Call::get(format!("/api/v1/namespaces/{namespace}/pods/{pod}/log{options}")) };
        match call.send_for_text(self.session).await {
            Ok(text) => Ok(Log::Lines(text.lines().map(line).collect())),
            // The kubelet's refusal comes by the same number as the API server's; who lacks the right says the latter.
            Err(failed) if failed.is(StatusCode::FORBIDDEN) => {
                let right = Right::new("get", "", "pods/log", Some(namespace));
                if self.missing_rights(std::slice::from_ref(&right)).await?.is_empty() {
                    return Ok(Log::Unreadable(one_line(&failed.message())));
                }
                let what = format!("could not read the log of pod {namespace}/{pod}");
                Err(failed.explain(self.session, &what, Some(&right)))
            }
            Err(failed) => Ok(Log::Unreadable(one_line(&failed.message()))),
        }
    }
}

pub(super) fn line(text: &str) -> Line {
    let (stamp, rest) = text.split_once(' ').unwrap_or((text, ""));
    match stamp.parse() {
        Ok(at) => Line { at: Some(at), text: harmless(rest) },
        Err(_) => Line { at: None, text: harmless(text) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_parted_from_its_time() {
        let seen = line("2026-11-22T22:10:00.5Z E1122 22:10:00 scraper.go] \"Failed\"");
        assert_eq!(seen.text, "E1122 22:10:00 scraper.go] \"Failed\"");
        assert_eq!(seen.at, "2026-11-22T22:10:00.5Z".parse().ok());
        assert_eq!(line("no time here"), Line { at: None, text: "no time here".into() });
    }
}
