//! The objects of the scripted cluster, and the history that watches are fed from.
//!
//! Scenarios use the public methods: they act as everybody else in the cluster does, without a request being counted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::clock;
use super::defaults;
use super::history::{Event, Happened, History};
use super::kinds::{self, Resource};
use super::log::Logs;
use super::managed;
use super::metadata;
use super::selector::Selector;

/// Where an object is kept: its kind, its namespace (empty if none), its name.
pub type Key = (&'static str, &'static str, String, String);

#[derive(Debug, Default)]
pub struct Store {
    objects: BTreeMap<Key, Value>,
    pub(super) history: History,
    pub(super) logs: Logs,
    made: u64,
}

impl Store {
    /// Adds an object, or puts it in the place of the one of that name; returns how it is kept.
    ///
    /// # Panics
    /// If the object's kind is not served.
    pub fn put(&mut self, mut object: Value) -> Value {
        let resource = resource_of(&object);
        defaults::fill(&mut object);
        defaults::begin_status(&mut object, resource);
        match self.find(resource, &namespace_of(&object), &name_of(&object)).cloned() {
            None => self.insert(resource, object),
            Some(old) => self.replace(resource, &old, object),
        }
    }

    /// Adds many objects.
    pub fn put_all(&mut self, objects: impl IntoIterator<Item = Value>) {
        objects.into_iter().for_each(|object| drop(self.put(object)));
    }

    /// An object by `deployments.apps` and `kube-system/metrics-server` (only the name where there is no namespace).
    pub fn get(&self, resource: &str, name: &str) -> Option<&Value> {
        let (namespace, name) = split(name);
        self.find(named(resource), namespace, name)
    }

    /// All objects of a kind, in the order of their names.
    pub fn all(&self, resource: &str) -> Vec<Value> {
        self.select(named(resource), &Selector::default()).into_iter().cloned().collect()
    }

    /// Edits an object as `kubectl edit` of somebody else would.
    ///
    /// # Panics
    /// If there is no such object.
    pub fn edit(&mut self, resource: &str, name: &str, edit: impl FnOnce(&mut Value)) -> Value {
        self.edit_as("kubectl-edit", resource, name, edit)
    }

    /// Edits an object as the named field manager.
    ///
    /// # Panics
    /// If there is no such object.
    pub fn edit_as(&mut self, manager: &str, resource: &str, name: &str, edit: impl FnOnce(&mut Value)) -> Value {
        let old = self.get(resource, name).cloned().unwrap_or_else(|| panic!("no {resource} {name} to edit"));
        let mut new = old.clone();
        edit(&mut new);
        managed::record(&mut new, &old, manager, "Update", None);
        self.replace(named(resource), &old, new)
    }

    /// Removes an object and, as the garbage collector does, what it owns.
    ///
    /// # Panics
    /// If there is no such object.
    pub fn remove(&mut self, resource: &str, name: &str) {
        let object = self.get(resource, name).cloned().unwrap_or_else(|| panic!("no {resource} {name} to remove"));
        self.take(named(resource), &object, true);
    }

    /// Adds lines to a container's log.
    pub fn log(&mut self, pod: &str, container: &str, lines: &str) {
        self.logs.append(pod, container, lines);
    }

    /// Sets the log of the container's run before this one.
    pub fn previous_log(&mut self, pod: &str, container: &str, lines: &str) {
        self.logs.append_previous(pod, container, lines);
    }

    /// Forgets the history, as a compacted etcd: watches from older versions get 410.
    pub fn forget_history(&mut self) {
        self.history.forget();
    }

    pub fn version(&self) -> u64 {
        self.history.version()
    }
}

// What the API's own handlers use.
impl Store {
    pub(super) fn find(&self, resource: &Resource, namespace: &str, name: &str) -> Option<&Value> {
        self.objects.get(&(resource.group, resource.plural, namespace.to_owned(), name.to_owned()) as &Key)
    }

