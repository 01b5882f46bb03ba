//! The logs of containers, and what `pods/log` answers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::clock;
use super::status;
use super::store::Store;
use super::wire::{Request, Response};

/// By pod (`namespace/name`) and container; each line with the time at which it was written.
#[derive(Debug, Default)]
pub struct Logs {
    now: BTreeMap<(String, String), Vec<Line>>,
    previous: BTreeMap<(String, String), Vec<Line>>,
}

#[derive(Clone, Debug)]
struct Line {
    at: String,
    text: String,
}

impl Logs {
    pub fn append(&mut self, pod: &str, container: &str, lines: &str) {
        add(self.now.entry((pod.into(), container.into())).or_default(), lines);
    }

    pub fn append_previous(&mut self, pod: &str, container: &str, lines: &str) {
        add(self.previous.entry((pod.into(), container.into())).or_default(), lines);
    }

    /// The whole log, with or without the times of its lines.
    pub fn of(&self, log: &Wanted) -> String {
        let logs = if log.previous { &self.previous } else { &self.now };
        let lines = logs.get(&(log.pod.clone(), log.container.clone())).into_iter().flatten();
        let line = |line: &Line| {
            if log.timestamps { format!("{} {}\n", line.at, line.text) } else { format!("{}\n", line.text) }
        };
        lines.map(line).collect()
    }
}

fn add(log: &mut Vec<Line>, lines: &str) {
    log.extend(lines.lines().map(|text| Line { at: clock::precise(), text: text.to_owned() }));
}

/// A log that a client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub pod: String,
    pub container: String,
    pub previous: bool,
    pub follow: bool,
    timestamps: bool,
    tail: Option<usize>,
    limit: Option<usize>,
}

impl Wanted {
    /// Which log it is; the error is what the server says where there is none.
    pub fn of(request: &Request, pod: &Value) -> Result<Wanted, Response> {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        let container = container(request, pod, name)?;
        let wanted = Wanted {
            pod: format!("{}/{name}", pod["metadata"]["namespace"].as_str().unwrap_or_default()),
            container,
            previous: request.flag("previous"),
            follow: request.flag("follow"),
            timestamps: request.flag("timestamps"),
            tail: request.parameter("tailLines").and_then(|n| n.parse().ok()),
            limit: request.parameter("limitBytes").and_then(|n| n.parse().ok()),
        };
        wanted.refused(pod).map_or(Ok(wanted), Err)
    }

    /// A container that has not started has no log; the kubelet says why.
    fn refused(&self, pod: &Value) -> Option<Response> {
        let statuses = pod["status"]["containerStatuses"].as_array();
        let status = statuses.into_iter().flatten().find(|status| status["name"] == self.container.as_str())?;
        let (container, pod) = (&self.container, pod["metadata"]["name"].as_str()?);
        if self.previous && status["lastState"]["terminated"].is_null() {
            return Some(status::bad_request(&format!(
                "previous terminated container \"{container}\" in pod \"{pod}\" not found"
            )));
        }
        let has_run = status["restartCount"].as_i64().unwrap_or(0) > 0 || !status["lastState"]["terminated"].is_null();
        let waiting = status["state"]["waiting"]["reason"].as_str().filter(|_| !has_run)?;
        let why = match waiting {
            "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image",
            other => other,
        };
        Some(status::bad_request(&format!("container \"{container}\" in pod \"{pod}\" is waiting to start: {why}")))
    }

    /// The part of the log that was asked for.
    pub fn cut<'a>(&self, log: &'a str) -> &'a str {
        let tail = self.tail.map_or(log, |lines| last_lines(log, lines));
        tail.get(..self.limit.unwrap_or(usize::MAX).min(tail.len())).unwrap_or(tail)
    }
}

fn last_lines(log: &str, lines: usize) -> &str {
    let starts: Vec<usize> = std::iter::once(0).chain(log.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let starts = &starts[..starts.len() - usize::from(log.ends_with('\n') || log.is_empty())];
    &log[starts.get(starts.len().saturating_sub(lines)).copied().unwrap_or(log.len())..]
}

fn container(request: &Request, pod: &Value, name: &str) -> Result<String, Response> {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let names: Vec<&str> = containers.filter_map(|container| container["name"].as_str()).collect();
    match (request.parameter("container").filter(|asked| !asked.is_empty()), names.as_slice()) {
        (Some(asked), names) if names.contains(&asked) => Ok(asked.to_owned()),
        (Some(asked), _) => Err(status::bad_request(&format!("container {asked} is not valid for pod {name}"))),
        (None, [only]) => Ok((*only).to_owned()),
        (None, names) => {
            let names = names.join(" ");
            Err(status::bad_request(&format!(
                "a container name must be specified for pod {name}, choose one of: [{names}]"
            )))
        }
    }
}

/// The log of a container as it is now.
pub fn present(store: &Store, wanted: &Wanted) -> String {
    store.logs.of(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_lines_from_the_end() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc\n");
        assert_eq!(last_lines("a\nb\nc", 1), "c");
        assert_eq!(last_lines("a\n", 5), "a\n");
        assert_eq!(last_lines("a\n", 0), "");
        assert_eq!(last_lines("", 3), "");
    }
}
