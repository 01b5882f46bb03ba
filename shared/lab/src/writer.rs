//! The only code that writes to the cluster, and only what a plan says, and only on condition.
//!
//! A patch carries `test` operations on the values the plan was made from; a new object is created and never merged
//! into one that somebody else made meanwhile.

use http::{Method, StatusCode};
use k8s_openapi::Resource;
use lab_plan::{Change, FIELD_MANAGER, Kind, Place, Plan, Settle, Target, patch, taken_over};
use serde_json::{Value, json};

use crate::connect::Session;
use crate::error::{Error, Result};
use crate::reader::Reader;
use crate::request::{APPLY, Call, Failed, JSON_PATCH, query};
use crate::resource;
use crate::rights::Right;

/// How a write ended that did not fail.
#[derive(Debug, PartialEq)]
pub(crate) enum Written {
    Done,
    /// The object is no longer what the plan was made from; nothing was written.
    Conflict(String),
    /// The API server could not ask an admission webhook; nothing was written.
    Unready(String),
}

pub(crate) struct Writer<'s> {
    session: &'s Session,
    /// Sent with every write: `All` lets the server check a change without making it.
    dry_run: bool,
}

impl<'s> Writer<'s> {
    pub fn new(session: &'s Session, dry_run: bool) -> Writer<'s> {
        Writer { session, dry_run }
    }

    /// The same, but the server only checks.
    pub fn rehearsal(&self) -> Writer<'s> {
        Writer::new(self.session, true)
    }

    /// The rights that these changes need.
    pub async fn rights(&self, reader: &Reader<'_>, changes: impl Iterator<Item = &Change>) -> Result<Vec<Right>> {
        let mut rights = Vec::new();
        for change in changes {
            let located = reader.locate(&change.target).await?;
            let verb = match change.kind() {
                Kind::Create => "create",
                Kind::Patch | Kind::Declare => "patch",
                Kind::Delete => "delete",
            };
            let right = located.right(verb, &change.target);
            // A right may be granted for one name only; nobody knows the name of a request before it is made.
            let nameless = change.kind() == Kind::Create || change.target.subresource.is_some();
            let mut needed = vec![if nameless { right } else { right.named(&change.target.name) }];
            needed.extend(signer_right(reader, &change.target));
            for right in needed {
                if !rights.contains(&right) {
                    rights.push(right);
                }
            }
        }
        Ok(rights)
    }

    /// The rights that the restarts of a plan need.
    pub async fn restart_rights(&self, reader: &Reader<'_>, plan: &Plan) -> Result<Vec<Right>> {
        let mut rights = Vec::new();
        for settle in plan.steps.iter().flat_map(|step| &step.settle) {
            if let Settle::Restart(target) = settle {
                rights.push(reader.locate(target).await?.right("patch", target));
            }
        }
        Ok(rights)
    }

    /// Makes all changes to one object in one request.
    pub async fn write(&self, reader: &Reader<'_>, changes: &[&Change]) -> Result<Written> {
        let Some(first) = changes.first() else { return Ok(Written::Done) };
        match first.kind() {
            Kind::Create => self.create(reader, first).await,
            Kind::Declare => self.declare(reader, first).await,
            Kind::Patch => self.patch(reader, &first.target, changes).await,
            Kind::Delete => self.delete(reader, first).await,
        }
    }

    async fn create(&self, reader: &Reader<'_>, change: &Change) -> Result<Written> {
        let target = &change.target;
        let located = reader.locate(target).await?;
        let body = change.after.clone().unwrap_or_default();
        let call = Call {
            method: Method::POST,
            body: Some(&body),
            ..Call::get(format!("{}{}", located.collection(target), self.options()))
        };
        match call.send(self.session).await {
            Ok(made) => Ok(self.done(reader, target, made)),
            Err(failed) if failed.is(StatusCode::CONFLICT) => Ok(Written::Conflict(format!("{target} exists by now"))),
            Err(failed) if failed.is_of_webhook() => Ok(Written::Unready(failed.message())),
            Err(failed) => {
                Err(self.explain(failed, &format!("could not create {target}"), &located.right("create", target)))
            }
        }
    }

