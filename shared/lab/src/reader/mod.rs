//! Reading the cluster; the only thing that `gather` is given, and it cannot write.
//!
//! What was read is kept for the round, so that changes are made against the very objects that they were planned on,
//! and so that a wait can watch just these.

mod brief;
mod cat;
mod changed;
mod contents;
mod follow;
mod kubelet;
mod logs;
pub(crate) mod pages;
mod several;
mod temporary;
mod version;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use http::StatusCode;
use jiff::Timestamp;
use k8s_openapi::Resource;
use lab_plan::Target;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::connect::Session;
use crate::error::{Error, Result};
use crate::request::{Call, Failed};
use crate::resource::{self, Kinds, Located};
use crate::rights::Right;
use crate::temporary::Made;

use pages::{Pages, items};

pub use brief::Name;
pub use cat::{InPod, Unread, rights_to_cat};
pub use contents::right_to_see;
pub use follow::Followed;
pub use kubelet::{Heard, KubeletPage, Unheard, right_to_ask_kubelets};
pub use logs::{Line, Log};
pub(crate) use several::are_kept_together;

/// An object, typed to read and raw to edit: a typed round trip would lose the fields that the type does not know.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen<K> {
    pub object: K,
    pub raw: Value,
}

/// Which objects of a kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection<'s> {
    pub namespace: Option<&'s str>,
    pub labels: Option<&'s str>,
    pub fields: Option<&'s str>,
    /// No wait ends because one of them has changed.
    pub unwatched: bool,
}

/// What a path outside the typed kinds answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Found(Value),
    /// The HTTP status and what the server said.
    Refused(u16, String),
}

pub struct Reader<'s> {
    pub(crate) session: &'s Session,
    seen: RefCell<HashMap<Target, Value>>,
    watched: RefCell<Vec<changed::Watched>>,
    /// The collections of which all objects are among those seen.
    listed: RefCell<HashSet<String>>,
    /// Collections of which the metadata was read.
    collections: RefCell<HashMap<String, Rc<Vec<Value>>>>,
    kinds: Kinds,
    started: Instant,
    /// When the present round began.
    round: Cell<Instant>,
    /// Said while something takes long that is not a wait of the loop, such as a download.
    pub(crate) progress: &'s crate::terminal::Terminal,
    written: Cell<bool>,
    /// It was asked, and the user is an administrator.
    may_everything: Cell<bool>,
    /// The uids of what this run has deleted and what was gone at once.
    gone: RefCell<HashSet<String>>,
    /// What this run has made for itself.
    pub(crate) made: &'s Made,
}

/// So many rights are asked for one by one.
const FEW: usize = 2;

