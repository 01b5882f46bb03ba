//! Reading what came of this run's own Jobs.

use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use lab_plan::Exit;
use tokio::time::Instant;

use super::{Line, Log, Reader, Seen, Selection};
use crate::error::Result;
use crate::temporary::{CONTAINER, DONE, RUN_LABEL, Stand, Temporary, TemporaryState, Whereabouts, judge};

/// How long a log may lag behind the end of its container.
const LAG: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(300);
/// A kubelet keeps about so much of a log; more than any script of ours writes.
const LARGEST: &str = "10485760";
/// Where no controller ever looks at a Job, its own deadline does not come; ours does, this much later.
const SLACK: Duration = Duration::from_secs(15);
const AT_ONCE: usize = 8;

impl Reader<'_> {
    /// The Jobs that this run has made for itself, in the order in which they were planned, each with how far it is. Where
    /// there are none, nothing is asked.
    pub async fn temporary(&self) -> Result<Vec<Temporary>> {
        let open = || self.made.jobs().into_iter().filter(|entry| !entry.seen.is_over());
        let mut namespaces: Vec<String> = open().map(|entry| entry.seen.namespace).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        for namespace in namespaces {
            self.look_at_own(&namespace).await?;
        }
        for entry in open().filter(|entry| entry.since.elapsed() > entry.deadline + SLACK) {
            let TemporaryState::Pending(why) = entry.seen.state else { continue };
            let why = format!("it was not done after {} seconds; last seen: {why}", entry.deadline.as_secs());
            self.made.saw(&entry.seen.namespace, &entry.seen.name, TemporaryState::Failed(why, Vec::new()));
        }
        Ok(self.made.jobs().into_iter().map(|entry| entry.seen).collect())
    }

    async fn look_at_own(&self, namespace: &str) -> Result<()> {
        let of_this_run = format!("{RUN_LABEL}={}", self.run_id());
        let selection = Selection::in_namespace(namespace).labels(&of_this_run);
        let jobs = self.list::<Job>(selection).await?;
        let pods = self.list::<Pod>(selection).await?;
        // A Job without a pod may be refused one.
        let events = if pods.len() < jobs.len() { self.refusals(namespace).await? } else { Vec::new() };
        let pods: Vec<&Pod> = pods.iter().map(|seen| &seen.object).collect();
        let events: Vec<&Event> = events.iter().map(|seen| &seen.object).collect();
        for job in &jobs {
            let metadata = &job.object.metadata;
            self.made.identify(namespace, metadata.name.as_deref().unwrap_or_default(), metadata.uid.as_deref());
        }
        self.find_pods(namespace, &jobs, &pods);
        let open = self.made.jobs().into_iter().map(|entry| entry.seen);
        let open = open.filter(|seen| seen.namespace == namespace && !seen.is_over());
        let looks = open.map(|seen| {
            let job = jobs.iter().map(|seen| &seen.object).find(|job| job.metadata.name.as_ref() == Some(&seen.name));
            let stand = judge(job, &pods, &events);
            async move { (seen.name, self.state(namespace, stand).await) }
        });
        let states: Vec<_> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
        for (name, state) in states {
            self.made.saw(namespace, &name, state?);
        }
        Ok(())
    }

    /// The newest pod of each Job is the one that counts.
    fn find_pods(&self, namespace: &str, jobs: &[Seen<Job>], pods: &[&Pod]) {
        for job in jobs.iter().map(|seen| &seen.object.metadata) {
            let owned = |pod: &&&Pod| {
                let owners = pod.metadata.owner_references.as_deref().unwrap_or_default();
                owners.iter().any(|owner| Some(&owner.uid) == job.uid.as_ref())
            };
            let by_age = |pod: &&&Pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
            let Some(pod) = pods.iter().filter(owned).max_by_key(by_age) else { continue };
            let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
            let whereabouts = Whereabouts { name: pod.metadata.name.clone().unwrap_or_default(), node };
            self.made.placed(namespace, job.name.as_deref().unwrap_or_default(), whereabouts);
        }
    }

    /// Who may not list events still sees the rest.
    async fn refusals(&self, namespace: &str) -> Result<Vec<Seen<Event>>> {
        let selection = Selection::in_namespace(namespace).fields("involvedObject.kind=Job,reason=FailedCreate");
        match self.list::<Event>(selection).await {
            Err(error) if error.exit == Exit::Forbidden => Ok(Vec::new()),
            other => other,
        }
    }

    async fn state(&self, namespace: &str, stand: Stand) -> Result<TemporaryState> {
        Ok(match stand {
            Stand::Pending(why) => TemporaryState::Pending(why),
            Stand::Running => TemporaryState::Running,
            Stand::Hopeless(why) => TemporaryState::Failed(why, Vec::new()),
            Stand::Ended(pod, ended) => {
                let (lines, missing) = self.whole_log(namespace, &pod).await?;
                match (ended, missing) {
                    (Ok(()), None) => TemporaryState::Succeeded(lines),
                    (Ok(()), Some(why)) => TemporaryState::Failed(why, lines),
                    (Err(why), _) => {
                        let words = lines.iter().rev().map(|line| line.text.trim()).find(|line| !line.is_empty());
                        let words = words.map(|words| format!(": {words}")).unwrap_or_default();
                        TemporaryState::Failed(format!("{why}{words}"), lines)
                    }
                }
            }
        })
    }

    /// Its lines, and why they are not all of them: the log is read again until the script's last line is in it.
    async fn whole_log(&self, namespace: &str, pod: &str) -> Result<(Vec<Line>, Option<String>)> {
        let started = Instant::now();
        loop {
            let log = self.log(namespace, pod, CONTAINER, &[("limitBytes", LARGEST)]).await?;
            let (lines, why) = match log {
                Log::Lines(lines) if is_complete(&lines) => return Ok((without_mark(lines), None)),
                Log::Lines(lines) => (lines, "its log has no end".to_owned()),
                Log::Unreadable(why) => (Vec::new(), format!("its log could not be read: {why}")),
            };
            if started.elapsed() >= LAG {
                return Ok((lines, Some(why)));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

fn is_complete(lines: &[Line]) -> bool {
    lines.last().is_some_and(|line| line.text == DONE)
}

/// The line before the mark ends what the script may have left without an end of its own.
fn without_mark(mut lines: Vec<Line>) -> Vec<Line> {
    lines.pop();
    lines.pop_if(|line| line.text.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_no_line_of_the_script() {
        let lines = |texts: &[&str]| {
            texts.iter().map(|text| Line { at: None, text: (*text).to_owned() }).collect::<Vec<Line>>()
        };
        assert!(!is_complete(&lines(&["a", ""])) && is_complete(&lines(&["a", "", DONE])));
        assert_eq!(without_mark(lines(&["a", "", "", DONE])), lines(&["a", ""]));
        assert_eq!(without_mark(lines(&["", DONE])), lines(&[]));
    }
}
