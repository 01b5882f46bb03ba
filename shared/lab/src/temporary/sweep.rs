//! Clearing away what earlier runs have left behind and nothing has removed.

use k8s_openapi::api::batch::v1::Job;
use lab_plan::Step;
use serde_json::Value;

use super::job::RUN_LABEL;
use crate::journal::MANAGED_BY;
use crate::reader::Reader;
use crate::request::{Call, query};
use crate::resource;
use crate::writer::delete_temporary;

/// Beyond its deadline and its time to live, for clocks and controllers that lag.
const GRACE: i64 = 60;

/// Removes what has outlived its own end in the namespaces of this step, once in a run. A Job that may still be at work is
/// somebody's. Nothing depends on it, so what cannot be swept stays.
pub(crate) async fn sweep(reader: &Reader<'_>, step: &Step) {
    if reader.made.swept.replace(true) {
        return;
    }
    let mut namespaces: Vec<&str> =
        step.changes.iter().filter_map(|change| change.target.namespace.as_deref()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let selector = format!("{}={},{RUN_LABEL}", MANAGED_BY.0, MANAGED_BY.1);
    for namespace in namespaces {
        let uri =
            format!("{}{}", resource::typed::<Job>(Some(namespace), None), query(&[("labelSelector", &selector)]));
        let Ok(answer) = Call::get(uri).send(reader.session).await else { continue };
        let now = reader.now().as_second();
        for job in
            answer.get("items").and_then(Value::as_array).into_iter().flatten().filter(|job| is_expired(job, now))
        {
            let text = |field: &str| job.pointer(field).and_then(Value::as_str).unwrap_or_default();
            let name = text("/metadata/name");
            if delete_temporary::<Job>(reader.session, namespace, name, text("/metadata/uid")).await.is_ok() {
                reader.progress.tell(&format!("removed an expired leftover of an earlier run: Job {namespace}/{name}"));
            }
        }
    }
}

fn is_expired(job: &Value, now: i64) -> bool {
    let seconds = |field: &str| job.pointer(&format!("/spec/{field}")).and_then(Value::as_i64);
    let created = job.pointer("/metadata/creationTimestamp").and_then(Value::as_str);
    let created = created.and_then(|text| text.parse::<jiff::Timestamp>().ok()).map(jiff::Timestamp::as_second);
    let end = created.zip(seconds("activeDeadlineSeconds").zip(seconds("ttlSecondsAfterFinished"))).map(
        |(created, (deadline, stays))| created.saturating_add(deadline).saturating_add(stays).saturating_add(GRACE),
    );
    end.is_some_and(|end| end < now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_has_outlived_its_own_end_is_expired() {
        let job = |created: &str| {
            json!({
                "metadata": { "creationTimestamp": created },
                "spec": { "activeDeadlineSeconds": 60, "ttlSecondsAfterFinished": 120 },
            })
        };
        let now = "2026-11-22T22:10:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
        assert!(is_expired(&job("2026-11-22T22:05:59Z"), now));
        assert!(!is_expired(&job("2026-11-22T22:06:01Z"), now));
        assert!(!is_expired(&json!({ "metadata": { "creationTimestamp": "2020-01-01T00:00:00Z" }, "spec": {} }), now));
    }
}