impl<'s> Reader<'s> {
    pub(crate) fn new(session: &'s Session, progress: &'s crate::terminal::Terminal, made: &'s Made) -> Reader<'s> {
        Reader {
            session,
            seen: RefCell::default(),
            watched: RefCell::default(),
            listed: RefCell::default(),
            collections: RefCell::default(),
            kinds: Kinds::default(),
            started: Instant::now(),
            round: Cell::new(Instant::now()),
            progress,
            written: Cell::new(false),
            may_everything: Cell::new(false),
            gone: RefCell::default(),
            made,
        }
    }

    /// Starts a round: what was read before is no longer true.
    pub(crate) fn forget(&self) {
        self.seen.borrow_mut().clear();
        self.watched.borrow_mut().clear();
        self.look_anew();
        self.round.set(Instant::now());
    }

    /// What there is altogether may be something else by now.
    pub(crate) fn look_anew(&self) {
        self.listed.borrow_mut().clear();
        self.collections.borrow_mut().clear();
        self.kinds.may_have_changed();
    }

    /// Where the objects of the target's kind are kept.
    pub(crate) async fn locate(&self, target: &Target) -> Result<Located> {
        self.kinds.locate(self.session, target).await
    }

    /// The time by the API server's clock; plans take it as a fact.
    pub fn now(&self) -> Timestamp {
        self.session.clock.now()
    }

    /// How long this command has been at work.
    pub fn elapsed(&self) -> std::time::Duration {
        self.started.elapsed()
    }

    /// Lets some time pass before the next look.
    pub async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Names this run on the objects that it creates.
    pub fn run_id(&self) -> &str {
        self.made.run_id()
    }

    /// Whether this run has changed the cluster already.
    pub fn has_written(&self) -> bool {
        self.written.get()
    }

    pub(crate) fn note_write(&self) {
        self.written.set(true);
        self.look_anew();
    }

    /// The API server has said that the object of this uid does not exist any more.
    pub(crate) fn note_gone(&self, uid: &str) {
        self.gone.borrow_mut().insert(uid.to_owned());
    }

    /// The namespace that the user works in.
    pub fn namespace(&self) -> &str {
        &self.session.namespace
    }

    /// The address by which the API server is reached, unless that is a name, or one of this machine alone.
    pub fn server_address(&self) -> Option<IpAddr> {
        let server: http::Uri = self.session.server.parse().ok()?;
        let address: IpAddr = server.host()?.trim_matches(['[', ']']).parse().ok()?;
        (!address.is_loopback()).then_some(address)
    }

    /// The namespace that `-n` names, for what is about the whole cluster otherwise.
    pub fn given_namespace(&self) -> Option<&str> {
        self.session.namespace_was_given.then_some(self.namespace())
    }

    /// One object, `None` where there is none of that name.
    pub async fn get<K: Resource + DeserializeOwned>(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Seen<K>>> {
        let uri = resource::typed::<K>(namespace, Some(name));
        let target = target_of::<K>(namespace, name);
        let answer = match Call::get(uri).send(self.session).await {
            Ok(raw) => self.keep::<K>(target, raw).map(Some)?,
            Err(failed) if failed.is(StatusCode::NOT_FOUND) => None,
            Err(failed) => {
                let right = right_of::<K>("get", namespace);
                return Err(failed.explain(self.session, &format!("could not read {target}"), Some(&right)));
            }
        };
        let version = answer.as_ref().and_then(|seen: &Seen<K>| version_of(&seen.raw));
        self.watch_later(changed::Watched::one::<K>(namespace, name, version));
        Ok(answer)
    }

    /// All objects that are selected, page by page.
    pub async fn list<K: Resource + DeserializeOwned>(&self, selection: Selection<'_>) -> Result<Vec<Seen<K>>> {
        self.list_all::<K>(selection).await.map_err(|failed| self.could_not_list::<K>(failed, selection))
    }

    fn could_not_list<K: Resource>(&self, failed: Failed, selection: Selection<'_>) -> Error {
        let right = right_of::<K>("list", selection.namespace);
        failed.explain(self.session, &format!("could not list {}", K::URL_PATH_SEGMENT), Some(&right))
    }

    async fn list_all<K: Resource + DeserializeOwned>(
        &self,
        selection: Selection<'_>,
    ) -> std::result::Result<Vec<Seen<K>>, Failed> {
        let collection = resource::typed::<K>(selection.namespace, None);
        let mut pages = Pages::of(&collection, selection.query());
        let (mut found, mut version) = (Vec::new(), None);
        while let Some(page) = pages.next(self.session).await? {
            for item in items(&page) {
                found.push(self.keep_item::<K>(item.clone()).map_err(|error| Failed::Garbled(error.to_string()))?);
            }
            version = version_of(&page);
        }
        if selection.query().is_empty() {
            self.listed.borrow_mut().insert(collection);
        }
        if !selection.unwatched {
            self.watch_later(changed::Watched::many::<K>(selection, version.as_deref()));
        }
        Ok(found)
    }

    /// The same of a kind that the cluster may not know: `None` where it does not.
    pub async fn list_if_served<K: Resource + DeserializeOwned>(
        &self,
        selection: Selection<'_>,
    ) -> Result<Option<Vec<Seen<K>>>> {
        match self.list_all::<K>(selection).await {
            Ok(found) => Ok(Some(found)),
            Err(failed) if failed.is(StatusCode::NOT_FOUND) => Ok(None),
            Err(failed) => Err(self.could_not_list::<K>(failed, selection)),
        }
    }

    /// The answer of a path that has no type here, such as the metrics API. A refusal is an answer too.
    pub async fn ask(&self, path: &str) -> Result<Answer> {
        match Call::get(path).send(self.session).await {
            Ok(value) => Ok(Answer::Found(value)),
            // A 401 may come from what stands behind an aggregated API; that the user is nobody shows at the typed kinds.
            Err(failed) => match failed.code() {
                Some(code) => Ok(Answer::Refused(code, failed.message())),
                None => Err(failed.explain(self.session, &format!("could not read {path}"), None)),
            },
        }
    }

    /// An object by its names alone, through discovery. Of a kind that the cluster does not know there is none.
    pub async fn find(&self, target: &Target) -> Result<Option<Value>> {
        let Some(located) = self.kinds.look_up(self.session, target).await? else { return Ok(None) };
        match Call::get(located.object(target)).send(self.session).await {
            Ok(raw) => {
                self.seen.borrow_mut().insert(without_subresource(target), raw.clone());
                Ok(Some(raw))
            }
            Err(failed) if failed.is(StatusCode::NOT_FOUND) => Ok(None),
            Err(failed) => {
                let right = located.right("get", target);
                Err(failed.explain(self.session, &format!("could not read {target}"), Some(&right)))
            }
        }
    }

    /// The rights out of these that the user lacks. An administrator is known by one question.
    pub async fn missing_rights(&self, rights: &[Right]) -> Result<Vec<Right>> {
        if self.may_everything.get() {
            return Ok(Vec::new());
        }
        if rights.len() > FEW && self.is_allowed(&Right::new("*", "*", "*", None)).await? {
            self.may_everything.set(true);
            return Ok(Vec::new());
        }
        let mut missing = Vec::new();
        for right in rights {
            if !self.is_allowed(right).await? {
                missing.push(right.clone());
            }
        }
        Ok(missing)
    }

    async fn is_allowed(&self, right: &Right) -> Result<bool> {
        let (resource, subresource) = right.resource.split_once('/').unwrap_or((&right.resource, ""));
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": {
                "verb": right.verb, "group": right.group, "resource": resource, "subresource": subresource,
                "namespace": right.namespace.as_deref().unwrap_or_default(),
                "name": right.name.as_deref().unwrap_or_default(),
            } },
        });
        let call = Call {
            method: http::Method::POST,
            body: Some(&review),
            ..Call::get("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
        };
        let answer = call.send(self.session).await.map_err(|failed| {
            failed.explain(self.session, "could not ask the API server which rights there are", None)
        })?;
        Ok(answer.pointer("/status/allowed") == Some(&Value::Bool(true)))
    }

    /// The object as it was last read in this round.
    pub(crate) fn remembered(&self, target: &Target) -> Option<Value> {
        self.seen.borrow().get(&without_subresource(target)).cloned()
    }

    /// The object as a write has left it.
    pub(crate) fn remember(&self, target: &Target, object: Value) {
        self.seen.borrow_mut().insert(target.clone(), object);
    }

    fn keep_item<K: Resource + DeserializeOwned>(&self, mut raw: Value) -> Result<Seen<K>> {
        // Items of a list carry neither of the two; a patch made from them must not differ from one made from a read.
        if let Some(object) = raw.as_object_mut() {
            object.insert("apiVersion".into(), json!(K::API_VERSION));
            object.insert("kind".into(), json!(K::KIND));
        }
        let namespace = text_at(&raw, "/metadata/namespace");
        let name = text_at(&raw, "/metadata/name").unwrap_or_default();
        self.keep(target_of::<K>(namespace.as_deref(), &name), raw)
    }

    fn keep<K: Resource + DeserializeOwned>(&self, target: Target, raw: Value) -> Result<Seen<K>> {
        let object = serde_json::from_value(raw.clone())
            .map_err(|error| Error::failed(format!("could not understand {target}")).cause(error))?;
        self.seen.borrow_mut().insert(target, raw.clone());
        Ok(Seen { object, raw })
    }

    fn watch_later(&self, watched: changed::Watched) {
        self.watched.borrow_mut().push(watched);
    }
}

