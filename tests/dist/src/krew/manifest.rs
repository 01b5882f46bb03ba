//! A plugin manifest, as it is written. What is missing is empty, so that the rules can say so.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

/// krew passes over fields that it does not know; here they are an error, for they are typing errors.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Manifest {
    pub api_version: String,
    pub kind: String,
    pub metadata: Metadata,
    pub spec: Spec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metadata {
    pub name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Spec {
    pub version: String,
    pub homepage: String,
    pub short_description: String,
    pub description: String,
    pub caveats: String,
    pub platforms: Vec<Platform>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Platform {
    pub selector: Option<Selector>,
    pub uri: String,
    pub sha256: String,
    /// Everything, where it is left out.
    pub files: Option<Vec<Operation>>,
    pub bin: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Selector {
    pub match_labels: Option<BTreeMap<String, String>>,
    pub match_expressions: Option<Vec<Expression>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expression {
    pub key: String,
    pub operator: String,
    pub values: Vec<String>,
}

/// Which files of the archive go where.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Operation {
    pub from: String,
    pub to: String,
}

impl Manifest {
    pub fn parse(text: &str) -> Result<Manifest> {
        serde_saphyr::from_str(text).context("could not read the manifest")
    }
}

impl Platform {
    /// Said or meant.
    pub fn operations(&self) -> Vec<Operation> {
        self.files.clone().unwrap_or_else(|| vec![Operation { from: "*".to_owned(), to: ".".to_owned() }])
    }
}
