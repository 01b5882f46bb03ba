//! The home folder of a run.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

pub struct Home {
    folder: TempDir,
}

impl Home {
    pub fn make() -> io::Result<Home> {
        let folder = tempfile::Builder::new().prefix("lab-cli-").tempdir()?;
        std::fs::create_dir(folder.path().join("tmp"))?;
        std::fs::create_dir(folder.path().join(".kube"))?;
        Ok(Home { folder })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn temporary(&self) -> PathBuf {
        self.path().join("tmp")
    }

    pub fn kubeconfig(&self) -> PathBuf {
        self.path().join(".kube/config")
    }

    pub fn write_kubeconfig(&self, text: &str) -> io::Result<()> {
        std::fs::write(self.kubeconfig(), text)
    }
}

/// A kubeconfig with one context, `lecture`.
pub fn kubeconfig(url: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: lecture
contexts:
- name: lecture
  context: {{cluster: lecture-hall, user: student}}
clusters:
- name: lecture-hall
  cluster: {{server: '{url}'}}
users:
- name: student
  user: {{token: not-a-secret}}
"
    )
}