impl<'s> Selection<'s> {
    pub fn in_namespace(namespace: &'s str) -> Self {
        Selection { namespace: Some(namespace), ..Selection::default() }
    }

    #[must_use]
    pub fn labels(mut self, labels: &'s str) -> Self {
        self.labels = Some(labels);
        self
    }

    #[must_use]
    pub fn fields(mut self, fields: &'s str) -> Self {
        self.fields = Some(fields);
        self
    }

    /// For what changes often, and tells little that something else does not.
    #[must_use]
    pub fn unwatched(mut self) -> Self {
        self.unwatched = true;
        self
    }

    fn query(&self) -> Vec<(&'static str, &'s str)> {
        let pairs = [("labelSelector", self.labels), ("fieldSelector", self.fields)];
        pairs.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}

fn target_of<K: Resource>(namespace: Option<&str>, name: &str) -> Target {
    match namespace {
        Some(namespace) => Target::namespaced(K::API_VERSION, K::KIND, namespace, name),
        None => Target::cluster_wide(K::API_VERSION, K::KIND, name),
    }
}

fn without_subresource(target: &Target) -> Target {
    Target { subresource: None, ..target.clone() }
}

fn right_of<K: Resource>(verb: &str, namespace: Option<&str>) -> Right {
    Right::new(verb, K::GROUP, K::URL_PATH_SEGMENT, namespace)
}

fn version_of(object: &Value) -> Option<String> {
    text_at(object, "/metadata/resourceVersion")
}

pub(crate) fn text_at(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}
