//! A kubeconfig of one cluster and one user, whole in one file so that it can be copied.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub struct Kubeconfig {
    pub cluster: String,
    pub server: String,
    pub authority: String,
    pub user: String,
    pub certificate: String,
    pub key: String,
}

impl Kubeconfig {
    pub fn text(&self) -> String {
        let Self { cluster, server, user, .. } = self;
        let [authority, certificate, key] =
            [&self.authority, &self.certificate, &self.key].map(|pem| STANDARD.encode(pem));
        format!(
            "apiVersion: v1
kind: Config
clusters:
- name: {cluster}
  cluster:
    server: {server}
    certificate-authority-data: {authority}
users:
- name: \"{user}\"
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
contexts:
- name: {cluster}
  context:
    cluster: {cluster}
    user: \"{user}\"
current-context: {cluster}
"
        )
    }

    /// It holds a private key, so nobody else may read it.
    pub fn write(&self, path: &Path) -> Result<()> {
        let file = std::fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(path);
        let written = file.and_then(|mut file| std::io::Write::write_all(&mut file, self.text().as_bytes()));
        written.with_context(|| format!("could not write {}", path.display()))
    }
}
