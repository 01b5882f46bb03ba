//! As much of HTTP/1.1 as a download needs: one request for each connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A client that says nothing for this long is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_HEAD: u64 = 64 * 1024;

/// A client may put the name of the site that it means in front of the path: `/github.com/OWNER/NAME/…`.
const REAL_HOSTS: &[&str] = &[GITHUB, API, ASSETS, "raw.githubusercontent.com"];
pub(super) const GITHUB: &str = "github.com";
pub(super) const API: &str = "api.github.com";
pub(super) const ASSETS: &str = "release-assets.githubusercontent.com";

/// What a client asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// The request of a connection; None if it was closed without one.
    pub(super) fn read(connection: &TcpStream) -> io::Result<Option<Request>> {
        connection.set_read_timeout(Some(PATIENCE))?;
        let mut lines = BufReader::new(connection.take(LONGEST_HEAD)).lines();
        let Some(first) = lines.next().transpose()? else { return Ok(None) };
        let mut words = first.split_whitespace();
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(io::Error::other("not a request"));
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = Vec::new();
        for line in lines {
            let line = line?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Some(Request { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), headers }))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    /// A value of the query, such as `page`.
    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The path on the real site, without the name of that site in front of it.
    pub fn route(&self) -> &str {
        self.real_host().map_or(&self.path, |host| &self.path[1 + host.len()..])
    }

    fn real_host(&self) -> Option<&'static str> {
        let first = self.path.trim_start_matches('/').split('/').next()?;
        REAL_HOSTS.iter().copied().find(|host| *host == first)
    }

    /// The address under which the client knows this stand-in.
    pub(super) fn site(&self) -> String {
        format!("http://{}", self.header("host").unwrap_or("127.0.0.1"))
    }

    /// The address here that stands for one of the real sites: with its name in it, if the client writes addresses so.
    pub(super) fn site_of(&self, host: &str) -> String {
        if self.real_host().is_some() { format!("{}/{host}", self.site()) } else { self.site() }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Response {
        Response { status, headers: vec![("Content-Type".to_owned(), kind.to_owned())], body: body.into() }
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Response {
        Response::new(status, "application/json; charset=utf-8", body.to_string())
    }

    pub fn redirect(to: &str) -> Response {
        Response::new(302, "text/html; charset=utf-8", "").with("Location", to)
    }

    pub fn with(mut self, name: &str, value: &str) -> Response {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The head, saying that `length` bytes follow.
    pub fn head(&self, length: usize) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {length}\r\nConnection: close\r\n\r\n"));
        head
    }

    pub fn write(&self, mut connection: &TcpStream, head_only: bool) -> io::Result<()> {
        connection.write_all(self.head(self.body.len()).as_bytes())?;
        if !head_only {
            connection.write_all(&self.body)?;
        }
        connection.flush()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        _ => "Unknown",
    }
}
