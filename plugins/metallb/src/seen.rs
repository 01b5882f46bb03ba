//! Objects as a reader has seen them, for tests that write them by hand.

use std::borrow::Borrow;

use lab::Seen;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub fn seen<K: DeserializeOwned>(raw: impl Borrow<Value>) -> Seen<K> {
    let raw = raw.borrow().clone();
    let object = serde_json::from_value(raw.clone()).unwrap_or_else(|error| panic!("{error}: {raw}"));
    Seen { object, raw }
}
