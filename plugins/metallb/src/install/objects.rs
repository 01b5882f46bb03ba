//! The objects of the manifest against those of the cluster: what has to be created, declared anew, or taken away.

use lab_plan::{Change, FIELD_MANAGER, Path, RUN_ANNOTATION, Target, contains, contested};
use serde_json::{Value, json};

use super::facts::{Facts, Manifest, Planned};
use crate::present::INVENTORY;
use crate::release::Version;

/// Managers through which people apply manifests; what they declared becomes ours where we are told to adopt it.
const APPLIERS: [&str; 4] = ["kubectl-client-side-apply", "kubectl", "kubectl-create", "kubectl-edit"];

/// On every object: the release that it is of.
pub const RELEASE: &str = "kubectl-lab/release";

/// What has to be done about the manifest.
#[derive(Debug, Default, PartialEq)]
pub struct Work {
    pub create: Vec<Change>,
    pub declare: Vec<Change>,
    pub delete: Vec<Change>,
    /// Fields whose value somebody else has declared, and that would change: place and who.
    pub contested: Vec<String>,
    /// Objects that somebody else has brought.
    pub foreign: Vec<Target>,
}

pub fn work(facts: &Facts, manifest: &Manifest) -> Work {
    let mut work = Work::default();
    for planned in &manifest.objects {
        match &planned.live {
            None => {
                let object = of_release(&planned.object, &facts.run, manifest.release.version);
                work.create.push(Change::create(planned.target.clone(), object));
            }
            Some(live) => work.of_live(planned, live, &facts.run, manifest.release.version),
        }
    }
    let left_over = manifest.left_over.iter();
    work.delete = left_over.map(|left| Change::delete(left.target.clone(), &left.live)).collect();
    work
}

impl Work {
    fn of_live(&mut self, planned: &Planned, live: &Value, run: &str, version: Version) {
        let is_ours = run_of(live).is_some();
        let adopt: Vec<String> =
            if is_ours { Vec::new() } else { APPLIERS.iter().map(|manager| (*manager).to_owned()).collect() };
        let managers: Vec<&str> = std::iter::once(FIELD_MANAGER).chain(adopt.iter().map(String::as_str)).collect();
        // Who brought it stays written on it, so that this run's undo lets it stand.
        let object = of_release(&planned.object, run_of(live).unwrap_or(run), version);
        if contains(live, &object) {
            return;
        }
        if !is_ours {
            self.foreign.push(planned.target.clone());
        }
        let theirs = contested(live, &object, &managers).into_iter();
        self.contested.extend(theirs.map(|(path, who)| contest(&planned.target, &path, &who)));
        self.declare.push(Change::declare(planned.target.clone(), live, adopt, object));
    }

    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.declare.is_empty() && self.delete.is_empty()
    }
}

fn contest(target: &Target, path: &Path, who: &str) -> String {
    format!("{path} of {target} (declared by {who})")
}

/// The run that brought it, if it was one of ours.
pub fn run_of(live: &Value) -> Option<&str> {
    live.pointer("/metadata/annotations")?.get(RUN_ANNOTATION)?.as_str()
}

/// As it is of this release. The release stands on each object: an upgrade that died in the middle shows in those that do
/// not bear it yet, also where the newer manifest only says less than the older one.
fn of_release(object: &Value, run: &str, version: Version) -> Value {
    let mut object = marked(object, run);
    object["metadata"]["annotations"][RELEASE] = json!(version);
    object
}

/// With the names by which it is known as ours, and by which it can be found.
pub fn marked(object: &Value, run: &str) -> Value {
    let mut object = object.clone();
    for (field, key, value) in [("annotations", RUN_ANNOTATION, run), ("labels", INVENTORY.0, INVENTORY.1)] {
        let metadata = &mut object["metadata"];
        if metadata.get(field).is_none_or(|map| !map.is_object()) {
            metadata[field] = json!({});
        }
        metadata[field][key] = json!(value);
    }
    object
}
