//! A plain HTTP client, just good enough to look at a server's answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

pub struct Client {
    connection: BufReader<TcpStream>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }
}

/// One request on a connection of its own.
pub fn send(port: u16, method: &str, path: &str, content_type: &str, body: &str) -> Answer {
    Client::to(port).send(method, path, content_type, body)
}

pub fn get(port: u16, path: &str) -> Answer {
    send(port, "GET", path, "", "")
}

pub fn create(port: u16, path: &str, object: &Value) -> Answer {
    send(port, "POST", path, "application/json", &object.to_string())
}

pub fn patch(port: u16, path: &str, patch: &Value) -> Answer {
    send(port, "PATCH", path, "application/json-patch+json", &patch.to_string())
}

impl Client {
    pub fn to(port: u16) -> Client {
        let connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Client { connection: BufReader::new(connection) }
    }

    pub fn send(&mut self, method: &str, path: &str, content_type: &str, body: &str) -> Answer {
        self.begin(method, path, content_type, body);
        self.answer()
    }

    /// A request with headers of its own.
    pub fn send_with(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let text =
            format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        self.connection.get_mut().write_all(text.as_bytes()).unwrap();
        self.answer()
    }

    fn answer(&mut self) -> Answer {
        let (status, headers) = self.head();
        let header = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let body = match header("content-length") {
            Some(length) => {
                let mut body = vec![0; length.parse().unwrap()];
                self.connection.read_exact(&mut body).unwrap();
                body
            }
            None => std::iter::from_fn(|| self.chunk()).flatten().collect(),
        };
        let content_type = header("content-type").unwrap_or_default();
        Answer { status, content_type, body: String::from_utf8(body).unwrap() }
    }

    /// Sends a request without waiting for the answer.
    pub fn begin(&mut self, method: &str, path: &str, content_type: &str, body: &str) {
        let path = path.replace(' ', "%20");
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: stage-test/1\r\n");
        let kind = if content_type.is_empty() { String::new() } else { format!("Content-Type: {content_type}\r\n") };
        let text = format!("{head}{kind}Content-Length: {}\r\n\r\n{body}", body.len());
        self.connection.get_mut().write_all(text.as_bytes()).unwrap();
    }

    pub fn head(&mut self) -> (u16, Vec<(String, String)>) {
        let first = self.line();
        let status = first.split(' ').nth(1).unwrap_or_else(|| panic!("no answer but '{first}'")).parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(':') else { return (status, headers) };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// The next piece of an answer that goes on; `None` at its end.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = usize::from_str_radix(&self.line(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        self.connection.read_exact(&mut chunk).unwrap();
        chunk.truncate(size);
        (size > 0).then_some(chunk)
    }

    /// The next event of a watch: its type, the object's name and version.
    pub fn event(&mut self) -> Option<(String, Value)> {
        let mut event: Value = serde_json::from_slice(&self.chunk()?).unwrap();
        Some((event["type"].as_str().unwrap().to_owned(), event["object"].take()))
    }

    /// Whether the server has closed the connection without a word.
    pub fn is_closed(&mut self) -> bool {
        self.connection.fill_buf().is_ok_and(<[u8]>::is_empty)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.connection.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}
