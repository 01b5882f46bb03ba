//! Waiting until an object meets a condition: one deadline, the present reason shown, and an end at once where
//! waiting is hopeless.

use std::time::Duration;

use lab_plan::{Condition, Exit, Progress, Target};
use serde_json::Value;
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::reader::Reader;
use crate::request::query;
use crate::rollout;
use crate::watch::news;

/// When the whole command has to be through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    end: Instant,
    allowed: Duration,
}

impl Deadline {
    pub fn after(allowed: Duration) -> Deadline {
        // Zero means no limit, as in kubectl; ten years are near enough, and more than a clock can add.
        const NO_LIMIT: Duration = Duration::from_secs(315_360_000);
        let allowed = if allowed.is_zero() { NO_LIMIT } else { allowed.min(NO_LIMIT) };
        Deadline { end: Instant::now() + allowed, allowed }
    }

    /// The same with a time added that was not the program's to use.
    pub fn later(&self, by: Duration) -> Deadline {
        Deadline { end: self.end + by, ..*self }
    }

    pub fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    pub fn error(&self, why: &str) -> Error {
        let allowed = humantime::format_duration(self.allowed);
        Error::new(Exit::TimedOut, format!("timed out after {allowed}: still waiting: {why}"))
            .hint("give it more time with --timeout, or run the same command again: it goes on where things stand")
    }
}

/// A cut watch is opened again after this; it is not worth more haste.
const PAUSE: Duration = Duration::from_secs(1);
/// How often the pods of a rollout are looked at.
const PODS: Duration = Duration::from_secs(2);
/// How long a rollout has to stay as it should be. Without a readiness probe a pod counts as available as soon as it has
/// started, also one that dies of its configuration a moment later.
const STEADY: Duration = Duration::from_secs(6);

pub(crate) async fn until(
    reader: &Reader<'_>,
    condition: Condition,
    target: &Target,
    deadline: Deadline,
) -> Result<()> {
    let mut met = None;
    loop {
        reader.look_anew();
        let live = reader.find(target).await?;
        let mut why = match judge(condition, target, live.as_ref())? {
            Some(why) => {
                met = None;
                why
            }
            None if condition != Condition::RolledOut => return Ok(()),
            None if met.get_or_insert_with(Instant::now).elapsed() >= STEADY => return Ok(()),
            None => format!("{target}: all pods are new and available; seeing whether they stay so"),
        };
        let of_pods = matches!(condition, Condition::RolledOut | Condition::Available);
        if let (true, Some(live)) = (of_pods, &live) {
            why = rollout::look_closer(reader, target, live, why).await?;
        }
        reader.progress.wait(&why);
        let version = live.as_ref().and_then(|live| live.pointer("/metadata/resourceVersion")?.as_str()).unwrap_or("0");
        // Pods come to grief without a word in the object that they belong to.
        let longest = if of_pods { deadline.left().min(PODS) } else { deadline.left() };
        let waited = tokio::time::timeout(longest, next_change(reader, target, version)).await;
        if waited.is_err() && deadline.is_over() {
            return Err(deadline.error(&why));
        }
    }
}

/// The same until none of these is there, which are of one kind and place: one list tells which are left, and the first of those is
/// waited for with its reason.
pub(crate) async fn until_gone(reader: &Reader<'_>, targets: &[&Target], deadline: Deadline) -> Result<()> {
    let mut left: Vec<&Target> = targets.to_vec();
    loop {
        if left.len() > 1
            && let Some(there) = reader.still_there(&left).await?
        {
            left = there;
        }
        let Some((first, rest)) = left.split_first() else { return Ok(()) };
        until(reader, Condition::Gone, first, deadline).await?;
        left = rest.to_vec();
    }
}

/// `None` once it is met, else what it waits for.
fn judge(condition: Condition, target: &Target, live: Option<&Value>) -> Result<Option<String>> {
    match condition.judge(live) {
        Progress::Done => Ok(None),
        Progress::Waiting(why) => Ok(Some(format!("{target}: {why}"))),
        Progress::Hopeless(why) => Err(Error::failed(format!("{target} will not get there: {why}"))),
    }
}

async fn next_change(reader: &Reader<'_>, target: &Target, version: &str) {
    let Ok(located) = reader.locate(target).await else { return };
    let fields = format!("metadata.name={}", target.name);
    let options = query(&[("fieldSelector", &fields), ("watch", "true"), ("resourceVersion", version)]);
    if !news(reader.session, format!("{}{options}", located.collection(target)), None).await {
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absurd_time_is_no_overflow() {
        let deadline = Deadline::after(Duration::MAX);
        assert!(!deadline.is_over());
        assert!(deadline.later(Duration::from_secs(60)).left() > deadline.left());
    }
}
