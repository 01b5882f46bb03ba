//! Downloading released files: over https, with a size limit, and with the digest of what came.

mod address;
mod args;
mod cache;
mod failure;
mod fetch;
mod latest;
#[cfg(test)]
mod tests;
mod version;

use std::time::Duration;

use sha2::{Digest as _, Sha256};

pub use args::ReleaseSite;
pub use cache::Cache;
pub use version::Version;

use crate::error::{Error, Result};
use address::Addresses;

/// A downloaded file.
#[derive(Clone, Debug)]
pub struct Download {
    pub bytes: Vec<u8>,
    /// Of `bytes`, in hex.
    pub sha256: String,
    /// Where it finally came from, without the signature that such an address often carries.
    pub url: String,
}

/// Where releases come from: the real sites, or one base address that stands for all of them.
#[derive(Clone, Debug)]
pub struct Site {
    addresses: Addresses,
    /// The time for one download with all its redirects.
    patience: Duration,
}

impl Site {
    pub fn new(flags: &ReleaseSite) -> Result<Site> {
        let base = flags.release_site.as_deref().filter(|url| !url.is_empty());
        Ok(Site { addresses: Addresses::new(base)?, patience: Duration::from_secs(60) })
    }

    /// Whether another address stands in for the real sites.
    pub fn is_stand_in(&self) -> bool {
        self.addresses.are_replaced()
    }

    /// Downloads a file: `github.com/OWNER/REPO/…`, or a whole URL. More than `limit` bytes are an error.
    pub async fn fetch(&self, address: &str, limit: u64) -> Result<Download> {
        let fetched = fetch::follow(self, address, limit).await?;
        if fetched.bytes.is_empty() {
            return Err(Error::failed(format!("could not download {}", fetched.url)).cause("the file is empty"));
        }
        if fetched.is_page() {
            return Err(failure::page(&fetched.url));
        }
        Ok(Download { sha256: sha256(&fetched.bytes), bytes: fetched.bytes, url: fetched.url })
    }

    /// The newest release's tag, like `v0.9.0`; `None` where no tag has this form.
    pub async fn latest_tag(&self, owner: &str, repo: &str) -> Result<Option<String>> {
        latest::tag(self, owner, repo).await
    }
}

/// The digest of a file, in hex.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
