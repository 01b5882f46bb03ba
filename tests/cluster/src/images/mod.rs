//! The container images of the cluster, made here as docker-archive tars: there is no registry to pull them from.

mod archive;
mod contents;
mod debian;
mod layer;
mod pause;

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::cache::{self, Cache};
use crate::programs::Programs;
use crate::progress::Progress;
use archive::Start;
use contents::Draft;
use debian::Debian;
use layer::Layer;

/// An image by the name that manifests use, and the file that holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image {
    pub reference: String,
    pub tar: PathBuf,
}

/// The image of the container that every pod starts with. containerd has to know it before it can ask the registry for anything.
pub fn pause(programs: &Programs) -> Result<Image> {
    let mut layer = Layer::default();
    layer.program("pause", &pause::compile(programs.cache())?);
    let start = Start { entrypoint: &["/pause"], user: "65535:65535", ..Start::default() };
    let draft = Draft { references: vec!["registry.k8s.io/pause:3.10.1".to_owned()], layer, start };
    let mut images = write(programs.cache(), &draft)?;
    images.pop().context("could not make the pause image: it has no name")
}

/// Everything else that is pulled in the cluster.
pub fn for_cluster(programs: &Programs) -> Result<Vec<Image>> {
    let debian = Debian::ensure(programs.cache())?;
    let mut images = Vec::new();
    for draft in contents::all(programs, &debian)? {
        images.extend(write(programs.cache(), &draft)?);
    }
    Ok(images)
}

/// Writes the draft into the cache, unless the same is there already. One file, under each of its names.
fn write(cache: &Cache, draft: &Draft) -> Result<Vec<Image>> {
    let Some(reference) = draft.references.first() else { return Ok(Vec::new()) };
    let description = format!("{reference}\n{:?}\n{}", draft.start, draft.layer.description());
    let short_name = reference.rsplit('/').next().unwrap_or(reference).replace(':', "-");
    let name = format!("{short_name}-{}", cache::short_hash(&description));
    let place = cache.place("images").join(format!("{name}.tar"));
    if !place.is_file() {
        let _lock = cache.lock(&name)?;
        if !place.is_file() {
            let progress = Progress::start(format!("making the image {reference}"));
            let bench = cache.workbench(&name)?;
            let unfinished = bench.join("image.tar");
            archive::write(&unfinished, reference, &draft.layer, &draft.start)
                .with_context(|| format!("could not make the image {reference}"))?;
            cache::finish(&unfinished, &place)?;
            std::fs::remove_dir_all(&bench).with_context(|| format!("could not remove {}", bench.display()))?;
            progress.done();
        }
    }
    let images = draft.references.iter();
    Ok(images.map(|reference| Image { reference: reference.clone(), tar: place.clone() }).collect())
}
