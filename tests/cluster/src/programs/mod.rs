//! The programs that the cluster is made of, and a few that tests use beside it, built from their Go modules into a cache: once for each version, whoever asks.

mod build;
mod go;
mod recipe;
#[cfg(test)]
mod tests;
pub mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cache::Cache;
use crate::kubernetes::Kubernetes;
use recipe::RECIPES;
pub use versions::MINIMUM_GO;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Program {
    /// All servers in one file; [`Programs::kubernetes`] gives them and kubectl by name.
    Kubernetes,
    /// The same of the oldest release that is still looked after.
    KubernetesOld,
    Etcd,
    Containerd,
    ContainerdShim,
    Ctr,
    Runc,
    MetricsServer09,
    MetricsServer063,
    MetallbController,
    MetallbSpeaker,
    MetallbOldController,
    MetallbOldSpeaker,
    CoreDns,
    Kwok,
    Crane,
    Actionlint,
}

impl Program {
    pub const ALL: [Program; 17] = [
        Program::Kubernetes,
        Program::KubernetesOld,
        Program::Etcd,
        Program::Containerd,
        Program::ContainerdShim,
        Program::Ctr,
        Program::Runc,
        Program::MetricsServer09,
        Program::MetricsServer063,
        Program::MetallbController,
        Program::MetallbSpeaker,
        Program::MetallbOldController,
        Program::MetallbOldSpeaker,
        Program::CoreDns,
        Program::Kwok,
        Program::Crane,
        Program::Actionlint,
    ];
}

/// Where finished programs are.
#[derive(Clone, Debug)]
pub struct Programs {
    cache: Cache,
    folders: BTreeSet<PathBuf>,
    paths: BTreeMap<Program, PathBuf>,
}

/// Builds what is missing in the cache, telling how it goes, and returns where each program is.
pub fn ensure(wanted: &[Program]) -> Result<Programs> {
    let cache = Cache::of_user()?;
    let go_version = go::version()?;
    let mut programs = Programs { cache, folders: BTreeSet::new(), paths: BTreeMap::new() };
    for recipe in RECIPES {
        if !wanted.iter().any(|program| recipe.makes(*program)) {
            continue;
        }
        let folder = build::ensure(&programs.cache, recipe, &go_version)?;
        for made in recipe.builds {
            if let Some(program) = made.program {
                programs.paths.insert(program, folder.join(made.file));
            }
        }
        programs.folders.insert(folder);
    }
    Ok(programs)
}

/// Whether everything that is wanted is built already, so that nothing would be downloaded or compiled.
pub fn are_built(wanted: &[Program]) -> Result<bool> {
    let cache = Cache::of_user()?;
    let go_version = go::version()?;
    let mut needed = RECIPES.iter().filter(|recipe| wanted.iter().any(|program| recipe.makes(*program)));
    Ok(needed.all(|recipe| cache.place("programs").join(build::key(recipe, &go_version)).is_dir()))
}

impl Programs {
    /// Where a program is.
    ///
    /// # Panics
    /// If the program was not among those asked for.
    pub fn path(&self, program: Program) -> &Path {
        match self.paths.get(&program) {
            Some(path) => path,
            None => panic!("{program:?} was not asked for"),
        }
    }

    /// The folder that holds kubectl and Kubernetes' servers under their own names.
    pub fn kubernetes_dir(&self) -> PathBuf {
        self.kubernetes("")
    }

    /// kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy or kubectl.
    pub fn kubernetes(&self, name: &str) -> PathBuf {
        self.path(self.release().program()).with_file_name(name)
    }

    /// Which release of Kubernetes was asked for; the newest where several were.
    pub fn release(&self) -> Kubernetes {
        Kubernetes::ALL.into_iter().find(|release| self.paths.contains_key(&release.program())).unwrap_or_default()
    }

    /// The unpacked source of a Go module, where its manifests are. `version` has no leading `v`.
    pub fn module_dir(&self, module: &str, version: &str) -> Result<PathBuf> {
        go::module_dir(module, version, &self.cache.directory("modules")?)
    }

    /// The identity of the whole set: it changes when any of the programs does.
    pub fn digest(&self) -> String {
        let names: Vec<_> = self.folders.iter().filter_map(|folder| folder.file_name()?.to_str()).collect();
        crate::cache::short_hash(&names.join("\n"))
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }
}
