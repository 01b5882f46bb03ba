//! What goes wrong on the way from a release site, on demand.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::http::{Request, Response};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// 403: the address used up its 60 requests of this hour, as a class behind one router does.
    RateLimited,
    /// 429: too many requests in too short a time.
    TooFast,
    NotFound,
    ServerError,
    /// 200, but it is the login page of the network between.
    LoginPage,
    /// The connection ends after half of the promised bytes.
    Truncated,
    /// So many bytes each second.
    Slow {
        bytes_per_second: usize,
    },
    /// As many MiB as that, where a manifest was expected.
    Huge {
        mebibytes: usize,
    },
    /// The connection is closed without an answer.
    NoAnswer,
    /// The address redirects to itself.
    RedirectLoop,
}

/// A fault and where it strikes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Planted {
    pub fault: Fault,
    /// The beginning of the paths that it strikes.
    pub path: String,
    /// How often it strikes before things go well again; None for always.
    pub times: Option<usize>,
}

impl Fault {
    const KINDS: &[(&str, Fault)] = &[
        ("rate-limited", Fault::RateLimited),
        ("too-fast", Fault::TooFast),
        ("not-found", Fault::NotFound),
        ("server-error", Fault::ServerError),
        ("login-page", Fault::LoginPage),
        ("truncated", Fault::Truncated),
        ("slow", Fault::Slow { bytes_per_second: 512 }),
        ("huge", Fault::Huge { mebibytes: 256 }),
        ("no-answer", Fault::NoAnswer),
        ("redirect-loop", Fault::RedirectLoop),
    ];

    /// The words that stand for faults on the command line.
    pub fn words() -> impl Iterator<Item = &'static str> {
        Fault::KINDS.iter().map(|(word, _)| *word)
    }

    pub fn at(self, path: &str) -> Planted {
        Planted { fault: self, path: path.to_owned(), times: None }
    }

    /// Strikes everywhere it does on the real sites: only the API counts requests.
    pub fn everywhere(self) -> Planted {
        self.at(if matches!(self, Fault::RateLimited | Fault::TooFast) { "/repos/" } else { "/" })
    }

    /// What spoils a body leaves alone what has none worth spoiling, such as redirects.
    fn concerns(self, response: &Response) -> bool {
        let is_download = response.status == 200;
        !matches!(self, Fault::Truncated | Fault::Slow { .. } | Fault::Huge { .. } | Fault::LoginPage) || is_download
    }

    /// Answers the request with the fault.
    pub(super) fn spoil(
        self,
        request: &Request,
        response: Response,
        mut connection: &TcpStream,
        stopping: &AtomicBool,
    ) -> io::Result<()> {
        match self {
            Fault::Truncated => {
                connection.write_all(response.head(response.body.len()).as_bytes())?;
                connection.write_all(&response.body[..response.body.len() / 2])?;
                connection.flush()?;
                connection.shutdown(Shutdown::Both)
            }
            Fault::NoAnswer => connection.shutdown(Shutdown::Both),
            Fault::Slow { bytes_per_second } => trickle(&response, connection, bytes_per_second, stopping),
            Fault::Huge { mebibytes } => flood(&response, connection, mebibytes, stopping),
            other => other.instead(request).unwrap_or(response).write(connection, request.is_head()),
        }
    }

    /// The answer that comes instead of the right one.
    fn instead(self, request: &Request) -> Option<Response> {
        match self {
            Fault::RateLimited => Some(rate_limited()),
            Fault::TooFast => Some(too_fast()),
            Fault::NotFound => {
                Some(Response::new(404, "text/html; charset=utf-8", "<!DOCTYPE html><title>Page not found</title>"))
            }
            Fault::ServerError => Some(Response::new(
                500,
                "text/html; charset=utf-8",
                "<!DOCTYPE html><title>Something went wrong</title>",
            )),
            Fault::LoginPage => Some(Response::new(200, "text/html; charset=utf-8", LOGIN_PAGE)),
            Fault::RedirectLoop => Some(Response::redirect(&format!("{}{}", request.site(), request.path))),
            Fault::Truncated | Fault::Slow { .. } | Fault::Huge { .. } | Fault::NoAnswer => None,
        }
    }
}

const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Welcome to the campus network</title></head>\n\
    <body><form action=\"/login\"><input name=\"user\"></form></body></html>\n";

impl FromStr for Planted {
    type Err = String;

    /// `KIND` or `KIND=PATH`.
    fn from_str(text: &str) -> Result<Planted, String> {
        let (word, path) = text.split_once('=').map_or((text, None), |(word, path)| (word, Some(path)));
        let known = Fault::KINDS.iter().find(|(kind, _)| *kind == word);
        let Some((_, fault)) = known else {
            let words: Vec<_> = Fault::words().collect();
            return Err(format!("no such fault; known are {}", words.join(", ")));
        };
        match path {
            Some(path) if !path.starts_with('/') => Err("the path has to start with a slash".to_owned()),
            Some(path) => Ok(fault.at(path)),
            None => Ok(fault.everywhere()),
        }
    }
}

/// The fault that strikes this request, if any: the one planted last that fits. It is used up by it.
pub(super) fn take(planted: &mut [Planted], request: &Request, response: &Response) -> Option<Fault> {
    let fits = |planted: &&mut Planted| {
        [request.route(), &request.path].iter().any(|path| path.starts_with(&planted.path))
            && planted.times != Some(0)
            && planted.fault.concerns(response)
    };
    let striking = planted.iter_mut().rev().find(fits)?;
    striking.times = striking.times.map(|times| times - 1);
    Some(striking.fault)
}

fn rate_limited() -> Response {
    let reset = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs()) + 1800;
    let message = "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests get a higher rate limit.)";
    Response::json(403, &json!({ "message": message }))
        .with("x-ratelimit-limit", "60")
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-used", "60")
        .with("x-ratelimit-resource", "core")
        .with("x-ratelimit-reset", &reset.to_string())
}

fn too_fast() -> Response {
    let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    Response::json(429, &json!({ "message": message })).with("retry-after", "60").with("x-ratelimit-remaining", "0")
}

fn trickle(
    response: &Response,
    mut connection: &TcpStream,
    per_second: usize,
    stopping: &AtomicBool,
) -> io::Result<()> {
    connection.write_all(response.head(response.body.len()).as_bytes())?;
    for piece in response.body.chunks(per_second.div_ceil(10).max(1)) {
        if stopping.load(Ordering::SeqCst) {
            break;
        }
        connection.write_all(piece)?;
        connection.flush()?;
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// The right body first, then comments without end: what stops it has to be a limit, not a parser.
fn flood(response: &Response, mut connection: &TcpStream, mebibytes: usize, stopping: &AtomicBool) -> io::Result<()> {
    let line = format!("#{}\n", "x".repeat(1022));
    let mebibyte = line.repeat(1024);
    connection.write_all(response.head(response.body.len() + mebibytes * mebibyte.len()).as_bytes())?;
    connection.write_all(&response.body)?;
    for _ in 0..mebibytes {
        if stopping.load(Ordering::SeqCst) {
            break;
        }
        connection.write_all(mebibyte.as_bytes())?;
    }
    Ok(())
}
