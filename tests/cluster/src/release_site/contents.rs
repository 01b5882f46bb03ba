//! What the stand-in publishes, as plain data.

use std::collections::BTreeMap;

#[derive(Clone, Default, Debug)]
pub struct Contents {
    pub repositories: Vec<Repository>,
}

#[derive(Clone, Default, Debug)]
pub struct Repository {
    pub owner: String,
    pub name: String,
    /// Newest first.
    pub tags: Vec<String>,
    /// Newest first.
    pub releases: Vec<Release>,
    /// The tag that the site calls the latest release; not always the one that people mean.
    pub latest: Option<String>,
    /// Files of the repository, by tag and path.
    pub files: BTreeMap<(String, String), String>,
}

#[derive(Clone, Default, Debug)]
pub struct Release {
    pub tag: String,
    /// Written by hand on the real site, and wrong at times.
    pub name: String,
    pub prerelease: bool,
    pub draft: bool,
    pub assets: BTreeMap<String, String>,
}

impl Contents {
    pub fn repository(&self, owner: &str, name: &str) -> Option<&Repository> {
        self.repositories.iter().find(|repository| repository.owner == owner && repository.name == name)
    }
}

impl Repository {
    pub fn new(owner: &str, name: &str) -> Repository {
        Repository { owner: owner.to_owned(), name: name.to_owned(), ..Repository::default() }
    }

    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    pub fn release(&self, tag: &str) -> Option<&Release> {
        self.releases.iter().find(|release| release.tag == tag && !release.draft)
    }
}

impl Release {
    /// A release whose name is its tag.
    pub fn of(tag: &str) -> Release {
        Release { tag: tag.to_owned(), name: tag.to_owned(), ..Release::default() }
    }
}
