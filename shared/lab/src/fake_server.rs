//! Servers on 127.0.0.1 that behave as a test wants: answer, refuse, be silent, or show the wrong certificate.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a client sent.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `GET /version`
    pub line: String,
    pub headers: Vec<(String, String)>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

pub(crate) struct FakeServer {
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

type Answer = Arc<dyn Fn(&Asked) -> Vec<u8> + Send + Sync>;

impl FakeServer {
    /// Answers every request with the bytes that `answer` gives for it, then closes the connection.
    pub fn http(answer: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> FakeServer {
        FakeServer::start(Arc::new(answer), None)
    }

    pub fn https(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        answer: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static,
    ) -> FakeServer {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        FakeServer::start(Arc::new(answer), Some(Arc::new(config)))
    }

    /// Takes connections and says nothing.
    pub fn silent() -> FakeServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let held: Vec<_> = listener.incoming().collect();
            drop(held);
        });
        FakeServer { port, asked: Arc::default() }
    }

    fn start(answer: Answer, tls: Option<Arc<ServerConfig>>) -> FakeServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, tls, seen) = (Arc::clone(&answer), tls.clone(), Arc::clone(&seen));
                thread::spawn(move || match tls {
                    None => converse(stream, &answer, &seen),
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        converse(StreamOwned::new(connection, stream), &answer, &seen);
                    }
                });
            }
        });
        FakeServer { port, asked }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// A failed handshake or a client that goes away ends the conversation; the client's side is what tests look at.
fn converse(stream: impl Read + Write, answer: &Answer, seen: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(read) if read > 0 && !line.trim_end().is_empty() => lines.push(line.trim_end().to_owned()),
            Ok(read) if read > 0 => break,
            _ => return,
        }
    }
    let mut lines = lines.into_iter();
    let line = lines.next().unwrap_or_default();
    let asked = Asked {
        line: line.trim_end_matches(" HTTP/1.1").to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(": ").map(|(key, value)| (key.to_owned(), value.to_owned())))
            .collect(),
    };
    let reply = answer(&asked);
    seen.lock().unwrap().push(asked);
    let mut stream = reader.into_inner();
    let _ = stream.write_all(&reply).and_then(|()| stream.flush());
}

/// A whole answer of HTTP.
pub(crate) fn answer(status: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
    for (key, value) in headers {
        text.push_str(&format!("{key}: {value}\r\n"));
    }
    format!("{text}\r\n{body}").into_bytes()
}

/// A port of this machine where nobody listens.
pub(crate) fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn an_answer_arrives_whole() {
    let server = FakeServer::http(|asked| answer("200 OK", &[], &asked.line));
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.ends_with("\r\n\r\nGET /x"), "{text}");
    assert_eq!(server.asked()[0].header("host"), Some("a"));
}
