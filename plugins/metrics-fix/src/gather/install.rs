//! Fetching what `--install` would install, and looking which of it the cluster has already.

use lab::download::Site;
use lab::{Answer, Error, Reader, Result, manifest};

use crate::args::Args;
use crate::facts::{Planned, Release};
use crate::release::{self, Version};

const OWNER: &str = "kubernetes-sigs";
const REPOSITORY: &str = "metrics-server";
/// The manifest is some kilobytes; ten times as much as it may ever need.
const LIMIT: u64 = 1 << 20;

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Release> {
    let (name, text, url, sha256, note) = match &args.manifest {
        Some(from) => {
            let (text, url, sha256) = given(args, from).await?;
            (from.clone(), text, url, sha256, None)
        }
        None => {
            let (version, note) = choose(reader, args).await?;
            let path = format!("github.com/{OWNER}/{REPOSITORY}/releases/download/{version}/components.yaml");
            let download = site(args)?.fetch(&path, LIMIT).await?;
            (version.to_string(), text(&download.bytes, &download.url)?, download.url, download.sha256, note)
        }
    };
    let objects = manifest::parse(&text, &url)?;
    release::check(&objects, &url)?;
    let mut planned = Vec::new();
    for object in release::in_order(objects) {
        let live = reader.find(&object.target).await?;
        planned.push(Planned { target: object.target, object: object.value, live });
    }
    Ok(Release { name, url, sha256, objects: release::mark(planned, reader.run_id()), note })
}

fn site(args: &Args) -> Result<Site> {
    Site::new(&args.site)
}

async fn given(args: &Args, from: &str) -> Result<(String, String, String)> {
    if from.starts_with("https://") || from.starts_with("http://") {
        let download = site(args)?.fetch(from, LIMIT).await?;
        return Ok((text(&download.bytes, from)?, download.url, download.sha256));
    }
    let bytes = std::fs::read(from).map_err(|error| {
        Error::usage(format!("could not read the manifest {from}")).cause(error).hint("give a file, or an https URL")
    })?;
    if bytes.len() as u64 > LIMIT {
        return Err(Error::failed(format!("the manifest {from} is larger than {LIMIT} bytes")));
    }
    Ok((text(&bytes, from)?, from.to_owned(), lab::download::sha256(&bytes)))
}

fn text(bytes: &[u8], from: &str) -> Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Error::failed(format!("the manifest from {from} is not text")))
}

/// The version asked for, or the newest that supports this server.
async fn choose(reader: &Reader<'_>, args: &Args) -> Result<(Version, Option<String>)> {
    if args.version != "latest" {
        return match args.version.parse::<Version>() {
            Ok(version) => Ok((version, None)),
            Err(why) => Err(Error::usage(format!("{:?} is not a version of metrics-server: {why}", args.version))
                .hint("write it like v0.9.0, or leave it out for the newest that supports this cluster")),
        };
    }
    let server = server_version(reader).await?;
    let newest = site(args)?.latest_tag(OWNER, REPOSITORY).await?.and_then(|tag| tag.parse().ok());
    release::for_server(newest, server)
}

async fn server_version(reader: &Reader<'_>) -> Result<(u32, u32)> {
    let broken = |what: String| Error::failed("could not read the version of the API server").cause(what);
    let answer = match reader.ask("/version").await? {
        Answer::Found(answer) => answer,
        Answer::Refused(_, message) => return Err(broken(message)),
    };
    let number = |key: &str| {
        let text = answer.get(key)?.as_str()?;
        // Some distributions write "33+".
        text.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()
    };
    number("major").zip(number("minor")).ok_or_else(|| broken(answer.to_string()))
}
