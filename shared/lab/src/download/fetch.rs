//! Getting the bytes: redirect by redirect, and never more of them than were allowed.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

use super::address::shown;
use super::{Site, failure};
use crate::connect::{is_this_machine, user_agent};
use crate::error::{Error, Result};

const REDIRECTS: usize = 5;
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// What lay at the end of the redirects.
pub(super) struct Fetched {
    pub bytes: Vec<u8>,
    pub url: String,
    content_type: String,
}

impl Fetched {
    /// Whether it is a web page, as a network's login or an error page is: never what was asked for.
    pub fn is_page(&self) -> bool {
        let start: String =
            String::from_utf8_lossy(&self.bytes[..self.bytes.len().min(256)]).trim_start().to_lowercase();
        self.content_type.starts_with("text/html") || start.starts_with("<!doctype html") || start.starts_with("<html")
    }
}

/// Downloads what lies at this address or where it leads to.
pub(super) async fn follow(site: &Site, address: &str, limit: u64) -> Result<Fetched> {
    let first = site.addresses.first(address)?;
    let name = shown(&first);
    let following = async {
        let mut url = first;
        for _ in 0..=REDIRECTS {
            let response = ask(&url).await?;
            match redirect(&response) {
                None => return body(&url, response, limit).await,
                Some(location) => {
                    url =
                        site.addresses.next(&url, &location).map_err(|error| failure::redirect(&shown(&url), error))?;
                }
            }
        }
        Err(Error::failed(format!("could not download {name}")).cause(format!("more than {REDIRECTS} redirects")))
    };
    tokio::time::timeout(site.patience, following).await.map_err(|_| failure::slow(&name, site.patience))?
}

/// Where the address leads to, without going there; `None` where it does not lead on.
pub(super) async fn redirect_of(site: &Site, address: &str) -> Result<Option<String>> {
    let url = site.addresses.first(address)?;
    let response = tokio::time::timeout(site.patience, ask(&url)).await;
    let response = response.map_err(|_| failure::slow(&shown(&url), site.patience))??;
    Ok(redirect(&response))
}

async fn ask(url: &Url) -> Result<Response> {
    let client = client(url).map_err(|error| failure::transport(&shown(url), &error))?;
    let asked = client.get(url.clone()).header(ACCEPT, "*/*").send().await;
    asked.map_err(|error| failure::transport(&shown(url), &error))
}

fn client(url: &Url) -> reqwest::Result<Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().redirect(Policy::none()).connect_timeout(CONNECT_LIMIT).user_agent(user_agent());
    // A proxy cannot know what listens on this machine.
    let builder = if url.host_str().is_some_and(is_this_machine) { builder.no_proxy() } else { builder };
    builder.build()
}

fn redirect(response: &Response) -> Option<String> {
    let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection())?;
    location.to_str().ok().map(str::to_owned)
}

async fn body(url: &Url, mut response: Response, limit: u64) -> Result<Fetched> {
    let url = shown(url);
    if !response.status().is_success() {
        return Err(failure::status(&url, &response));
    }
    let promised = response.content_length();
    if promised.is_some_and(|length| length > limit) {
        return Err(failure::too_large(&url, limit));
    }
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = content_type.to_lowercase();
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() as u64 + chunk.len() as u64 > limit => {
                return Err(failure::too_large(&url, limit));
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(Fetched { bytes, url, content_type }),
            Err(error) => return Err(failure::broken_off(&url, bytes.len(), promised, &error)),
        }
    }
}
