//! Restarting a workload, and what its pods say while it rolls out.

use jiff::Timestamp;
use lab_plan::{Change, Path, Progress, Stuck, Target, stuck};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::reader::{Log, Reader};
use crate::request::{Call, query};
use crate::writer::{Writer, Written};

/// Somebody who edits the same workload all the time must not keep us busy for ever.
const TRIES: usize = 5;

/// Gives the template a fresh time, as `kubectl rollout restart` does. Always a new one: an old time that is put back
/// would bring back the old pods' template, and restart nothing.
pub(crate) async fn restart(writer: &Writer<'_>, reader: &Reader<'_>, target: &Target) -> Result<()> {
    let mut last = String::new();
    for _ in 0..TRIES {
        let Some(live) = reader.find(target).await? else {
            return Err(Error::failed(format!("could not restart {target}: it does not exist any more")));
        };
        match writer.write(reader, &[&fresh_time(target, &live)]).await? {
            Written::Done => return Ok(()),
            Written::Conflict(why) | Written::Unready(why) => last = why,
        }
    }
    Err(Error::failed(format!("could not restart {target}")).cause(last))
}

fn fresh_time(target: &Target, live: &Value) -> Change {
    let annotations = Path::default().key("spec").key("template").key("metadata").key("annotations");
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    Change::set(target.clone(), live, annotations.key("kubectl.kubernetes.io/restartedAt"), Some(json!(now)))
}

/// The present reason from the pods, or an error with the cause where waiting is hopeless.
pub(crate) async fn look_closer(reader: &Reader<'_>, target: &Target, live: &Value, why: String) -> Result<String> {
    let Some(stuck) = stuck(live, &pods(reader, target, live).await) else {
        return Ok(why);
    };
    match &stuck.progress {
        Progress::Done => Ok(why),
        Progress::Waiting(reason) => Ok(format!("{why}; {reason}")),
        Progress::Hopeless(reason) => {
            let words = last_words(reader, target, &stuck).await;
            Err(Error::failed(format!("{target} will not get there: {reason}{words}")))
        }
    }
}

/// Whoever may not list pods still sees the workload's own status.
async fn pods(reader: &Reader<'_>, target: &Target, live: &Value) -> Vec<Value> {
    let labels = live.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let pairs = labels.into_iter().flatten().filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
    let selector = pairs.collect::<Vec<_>>().join(",");
    let (Some(namespace), false) = (&target.namespace, selector.is_empty()) else { return Vec::new() };
    let options = query(&[("labelSelector", &selector), ("limit", "500")]);
    let answer = Call::get(format!("/api/v1/namespaces/{namespace}/pods{options}")).send(reader.session).await;
    answer.ok().and_then(|answer| answer.get("items")?.as_array().cloned()).unwrap_or_default()
}

/// What the container wrote last before it ended.
async fn last_words(reader: &Reader<'_>, target: &Target, stuck: &Stuck) -> String {
    let (Some(namespace), Some(container)) = (&target.namespace, &stuck.container) else { return String::new() };
    let read = reader.lines(namespace, &stuck.pod, container, stuck.runs_again).await;
    let Ok(Log::Lines(lines)) = read else { return String::new() };
    let last = lines.iter().rev().map(|line| line.text.trim()).find(|line| !line.is_empty());
    // What a kubelet writes in place of a log that it has thrown away.
    let last = last.filter(|line| !line.starts_with("unable to retrieve container logs"));
    last.map(|line| format!("; its log ends with: {line}")).unwrap_or_default()
}
