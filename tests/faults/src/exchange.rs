//! One request from its arrival to the head of its reply.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{UPGRADE, USER_AGENT};
use http::{Method, Response, request};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::answer::Answer;
use crate::body::{self, ReplyBody};
use crate::desk::{Case, Desk, Hook, lock};
use crate::fault::{Fault, Then};
use crate::forward;
use crate::named::Named;
use crate::seen::Seen;
use crate::stand_in::Reply;
use crate::upstream::{Lost, Upstream, Way};

/// The client's connection is to break.
#[derive(Debug)]
pub struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is to break")
    }
}

impl std::error::Error for Broken {}

type Passed = Result<Response<ReplyBody>, Broken>;

pub struct Exchange {
    pub desk: Arc<Desk>,
    pub upstream: Arc<Upstream>,
    pub way: Arc<Way>,
    pub head: request::Parts,
    pub body: Bytes,
    /// Fails once the client is gone.
    pub client: oneshot::Receiver<()>,
}

impl Exchange {
    pub async fn run(mut self) -> Passed {
        let case = self.desk.arrive(seen(&self.head, &self.body));
        self.call(&case.before, &case.seen).await?;
        if let Some(what) = not_done(&self.head) {
            return Ok(self.refuse(&case, 501, &what));
        }
        let reply = match &case.fault {
            Some(Fault::DropRequest) => return self.broken(&case),
            Some(Fault::Answer(answer)) => {
                note_fault(&case);
                return Ok(self.answer(&case, answer));
            }
            Some(Fault::Stall) => {
                note_fault(&case);
                let _ = (&mut self.client).await;
                return Err(Broken);
            }
            Some(Fault::StallFor(time)) => {
                note_fault(&case);
                tokio::select! {
                    () = sleep(*time) => {}
                    _ = &mut self.client => return Err(Broken),
                }
                self.forward(&case).await
            }
            _ => self.forward(&case).await,
        };
        let reply = match reply {
            Ok(reply) => reply,
            Err(Lost::Unreachable(error)) => return Ok(self.refuse(&case, 502, &format!("{error:#}"))),
            Err(Lost::Broken(error)) => {
                lock(&case.seen).trouble = Some(format!("{error:#}"));
                return Err(Broken);
            }
        };
        lock(&case.seen).served = Some(reply.status().as_u16());
        self.call(&case.after, &case.seen).await?;
        self.pass(&case, reply).await
    }

    /// From whoever stands in for the server, or else from the server.
    async fn forward(&self, case: &Case) -> Result<Response<ReplyBody>, Lost> {
        if let Some(reply) = self.stand_in(case).await {
            return Ok(reply.map(body::whole));
        }
        let authority = self.upstream.authority();
        let request = forward::to_server(self.head.clone(), self.body.clone(), authority, case.fault.as_ref());
        Ok(self.upstream.send(&self.way, request).await?.map(body::passed_on))
    }

    async fn stand_in(&self, case: &Case) -> Option<Response<Bytes>> {
        for stand_in in &case.stand_ins {
            let (stand_in, now) = (stand_in.clone(), lock(&case.seen).clone());
            match tokio::task::spawn_blocking(move || stand_in(&now)).await {
                Ok(None) => {}
                Ok(Some(reply)) => return Some(reply.response()),
                Err(error) => {
                    self.desk.note_panic(panic_message(error));
                    return Some(Reply::text(500, "the stand-in panicked").response());
                }
            }
        }
        None
    }

    /// What the server answered, as far as the client may have it.
    async fn pass(&mut self, case: &Case, reply: Response<ReplyBody>) -> Passed {
        match &case.fault {
            Some(Fault::DropReply) => return self.broken(case),
            Some(Fault::HoldReply) => {
                note_fault(case);
                let _ = (&mut self.client).await;
                return Err(Broken);
            }
            Some(fault) => {
                if let Err(why) = forward::can_be_cut(&reply, fault) {
                    return Ok(self.refuse(case, 501, &why));
                }
            }
            None => {}
        }
        let head = forward::to_client(&reply, case.fault.as_ref());
        lock(&case.seen).status = Some(head.status().as_u16());
        let body = match &case.fault {
            Some(fault) => body::with_fault(reply.into_body(), fault, &case.seen),
            None => reply.into_body(),
        };
        Ok(head.map(|()| body))
    }

    fn broken(&self, case: &Case) -> Passed {
        note_fault(case);
        Err(Broken)
    }

    fn answer(&self, case: &Case, answer: &Answer) -> Response<ReplyBody> {
        let response = answer.response(&Named::of(self.head.uri.path(), &self.body));
        lock(&case.seen).status = Some(response.status().as_u16());
        response.map(body::whole)
    }

    /// What the proxy itself cannot do must not look like a fault that was ordered.
    fn refuse(&self, case: &Case, code: u16, why: &str) -> Response<ReplyBody> {
        lock(&case.seen).trouble = Some(why.to_owned());
        let message = format!("fault proxy: {why}");
        self.answer(case, &Answer::Status { code, reason: "FaultProxy".to_owned(), message })
    }

    /// A test's code may block: it kills processes and waits for their end.
    async fn call(&self, hooks: &[Hook], seen: &Arc<Mutex<Seen>>) -> Result<(), Broken> {
        for hook in hooks {
            let (hook, now) = (hook.clone(), lock(seen).clone());
            let called = tokio::task::spawn_blocking(move || hook(&now)).await;
            let then = called.unwrap_or_else(|error| {
                self.desk.note_panic(panic_message(error));
                Then::Drop
            });
            if then == Then::Drop {
                lock(seen).dropped_by_test = true;
                return Err(Broken);
            }
        }
        Ok(())
    }
}

fn note_fault(case: &Case) {
    lock(&case.seen).fault = case.fault.clone();
}

fn panic_message(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "it was ended".to_owned() };
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned())).unwrap_or_default()
}

fn not_done(head: &request::Parts) -> Option<String> {
    if head.method == Method::CONNECT {
        return Some("it does not do CONNECT".to_owned());
    }
    let protocol = head.headers.get(UPGRADE)?;
    Some(format!("it does not do upgrades, and {} was asked for", String::from_utf8_lossy(protocol.as_bytes())))
}

fn seen(head: &request::Parts, body: &[u8]) -> Seen {
    let query = head.uri.query().unwrap_or_default().to_owned();
    let user_agent = head.headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Seen {
        // Given at the desk.
        number: 0,
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        dry_run: is_dry_run(&head.method, &query, body),
        query,
        user_agent: user_agent.unwrap_or_default(),
        at: SystemTime::now(),
        served: None,
        status: None,
        fault: None,
        dropped_by_test: false,
        trouble: None,
    }
}

fn is_dry_run(method: &Method, query: &str, body: &[u8]) -> bool {
    let in_query = query.split('&').any(|parameter| parameter.split_once('=').is_some_and(|(key, _)| key == "dryRun"));
    // The options of a DELETE travel in its body.
    let in_body = || {
        let options: Value = serde_json::from_slice(body).unwrap_or_default();
        options["dryRun"].as_array().is_some_and(|all| !all.is_empty())
    };
    in_query || (method == Method::DELETE && in_body())
}