    pub(super) fn select(&self, resource: &Resource, selector: &Selector) -> Vec<&Value> {
        let of_kind = self
            .objects
            .iter()
            .filter(|((group, plural, ..), _)| (*group, *plural) == (resource.group, resource.plural));
        of_kind.map(|(_, object)| object).filter(|object| selector.matches(object)).collect()
    }

    /// Adds a new object with what a server gives it.
    pub(super) fn insert(&mut self, resource: &'static Resource, mut object: Value) -> Value {
        self.made += 1;
        metadata::born(&mut object, resource, self.made);
        self.keep(resource, object, None)
    }

    /// Replaces an object; nothing happens where nothing differs.
    pub(super) fn replace(&mut self, resource: &'static Resource, old: &Value, mut new: Value) -> Value {
        metadata::carried(&mut new, old, resource);
        if metadata::same(&new, old) {
            return old.clone();
        }
        if metadata::is_gone(&new) {
            return self.take(resource, &new, true);
        }
        self.keep(resource, new, Some(old.clone()))
    }

    /// Removes an object; `cascade` takes what it owns along. An object with finalizers stays, marked.
    pub(super) fn take(&mut self, resource: &'static Resource, object: &Value, cascade: bool) -> Value {
        let mut object = object.clone();
        if metadata::has_finalizers(&object) {
            let old = object.clone();
            object["metadata"]["deletionTimestamp"] = json!(clock::now());
            return self.keep(resource, object, Some(old));
        }
        self.objects.remove(&key(resource, &object));
        object["metadata"]["resourceVersion"] = json!((self.history.version() + 1).to_string());
        self.history.push(Event { resource, happened: Happened::Deleted, object: object.clone(), before: None });
        match resource.kind {
            "Namespace" => self.take_all(|_, inside| namespace_of(inside) == name_of(&object)),
            "CustomResourceDefinition" => self.take_all(|kind, _| kind.qualified() == name_of(&object)),
            _ => {}
        }
        if cascade {
            self.collect_garbage_of(&object);
        }
        object
    }

    /// What a Namespace or a definition takes along when it goes.
    fn take_all(&mut self, goes: impl Fn(&Resource, &Value) -> bool) {
        let going: Vec<Value> =
            self.objects.values().filter(|object| goes(resource_of(object), object)).cloned().collect();
        for object in going {
            self.take(resource_of(&object), &object, false);
        }
    }

    fn collect_garbage_of(&mut self, owner: &Value) {
        let uid = &owner["metadata"]["uid"];
        let owned = |object: &&Value| {
            object["metadata"]["ownerReferences"]
                .as_array()
                .is_some_and(|owners| owners.iter().any(|o| &o["uid"] == uid))
        };
        let owned: Vec<Value> = self.objects.values().filter(owned).cloned().collect();
        for object in owned {
            self.take(resource_of(&object), &object, true);
        }
    }

    fn keep(&mut self, resource: &'static Resource, mut object: Value, before: Option<Value>) -> Value {
        object["metadata"]["resourceVersion"] = json!((self.history.version() + 1).to_string());
        self.objects.insert(key(resource, &object), object.clone());
        let happened = if before.is_some() { Happened::Modified } else { Happened::Added };
        self.history.push(Event { resource, happened, object: object.clone(), before });
        object
    }
}

fn key(resource: &'static Resource, object: &Value) -> Key {
    (resource.group, resource.plural, namespace_of(object), name_of(object))
}

fn namespace_of(object: &Value) -> String {
    object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned()
}

fn name_of(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}

fn split(name: &str) -> (&str, &str) {
    name.split_once('/').unwrap_or(("", name))
}

fn named(resource: &str) -> &'static Resource {
    kinds::by_qualified_name(resource).unwrap_or_else(|| panic!("the scripted API does not serve {resource}"))
}

fn resource_of(object: &Value) -> &'static Resource {
    let (version, kind) =
        (object["apiVersion"].as_str().unwrap_or_default(), object["kind"].as_str().unwrap_or_default());
    kinds::by_kind(version, kind).unwrap_or_else(|| panic!("the scripted API does not serve {version} {kind}"))
}
