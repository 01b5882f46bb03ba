//! Releases and tags as the REST API lists them, in pages.

use serde_json::{Value, json};

use super::contents::{Release, Repository};
use super::git;
use super::http::{API, GITHUB, Request, Response};

const DEFAULT_PAGE: usize = 30;
const LARGEST_PAGE: usize = 100;

/// Answers `/repos/OWNER/NAME/…`.
pub(super) fn answer(repository: &Repository, rest: &[&str], request: &Request) -> Response {
    let one =
        |tag: &str| repository.release(tag).map(|found| Response::json(200, &release(repository, found, request)));
    let answer = match rest {
        ["releases"] => {
            let published = repository.releases.iter().filter(|release| !release.draft);
            let all: Vec<_> = published.map(|found| release(repository, found, request)).collect();
            Some(page(&all, request))
        }
        ["releases", "latest"] => repository.latest.as_deref().and_then(one),
        ["releases", "tags", tag] => one(tag),
        ["tags"] => {
            let all: Vec<_> = repository.tags.iter().map(|name| tag(repository, name, request)).collect();
            Some(page(&all, request))
        }
        _ => None,
    };
    answer.unwrap_or_else(not_found).with("x-ratelimit-limit", "60").with("x-ratelimit-remaining", "59")
}

pub(super) fn not_found() -> Response {
    Response::json(404, &json!({ "message": "Not Found", "status": "404" }))
}

fn release(repository: &Repository, release: &Release, request: &Request) -> Value {
    let (full_name, tag) = (repository.full_name(), &release.tag);
    let (site, api) = (request.site_of(GITHUB), request.site_of(API));
    let assets: Vec<_> = release
        .assets
        .iter()
        .map(|(name, body)| {
            json!({
                "name": name,
                "state": "uploaded",
                "content_type": "application/octet-stream",
                "size": body.len(),
                "browser_download_url": format!("{site}/{full_name}/releases/download/{tag}/{name}"),
            })
        })
        .collect();
    json!({
        "url": format!("{api}/repos/{full_name}/releases/tags/{tag}"),
        "html_url": format!("{site}/{full_name}/releases/tag/{tag}"),
        "tag_name": tag,
        "name": release.name,
        "draft": release.draft,
        "prerelease": release.prerelease,
        "target_commitish": "main",
        "assets": assets,
        "body": "",
    })
}

fn tag(repository: &Repository, name: &str, request: &Request) -> Value {
    let (full_name, commit) = (repository.full_name(), git::commit(repository, name));
    let site = request.site_of(API);
    json!({
        "name": name,
        "tarball_url": format!("{site}/repos/{full_name}/tarball/refs/tags/{name}"),
        "zipball_url": format!("{site}/repos/{full_name}/zipball/refs/tags/{name}"),
        "commit": { "sha": commit, "url": format!("{site}/repos/{full_name}/commits/{commit}") },
    })
}

/// One page of a list, with links to the next and the last as the API gives them.
fn page(all: &[Value], request: &Request) -> Response {
    let number = |name: &str, otherwise: usize| {
        request.asked(name).and_then(|text| text.parse().ok()).filter(|number| *number > 0).unwrap_or(otherwise)
    };
    let size = number("per_page", DEFAULT_PAGE).min(LARGEST_PAGE);
    let current = number("page", 1);
    let last = all.len().div_ceil(size).max(1);
    let items: Vec<_> = all.iter().skip((current - 1) * size).take(size).collect();
    let response = Response::json(200, &json!(items));
    if current >= last {
        return response;
    }
    let address = |page| format!("<{}{}?per_page={size}&page={page}>", request.site(), request.path);
    let links = format!("{}; rel=\"next\", {}; rel=\"last\"", address(current + 1), address(last));
    response.with("Link", &links)
}
