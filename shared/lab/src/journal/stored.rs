//! A journal as a ConfigMap: compressed, bounded, and findable by its labels.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::ConfigMap;
use lab_plan::{Change, Exit, JOURNAL_VERSION, Journal, Path, RUN_ANNOTATION, Target};
use serde_json::{Value, json};

use super::{CLUSTER_WIDE, MANAGED_BY, OPEN, STATE, VERB};
use crate::error::{Error, Result};
use crate::reader::{Reader, Selection};

/// An object of the cluster holds at most a mebibyte, names and labels included.
const LARGEST: usize = 900 << 10;
/// What is unpacked of somebody's ConfigMap at most.
const LARGEST_UNPACKED: u64 = 16 << 20;
const KEY: &str = "journal";

/// A journal that was found in the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub target: Target,
    pub state: String,
    pub journal: Journal,
    pub raw: Value,
}

/// Why a ConfigMap with a journal's labels is none.
type Unreadable = (Target, String);

/// The journals of one namespace, or of all; oldest first. What cannot be read is named beside.
pub async fn list(reader: &Reader<'_>, namespace: Option<&str>) -> Result<(Vec<Stored>, Vec<Unreadable>)> {
    let labels = format!("{}={},{STATE}", MANAGED_BY.0, MANAGED_BY.1);
    let selection = Selection { namespace, labels: Some(&labels), ..Selection::default() };
    let (mut journals, mut unreadable) = (Vec::new(), Vec::new());
    for seen in reader.list::<ConfigMap>(selection).await? {
        let metadata = &seen.object.metadata;
        let (namespace, name) =
            (metadata.namespace.as_deref().unwrap_or_default(), metadata.name.as_deref().unwrap_or_default());
        let target = Target::namespaced("v1", "ConfigMap", namespace, name);
        let state = metadata.labels.as_ref().and_then(|labels| labels.get(STATE)).cloned().unwrap_or_default();
        match unpack(&seen.object) {
            Ok(journal) => journals.push(Stored { target, state, journal, raw: seen.raw }),
            Err(why) => unreadable.push((target, why)),
        }
    }
    journals.sort_by(|a, b| (&a.journal.started, &a.journal.id).cmp(&(&b.journal.started, &b.journal.id)));
    Ok((journals, unreadable))
}

/// Where a journal belongs: to its namespace if it concerns only that one.
pub(super) fn place(journal: &Journal) -> Target {
    let namespace = journal.namespace().unwrap_or(CLUSTER_WIDE);
    Target::namespaced("v1", "ConfigMap", namespace, &format!("kubectl-lab-{}", journal.id))
}

pub(super) fn create(journal: &Journal) -> Result<Change> {
    let target = place(journal);
    let object = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": target.name,
            "namespace": target.namespace,
            "labels": { MANAGED_BY.0: MANAGED_BY.1, VERB: journal.verb.replace(' ', "-"), STATE: OPEN },
            "annotations": { RUN_ANNOTATION: journal.id },
        },
        "binaryData": { KEY: pack(journal)? },
    });
    Ok(Change::create(target, object))
}

/// The change that puts a longer journal in the place of the stored one.
pub(super) fn replace(stored: &Stored, journal: &Journal) -> Result<Change> {
    let path = Path::default().key("binaryData").key(KEY);
    Ok(Change::set(stored.target.clone(), &stored.raw, path, Some(json!(pack(journal)?))))
}

impl Stored {
    pub fn namespace(&self) -> Option<&str> {
        self.target.namespace.as_deref()
    }

    /// The change that gives the journal another state.
    pub fn mark(&self, state: &str) -> Change {
        let path = Path::default().key("metadata").key("labels").key(STATE);
        Change::set(self.target.clone(), &self.raw, path, Some(json!(state)))
    }
}

fn pack(journal: &Journal) -> Result<ByteString> {
    let failed = |why: String| Error::failed("could not write the journal").cause(why);
    let text = serde_json::to_vec(journal).map_err(|error| failed(error.to_string()))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(&text).and_then(|()| encoder.finish()).map_err(|error| failed(error.to_string()))?;
    if packed.len() > LARGEST {
        let message = format!(
            "the journal of these changes would have {} KiB, more than {} KiB",
            packed.len() >> 10,
            LARGEST >> 10
        );
        return Err(Error::new(Exit::Refused, message).hint("nothing was changed; make the changes in smaller parts"));
    }
    Ok(ByteString(packed))
}

fn unpack(object: &ConfigMap) -> std::result::Result<Journal, String> {
    let packed = object.binary_data.as_ref().and_then(|data| data.get(KEY)).ok_or("it has no binaryData.journal")?;
    let mut text = Vec::new();
    let mut decoder = GzDecoder::new(packed.0.as_slice()).take(LARGEST_UNPACKED + 1);
    decoder.read_to_end(&mut text).map_err(|error| format!("it cannot be unpacked: {error}"))?;
    if text.len() as u64 > LARGEST_UNPACKED {
        return Err(format!("it unpacks to more than {} MiB", LARGEST_UNPACKED >> 20));
    }
    let journal: Journal = serde_json::from_slice(&text).map_err(|error| format!("it is no journal: {error}"))?;
    if journal.version != JOURNAL_VERSION {
        return Err(format!("it has version {}, this program knows {JOURNAL_VERSION}", journal.version));
    }
    Ok(journal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> Journal {
        Journal {
            version: JOURNAL_VERSION,
            id: "run-1".into(),
            verb: "metrics-fix".into(),
            cluster: "server https://127.0.0.1".into(),
            started: "2026-11-22T22:00:00Z".into(),
            entries: Vec::new(),
        }
    }

    fn stored(change: &Change) -> ConfigMap {
        serde_json::from_value(change.after.clone().unwrap()).unwrap()
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let object = stored(&create(&journal()).unwrap());
        assert_eq!(unpack(&object), Ok(journal()));
        assert_eq!(object.metadata.namespace.as_deref(), Some("kube-system"));
    }

    #[test]
    fn a_journal_that_is_too_large_is_refused() {
        // Text that does not compress.
        let mut seed: u64 = 1;
        let noise: String = (0..2_000_000)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                char::from(b'!' + u8::try_from(seed >> 58).unwrap_or(0))
            })
            .collect();
        let large = Journal { cluster: noise, ..journal() };
        let error = create(&large).unwrap_err();
        assert_eq!(error.exit, Exit::Refused);
        assert!(error.message.starts_with("the journal of these changes would have "), "{error}");
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b' '; 20 << 20]).unwrap();
        let mut object = stored(&create(&journal()).unwrap());
        object.binary_data.as_mut().unwrap().insert(KEY.into(), ByteString(encoder.finish().unwrap()));
        assert_eq!(unpack(&object), Err("it unpacks to more than 16 MiB".into()));
    }

    #[test]
    fn what_is_no_journal_is_named() {
        assert_eq!(unpack(&ConfigMap::default()), Err("it has no binaryData.journal".into()));
        let mut other = journal();
        other.version = 7;
        assert_eq!(unpack(&stored(&create(&other).unwrap())), Err("it has version 7, this program knows 1".into()));
    }
}
