//! Which answer belongs to which path: pure, so that it can be read as a table.

use super::contents::{Contents, Repository};
use super::http::{ASSETS, GITHUB, Request, Response};
use super::{git, listing};

pub(super) fn answer(contents: &Contents, request: &Request) -> Response {
    if !["GET", "HEAD"].contains(&request.method.as_str()) {
        return Response::new(405, "text/plain", "").with("Allow", "GET, HEAD");
    }
    let parts: Vec<&str> = request.route().trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["repos", owner, name, rest @ ..] => match contents.repository(owner, name) {
            Some(repository) => listing::answer(repository, rest, request),
            None => listing::not_found(),
        },
        ["release-assets", owner, name, tag, file] => {
            found(contents, owner, name, |repository| asset(repository, tag, file))
        }
        [owner, name, "info", "refs"] => {
            found(contents, owner, name.strip_suffix(".git").unwrap_or(name), |repository| {
                Some(git::refs(repository, request))
            })
        }
        [owner, name, "releases", rest @ ..] => {
            found(contents, owner, name, |repository| releases(repository, rest, request))
        }
        [owner, name, tag, path @ ..] => {
            found(contents, owner, name, |repository| raw(repository, tag, &path.join("/")))
        }
        _ => page_not_found(),
    }
}

fn found(contents: &Contents, owner: &str, name: &str, page: impl FnOnce(&Repository) -> Option<Response>) -> Response {
    contents.repository(owner, name).and_then(page).unwrap_or_else(page_not_found)
}

/// The pages under `/OWNER/NAME/releases`.
fn releases(repository: &Repository, rest: &[&str], request: &Request) -> Option<Response> {
    let site = request.site_of(GITHUB);
    let (full_name, latest) = (repository.full_name(), repository.latest.as_deref());
    match rest {
        ["latest"] => Some(Response::redirect(&format!("{site}/{full_name}/releases/tag/{}", latest?))),
        ["latest", "download", file] => {
            Some(Response::redirect(&format!("{site}/{full_name}/releases/download/{}/{file}", latest?)))
        }
        ["tag", tag] => {
            let release = repository.release(tag)?;
            let page = format!("<!DOCTYPE html><title>Release {} · {full_name}</title>", release.name);
            Some(Response::new(200, "text/html; charset=utf-8", page))
        }
        // The real site hands out files from another one, by an address that is signed and soon ends.
        ["download", tag, file] => {
            repository.release(tag)?.assets.get(*file)?;
            let place = format!("{}/release-assets/{full_name}/{tag}/{file}", request.site_of(ASSETS));
            Some(Response::redirect(&format!("{place}?sp=r&sv=2018-11-09&sr=b&sig=stand-in")))
        }
        _ => None,
    }
}

fn asset(repository: &Repository, tag: &str, file: &str) -> Option<Response> {
    let body = repository.release(tag)?.assets.get(file)?.as_bytes();
    let disposition = format!("attachment; filename={file}");
    Some(Response::new(200, "application/octet-stream", body).with("Content-Disposition", &disposition))
}

/// A file of the repository at a tag, as the site for raw files gives it.
fn raw(repository: &Repository, tag: &str, path: &str) -> Option<Response> {
    let tag = tag.strip_prefix("refs/tags/").unwrap_or(tag);
    let body = repository.files.get(&(tag.to_owned(), path.to_owned()))?.as_bytes();
    Some(Response::new(200, "text/plain; charset=utf-8", body).with("X-Content-Type-Options", "nosniff"))
}

fn page_not_found() -> Response {
    Response::new(404, "text/html; charset=utf-8", "<!DOCTYPE html><title>Page not found</title><h1>404</h1>")
}
