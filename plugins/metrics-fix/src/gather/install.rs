//! Fetching what `--install` would install, and looking which of it the cluster has already.

use lab::download::{Site, Version};
use lab::manifest::{downloaded, given};
use lab::{Error, Reader, Result};

use crate::args::Args;
use crate::facts::{Planned, Release};
use crate::release;

const OWNER: &str = "kubernetes-sigs";
const REPOSITORY: &str = "metrics-server";

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Release> {
    let site = Site::new(&args.site)?;
    let (name, text, note) = match &args.manifest {
        Some(from) => {
            let text = given(&site, from).await?;
            (text.from.clone(), text, None)
        }
        None => {
            let (version, note) = choose(reader, args, &site).await?;
            let path = format!("github.com/{OWNER}/{REPOSITORY}/releases/download/{version}/components.yaml");
            (version.to_string(), downloaded(&site, &path).await?, note)
        }
    };
    let (objects, url, sha256) = (text.objects()?, text.from, text.sha256);
    release::check(&objects, &url)?;
    let mut planned = Vec::new();
    for object in release::in_order(objects) {
        let live = reader.find(&object.target).await?;
        planned.push(Planned { target: object.target, object: object.value, live });
    }
    Ok(Release { name, url, sha256, objects: release::mark(planned, reader.run_id()), note })
}

/// The version asked for, or the newest that supports this server.
async fn choose(reader: &Reader<'_>, args: &Args, site: &Site) -> Result<(Version, Option<String>)> {
    if args.version != "latest" {
        return match args.version.parse::<Version>() {
            Ok(version) => Ok((version, None)),
            Err(why) => Err(Error::usage(format!("{:?} is not a version of metrics-server: {why}", args.version))
                .hint("write it like v0.9.0, or leave it out for the newest that supports this cluster")),
        };
    }
    let server = reader.server_version().await?;
    let newest = site.latest_tag(OWNER, REPOSITORY).await?.and_then(|tag| tag.parse().ok());
    release::for_server(newest, server)
}
