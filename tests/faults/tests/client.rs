//! A client that sees every byte: what a library would hide or repair is what the tests are about.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lab_faults::FaultProxy;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use crate::upstream::{Wire, head};

pub struct Client {
    wire: BufReader<Box<dyn Wire>>,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// False where the connection broke before the body's end.
    pub complete: bool,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Client {
    /// As its kubeconfig says.
    pub fn of(proxy: &FaultProxy) -> Self {
        let stream = TcpStream::connect(proxy.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let kubeconfig: Value = serde_json::from_str(&proxy.kubeconfig()).unwrap();
        let cluster = &kubeconfig["clusters"][0]["cluster"];
        let wire: Box<dyn Wire> = match cluster["certificate-authority-data"].as_str() {
            None => Box::new(stream),
            Some(authority) => Box::new(StreamOwned::new(trusting(&STANDARD.decode(authority).unwrap()), stream)),
        };
        Self { wire: BufReader::new(wire) }
    }

    pub fn send(&mut self, method: &str, target: &str, headers: &[&str], body: &str) {
        let mut text = format!("{method} {target} HTTP/1.1\r\nHost: proxy\r\nUser-Agent: tester/1\r\n");
        for header in headers {
            text += &format!("{header}\r\n");
        }
        if !body.is_empty() && !headers.iter().any(|header| header.starts_with("Transfer-Encoding")) {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        self.wire.get_mut().write_all(format!("{text}\r\n{body}").as_bytes()).unwrap();
        self.wire.get_mut().flush().unwrap();
    }

    pub fn get(&mut self, target: &str) -> Option<Reply> {
        self.send("GET", target, &[], "");
        self.reply()
    }

    pub fn post(&mut self, target: &str) -> Option<Reply> {
        self.send("POST", target, &[], "{}");
        self.reply()
    }

    /// Nothing where the connection ended without a byte.
    pub fn reply(&mut self) -> Option<Reply> {
        let (line, headers) = head(&mut self.wire)?;
        let mut reply = Reply { status: line[9..12].parse().unwrap(), headers, body: String::new(), complete: false };
        if let Some(length) = reply.header("content-length").map(|length| length.parse().unwrap()) {
            let mut body = Vec::new();
            let read = self.wire.by_ref().take(length).read_to_end(&mut body);
            reply.complete = read.is_ok() && body.len() as u64 == length;
            reply.body = String::from_utf8(body).unwrap();
            return Some(reply);
        }
        assert_eq!(reply.header("transfer-encoding"), Some("chunked"));
        while let Some(piece) = self.chunk() {
            if piece.is_empty() {
                reply.complete = true;
                break;
            }
            reply.body += &piece;
        }
        Some(reply)
    }

    /// The status of a reply whose body is read piece by piece.
    pub fn begin(&mut self) -> u16 {
        let (line, _) = head(&mut self.wire).unwrap();
        line[9..12].parse().unwrap()
    }

    /// The next piece of a body in pieces; nothing where the connection broke.
    pub fn chunk(&mut self) -> Option<String> {
        let mut size = String::new();
        self.wire.read_line(&mut size).ok().filter(|length| *length > 0)?;
        let size = usize::from_str_radix(size.trim_end(), 16).unwrap();
        let mut piece = vec![0; size + 2];
        self.wire.read_exact(&mut piece).ok()?;
        piece.truncate(size);
        Some(String::from_utf8(piece).unwrap())
    }
}

fn trusting(authority: &[u8]) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    ClientConnection::new(Arc::new(config), ServerName::try_from("127.0.0.1").unwrap()).unwrap()
}
