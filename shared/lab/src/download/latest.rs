//! Which release is the newest. The page for the newest release redirects to it and costs nothing of the few API
//! requests that an address has per hour; but what it calls the newest may be something else that the project also
//! releases (a chart, say). Then the list of tags decides: as git reads it, which is not counted either, and by the API
//! only where that fails.

use serde::Deserialize;

use super::{Site, Version, fetch};
use crate::error::{Error, Result};
use crate::harmless::one_line;

/// The lists are some hundred kilobytes for projects that are ten years old.
const LIST_LIMIT: u64 = 16 << 20;
const PAGES: usize = 5;
const PAGE: usize = 100;

pub(super) async fn tag(site: &Site, owner: &str, repo: &str) -> Result<Option<String>> {
    let tag = sought(site, owner, repo).await;
    tag.map_err(|error| error.while_trying(format!("could not find the newest release of {}", one_line(repo))))
}

async fn sought(site: &Site, owner: &str, repo: &str) -> Result<Option<String>> {
    let page = fetch::redirect_of(site, &format!("github.com/{owner}/{repo}/releases/latest")).await?;
    if let Some(tag) = page.as_deref().and_then(tag_of_page) {
        return Ok(Some(tag.to_owned()));
    }
    match from_git(site, owner, repo).await {
        Ok(tag) => Ok(tag),
        // If the API fails too, what it says (a rate limit) tells more than why this way failed.
        Err(_) => from_api(site, owner, repo).await,
    }
}

/// The tag in `…/releases/tag/v0.9.0`, if it is a release number.
fn tag_of_page(location: &str) -> Option<&str> {
    let (_, tag) = location.rsplit_once("/releases/tag/")?;
    number(tag).map(|_| tag)
}

/// Tags are written with the letter.
fn number(tag: &str) -> Option<Version> {
    tag.parse().ok().filter(|_| tag.starts_with('v'))
}

fn newest<'t>(tags: impl Iterator<Item = &'t str>) -> Option<String> {
    tags.filter_map(|tag| Some((number(tag)?, tag))).max().map(|(_, tag)| tag.to_owned())
}

async fn from_git(site: &Site, owner: &str, repo: &str) -> Result<Option<String>> {
    let address = format!("github.com/{owner}/{repo}.git/info/refs?service=git-upload-pack");
    let list = fetch::follow(site, &address, LIST_LIMIT).await?;
    let text = String::from_utf8_lossy(&list.bytes);
    if !text.contains("# service=git-upload-pack") {
        return Err(
            Error::failed(format!("could not read the list of tags at {}", list.url)).cause("it is no such list")
        );
    }
    Ok(newest(tags_of_refs(&text)))
}

/// The names in `HASH refs/tags/NAME` lines; an annotated tag has a second line that ends in `^{}`.
fn tags_of_refs(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| Some(line.split_once(" refs/tags/")?.1.trim_end().trim_end_matches("^{}")))
}

#[derive(Deserialize)]
struct Tag {
    name: String,
}

async fn from_api(site: &Site, owner: &str, repo: &str) -> Result<Option<String>> {
    let mut tags: Vec<Tag> = Vec::new();
    for page in 1..=PAGES {
        let address = format!("api.github.com/repos/{owner}/{repo}/tags?per_page={PAGE}&page={page}");
        let list = fetch::follow(site, &address, LIST_LIMIT).await?;
        let some: Vec<Tag> = serde_json::from_slice(&list.bytes).map_err(|error| {
            Error::failed(format!("could not read the list of tags at {}", list.url))
                .cause(one_line(&error.to_string()))
        })?;
        let last = some.len() < PAGE;
        tags.extend(some);
        if last {
            break;
        }
    }
    Ok(newest(tags.iter().map(|tag| tag.name.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_release_numbers_count() {
        for tag in ["v0.9.0", "v10.20.30"] {
            assert!(number(tag).is_some(), "{tag}");
        }
        for tag in ["0.9.0", "v0.9", "v0.9.0-rc.1", "metallb-chart-0.16.2", "v1.2.3.4", "v1..3", "v1.2.+3", "v", ""] {
            assert!(number(tag).is_none(), "{tag}");
        }
    }

    #[test]
    fn the_newest_is_the_greatest_number_not_the_last_word() {
        assert_eq!(newest(["v0.9.0", "v0.16.2", "v0.16.10", "v1.0.0-beta"].into_iter()).as_deref(), Some("v0.16.10"));
        assert_eq!(newest(["chart-1.0.0"].into_iter()), None);
    }

    #[test]
    fn the_page_of_something_else_is_not_taken() {
        assert_eq!(tag_of_page("https://github.com/a/b/releases/tag/v0.9.0"), Some("v0.9.0"));
        assert_eq!(tag_of_page("https://github.com/a/b/releases/tag/b-chart-0.16.2"), None);
        assert_eq!(tag_of_page("https://github.com/login"), None);
    }

    #[test]
    fn tags_are_read_as_git_reads_them() {
        let text = "001e# service=git-upload-pack\n00000050aa HEAD\0symref=HEAD:refs/heads/main\n003dbb refs/tags/v1.0.0\n\
                    0040cc refs/tags/v1.0.0^{}\n003dbb refs/pull/7/head\n0000";
        assert_eq!(tags_of_refs(text).collect::<Vec<_>>(), ["v1.0.0", "v1.0.0"]);
    }
}
