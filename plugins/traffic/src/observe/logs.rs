//! Counting requests by what the pods' containers have logged since the last look, told apart by the lines' own times.

use std::collections::HashMap;
use std::time::Instant;

use lab::{Line, Log, Reader, Result, Timestamp};
use lab_plan::Exit;

use super::Tell;
use crate::access_log::is_request;
use crate::event::{Counted, Event};
use crate::pod::{Pod, PodName};

/// Each container is asked for its log.
const MOST: usize = 100;

#[derive(Default)]
pub struct Logs {
    seen: HashMap<PodName, Seen>,
}

struct Seen {
    at: Instant,
    /// The time of the last line of each container.
    last: HashMap<String, Option<Timestamp>>,
}

impl Logs {
    pub async fn count(&mut self, reader: &Reader<'_>, pods: Option<&[Pod]>, tell: Tell<'_>) -> Result<()> {
        let Some(pods) = pods else {
            tell(Event::Note(
                "requests are counted where pods are named: by a namespace, a target or a selector".into(),
            ));
            return Ok(());
        };
        let running: Vec<&Pod> = pods.iter().filter(|pod| pod.phase == "Running").collect();
        if running.len() > MOST {
            tell(Event::Note(format!("requests are counted for the first {MOST} pods; name fewer to count all")));
        }
        for pod in running.into_iter().take(MOST) {
            if let Some(counted) = self.count_pod(reader, pod).await? {
                tell(Event::Requests { pod: pod.name.clone(), counted });
            }
        }
        Ok(())
    }

    /// Nothing at the first look, from which is counted.
    async fn count_pod(
        &mut self,
        reader: &Reader<'_>,
        pod: &Pod,
    ) -> Result<Option<std::result::Result<Counted, String>>> {
        let before = self.seen.remove(&pod.name);
        let at = Instant::now();
        let mut last = HashMap::new();
        let mut requests = 0;
        for container in &pod.containers {
            let from = before.as_ref().map(|seen| seen.last.get(container).copied().flatten());
            match lines(reader, pod, container, from).await {
                Ok(Log::Lines(lines)) => {
                    let newest = lines.iter().filter_map(|line| line.at).max();
                    last.insert(container.clone(), newest.max(from.flatten()));
                    requests += new_requests(&lines, from.flatten());
                }
                Ok(Log::Unreadable(why)) => return Ok(Some(Err(format!("its log cannot be read: {why}")))),
                Err(error) if error.exit == Exit::Forbidden => {
                    return Ok(Some(Err(format!(
                        "its log needs the right get pods/log in namespace {}",
                        pod.name.namespace
                    ))));
                }
                Err(error) => return Err(error),
            }
        }
        self.seen.insert(pod.name.clone(), Seen { at, last });
        Ok(before.map(|before| Ok(Counted { requests, took: at - before.at })))
    }
}

/// At the first look the last lines are enough: they tell from when on is counted.
async fn lines(reader: &Reader<'_>, pod: &Pod, container: &str, from: Option<Option<Timestamp>>) -> Result<Log> {
    let PodName { namespace, name } = &pod.name;
    match from {
        None => reader.lines(namespace, name, container, false).await,
        Some(since) => reader.lines_since(namespace, name, container, since.unwrap_or(Timestamp::UNIX_EPOCH)).await,
    }
}

fn new_requests(lines: &[Line], since: Option<Timestamp>) -> u64 {
    let new = lines.iter().filter(|line| line.at.is_some() && line.at > since && is_request(&line.text));
    u64::try_from(new.count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_behind_the_last_one_are_new() {
        let line = |second, text: &str| Line { at: Timestamp::from_second(second).ok(), text: text.into() };
        let get = r#"10.0.0.1 - - [x] "GET / HTTP/1.1" 200 1"#;
        let lines = [line(1, get), line(2, get), line(3, "started"), line(4, get), Line { at: None, text: get.into() }];
        assert_eq!(new_requests(&lines, None), 3);
        assert_eq!(new_requests(&lines, Timestamp::from_second(1).ok()), 2);
        assert_eq!(new_requests(&lines, Timestamp::from_second(4).ok()), 0);
    }
}