    /// Server-side apply: the server merges what we declare, takes away what we declared before and do not any more, and
    /// refuses where a value is somebody else's. It goes to the very object that was planned on, by its uid.
    async fn declare(&self, reader: &Reader<'_>, change: &Change) -> Result<Written> {
        let target = &change.target;
        let Some(seen) = seen(reader, target).await? else { return Ok(gone(target)) };
        let Place::Declared { adopt } = &change.place else { return Ok(Written::Done) };
        let managers: Vec<&str> = std::iter::once(FIELD_MANAGER).chain(adopt.iter().map(String::as_str)).collect();
        let account = taken_over(&seen, FIELD_MANAGER, &managers);
        let takes_over = account.is_some();
        if let Some(account) = account.filter(|_| !self.dry_run) {
            let body = json!([
                { "op": "test", "path": "/metadata/uid", "value": change.uid },
                { "op": "test", "path": "/metadata/resourceVersion", "value": seen.pointer("/metadata/resourceVersion") },
                { "op": "replace", "path": "/metadata/managedFields", "value": account },
            ]);
            match self.send_patch(reader, target, &body, JSON_PATCH, "").await? {
                Ok(_) => {}
                Err(failed) if failed.is(StatusCode::UNPROCESSABLE_ENTITY) => {
                    return Ok(Written::Conflict(format!("{target} was changed by somebody else")));
                }
                Err(failed) => return self.patch_failed(reader, target, failed).await,
            }
        }
        let mut body = change.after.clone().unwrap_or_default();
        body["metadata"]["uid"] = json!(change.uid);
        // A rehearsal cannot build on taking over what we declared in another way, which is no conflict.
        let force = if takes_over && self.dry_run { "&force=true" } else { "" };
        match self.send_patch(reader, target, &body, APPLY, force).await? {
            Ok(_) => Ok(Written::Done),
            Err(failed) => self.patch_failed(reader, target, failed).await,
        }
    }

    /// What is written next in this round is written against the object as it is now.
    fn done(&self, reader: &Reader<'_>, target: &Target, now: Value) -> Written {
        if !self.dry_run && target.subresource.is_none() {
            reader.remember(target, now);
        }
        Written::Done
    }

    async fn send_patch(
        &self,
        reader: &Reader<'_>,
        target: &Target,
        body: &Value,
        content_type: &'static str,
        more: &str,
    ) -> Result<std::result::Result<Value, Failed>> {
        let located = reader.locate(target).await?;
        let subresource = target.subresource.as_ref().map(|name| format!("/{name}")).unwrap_or_default();
        let uri = format!("{}{subresource}{}{more}", located.object(target), self.options());
        let call = Call { method: Method::PATCH, body: Some(body), content_type, ..Call::get(uri) };
        Ok(call.send(self.session).await)
    }

    async fn patch_failed(&self, reader: &Reader<'_>, target: &Target, failed: Failed) -> Result<Written> {
        if failed.is(StatusCode::NOT_FOUND) {
            return Ok(gone(target));
        }
        if failed.is(StatusCode::CONFLICT) {
            return Ok(Written::Conflict(failed.message()));
        }
        if failed.is_of_webhook() {
            return Ok(Written::Unready(failed.message()));
        }
        let right = reader.locate(target).await?.right("patch", target);
        Err(self.explain(failed, &format!("could not patch {target}"), &right))
    }

    async fn patch(&self, reader: &Reader<'_>, target: &Target, changes: &[&Change]) -> Result<Written> {
        let Some(seen) = seen(reader, target).await? else { return Ok(gone(target)) };
        let patch = match patch(changes.iter().copied(), &seen) {
            Ok(patch) => patch,
            Err(mismatch) => return Ok(Written::Conflict(format!("{target}: {mismatch}"))),
        };
        match self.send_patch(reader, target, &json!(patch), JSON_PATCH, "").await? {
            Ok(changed) => Ok(self.done(reader, target, changed)),
            Err(failed) => {
                // A failed test is a 422 like any other; whether it was one shows in the object itself.
                if failed.is(StatusCode::UNPROCESSABLE_ENTITY)
                    && let Some(why) = disagreement(reader, target, &patch).await?
                {
                    return Ok(Written::Conflict(why));
                }
                self.patch_failed(reader, target, failed).await
            }
        }
    }

