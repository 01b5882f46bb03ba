//! Why a download failed, and how to go on without it.

use std::error::Error as StdError;
use std::time::Duration;

use lab_plan::Exit;
use reqwest::{Response, StatusCode};

use crate::error::Error;
use crate::harmless::one_line;
use crate::transport::{Trouble, links};

const BY_HAND: &str = "or get the file in another way, then give it: --manifest FILE";

fn failed(url: &str) -> Error {
    Error::failed(format!("could not download {url}"))
}

pub(super) fn transport(url: &str, error: &reqwest::Error) -> Error {
    let trouble = Trouble::of(error);
    let cause = trouble.as_ref().map_or_else(|| innermost(error), Trouble::cause);
    let failed = failed(url).cause(cause);
    let failed = match trouble {
        Some(Trouble::UnknownName(_) | Trouble::NoRoute | Trouble::Refused | Trouble::TimedOut | Trouble::Proxy(_)) => {
            failed.hint("does this machine reach the internet? behind a proxy: export HTTPS_PROXY=http://HOST:PORT")
        }
        Some(Trouble::UnknownAuthority | Trouble::BadCertificate(_) | Trouble::WrongName(_)) => failed.hint(
            "does something on the way look into encrypted traffic? its authority has to be known to this machine",
        ),
        _ => failed.hint("try again"),
    };
    failed.hint(BY_HAND)
}

/// The body ended before its end.
pub(super) fn broken_off(url: &str, got: usize, promised: Option<u64>, error: &reqwest::Error) -> Error {
    let of = promised.map(|length| format!(" of {length}")).unwrap_or_default();
    let cause = match Trouble::of(error) {
        Some(Trouble::Closed) => "the connection was closed midway".into(),
        Some(trouble) => trouble.cause(),
        None => innermost(error),
    };
    failed(url).cause(format!("only {got}{of} bytes came")).cause(cause).hint("try again").hint(BY_HAND)
}

pub(super) fn slow(url: &str, limit: Duration) -> Error {
    Error::new(Exit::TimedOut, format!("could not download {url}"))
        .cause(format!("it did not end within {}", humantime::format_duration(limit)))
        .hint("try again")
        .hint(BY_HAND)
}

pub(super) fn too_large(url: &str, limit: u64) -> Error {
    failed(url).cause(format!("it is larger than the {limit} bytes that were expected at most"))
}

/// The site leads to where we do not go. That is nobody's wrong usage.
pub(super) fn redirect(url: &str, mut error: Error) -> Error {
    error.exit = Exit::Failed;
    error.while_trying(format!("could not download {url}")).hint(BY_HAND)
}

/// A web page where a file was expected.
pub(super) fn page(url: &str) -> Error {
    failed(url)
        .cause("the answer is a web page")
        .hint("does this network ask for a login? open any page in a browser, then try again")
        .hint(BY_HAND)
}

pub(super) fn status(url: &str, response: &Response) -> Error {
    let status = response.status();
    let failed = failed(url);
    if is_rate_limit(response) {
        let wait = wait(response).map(|wait| format!(" for another {wait}")).unwrap_or_default();
        return failed
            .cause(format!("the site answers no more requests from this address{wait} ({status})"))
            .cause("it counts them, and a whole class behind one router counts as one")
            .hint("name the release instead of looking for the newest: --version VERSION")
            .hint(BY_HAND);
    }
    let failed = failed.cause(format!("the answer was {status}"));
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => failed.hint("is there such a release? look at the version"),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            failed.hint("give the proxy a name and password: export HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT")
        }
        _ if status.is_server_error() => failed.hint("try again later").hint(BY_HAND),
        _ => failed.hint(BY_HAND),
    }
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

fn is_rate_limit(response: &Response) -> bool {
    let used_up = header(response, "x-ratelimit-remaining") == Some("0") || header(response, "retry-after").is_some();
    match response.status() {
        StatusCode::TOO_MANY_REQUESTS => true,
        status => status == StatusCode::FORBIDDEN && used_up,
    }
}

/// How long until the site answers again, in words.
fn wait(response: &Response) -> Option<String> {
    let seconds = match header(response, "retry-after").and_then(|text| text.parse::<u64>().ok()) {
        Some(seconds) => seconds,
        None => {
            let reset: i64 = header(response, "x-ratelimit-reset")?.parse().ok()?;
            u64::try_from(reset - jiff::Timestamp::now().as_second()).ok()?
        }
    };
    let minutes = seconds.div_ceil(60);
    (minutes > 0 && minutes < 24 * 60)
        .then(|| if minutes == 1 { "minute".into() } else { format!("{minutes} minutes") })
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    one_line(&links(error).last().map(ToString::to_string).unwrap_or_default())
}