    async fn delete(&self, reader: &Reader<'_>, change: &Change) -> Result<Written> {
        let target = &change.target;
        let located = reader.locate(target).await?;
        let version = change.before.as_ref().and_then(|object| object.pointer("/metadata/resourceVersion"));
        let mut body = json!({
            "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background",
            "preconditions": { "uid": change.uid, "resourceVersion": version },
        });
        if self.dry_run {
            body["dryRun"] = json!(["All"]);
        }
        let call = Call { method: Method::DELETE, body: Some(&body), ..Call::get(located.object(target)) };
        match call.send(self.session).await {
            Ok(answer) => {
                if let Some(uid) = change.uid.as_deref().filter(|_| !self.dry_run && is_gone(&answer)) {
                    reader.note_gone(uid);
                }
                Ok(Written::Done)
            }
            Err(failed) if failed.is(StatusCode::NOT_FOUND) => Ok(Written::Done),
            Err(failed) if failed.is(StatusCode::CONFLICT) => Ok(Written::Conflict(failed.message())),
            Err(failed) if failed.is_of_webhook() => Ok(Written::Unready(failed.message())),
            Err(failed) => {
                Err(self.explain(failed, &format!("could not delete {target}"), &located.right("delete", target)))
            }
        }
    }

    fn options(&self) -> String {
        let mut options = vec![("fieldManager", FIELD_MANAGER)];
        if self.dry_run {
            options.push(("dryRun", "All"));
        }
        query(&options)
    }

    fn explain(&self, failed: Failed, what: &str, right: &Right) -> Error {
        let answered = failed.code().is_some();
        let error = failed.explain(self.session, what, Some(right));
        if answered || self.dry_run {
            return error;
        }
        error
            .hint("whether the API server did it all the same is not known; run the same command again: it looks first")
    }
}

/// The object that the plan was made from, or as it is now where the plan was made without it.
async fn seen(reader: &Reader<'_>, target: &Target) -> Result<Option<Value>> {
    match reader.remembered(target) {
        Some(seen) => Ok(Some(seen)),
        None => reader.find(target).await,
    }
}

/// What the server answers to a deletion tells whether something still holds the object: then it is the object itself. Some kinds
/// are answered so in either case, and of them it does not tell.
fn is_gone(answer: &Value) -> bool {
    let text = |key: &str| answer.get(key).and_then(Value::as_str);
    (text("kind"), text("status")) == (Some("Status"), Some("Success"))
}

fn gone(target: &Target) -> Written {
    Written::Conflict(format!("{target} does not exist any more"))
}

/// Deletes what this program has made for a run, with what it owns. The uid tells it from another of that name; that it is
/// gone already is as good.
pub(crate) async fn delete_temporary<K: Resource>(
    session: &Session,
    namespace: &str,
    name: &str,
    uid: &str,
) -> std::result::Result<(), Failed> {
    let body = json!({
        "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background", "preconditions": { "uid": uid },
    });
    let uri = resource::typed::<K>(Some(namespace), Some(name));
    let call = Call { method: Method::DELETE, body: Some(&body), ..Call::get(uri) };
    match call.send(session).await {
        Err(failed) if !failed.is(StatusCode::NOT_FOUND) && !failed.is(StatusCode::CONFLICT) => Err(failed),
        _ => Ok(()),
    }
}

/// Why the patch does not fit the object as it is now, if it does not.
async fn disagreement(reader: &Reader<'_>, target: &Target, patch: &json_patch::Patch) -> Result<Option<String>> {
    let Some(mut live) = reader.find(target).await? else {
        return Ok(Some(format!("{target} does not exist any more")));
    };
    let outcome = json_patch::patch(&mut live, patch);
    Ok(outcome.err().map(|error| format!("{target} was changed by somebody else at {}", error.path)))
}

/// Approving a certificate request needs a second right, on its signer.
fn signer_right(reader: &Reader<'_>, target: &Target) -> Option<Right> {
    let approval = target.kind == "CertificateSigningRequest" && target.subresource.as_deref() == Some("approval");
    let request = reader.remembered(target).filter(|_| approval)?;
    let signer = request.pointer("/spec/signerName")?.as_str()?;
    Some(Right::new("approve", "certificates.k8s.io", "signers", None).named(signer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_word_says_that_it_is_gone() {
        let details = json!({ "name": "web", "kind": "services", "uid": "u" });
        let gone = json!({ "kind": "Status", "apiVersion": "v1", "status": "Success", "details": details });
        assert!(is_gone(&gone));
        let held = json!({ "kind": "Namespace", "metadata": { "name": "lecture", "deletionTimestamp": "2026-11-22T22:00:00Z" } });
        assert!(!is_gone(&held));
        let shown = json!({ "kind": "ServiceAccount", "metadata": { "name": "speaker", "uid": "u" } });
        assert!(!is_gone(&shown), "of some kinds the answer is the object, gone or not");
    }
}
