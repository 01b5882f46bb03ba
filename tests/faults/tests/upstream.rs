//! A small scripted server: it notes every request that reaches it, and answers by the path.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What reached it.
#[derive(Clone, Debug)]
pub struct Reached {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The proxy showed a client certificate.
    pub certified: bool,
    /// Which connection it came by.
    pub connection: usize,
}

impl Reached {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

pub struct Upstream {
    pub port: u16,
    reached: Arc<Mutex<Vec<Reached>>>,
    next_event: Sender<()>,
}

pub trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

impl Upstream {
    pub fn start(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (next_event, ticks) = mpsc::channel();
        let ticks = Arc::new(Mutex::new(ticks));
        let reached = Arc::new(Mutex::new(Vec::new()));
        let record = reached.clone();
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (tls, record, ticks) = (tls.clone(), record.clone(), ticks.clone());
                thread::spawn(move || serve(stream.unwrap(), tls, connection, &record, &ticks));
            }
        });
        Self { port, reached, next_event }
    }

    pub fn reached(&self) -> Vec<Reached> {
        self.reached.lock().unwrap().clone()
    }

    /// Lets `/watch` send one more event.
    pub fn next_event(&self) {
        self.next_event.send(()).unwrap();
    }
}

fn serve(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    connection: usize,
    record: &Mutex<Vec<Reached>>,
    ticks: &Mutex<Receiver<()>>,
) {
    let mut certified = false;
    let wire: Box<dyn Wire> = match tls {
        None => Box::new(stream),
        Some(config) => {
            let mut tls = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
            if tls.conn.complete_io(&mut tls.sock).is_err() {
                return;
            }
            certified = tls.conn.peer_certificates().is_some();
            Box::new(tls)
        }
    };
    let mut wire = BufReader::new(wire);
    while let Some((line, headers)) = head(&mut wire) {
        let mut reached = Reached { line, headers, body: String::new(), certified, connection };
        reached.body = body(&mut wire, &reached);
        record.lock().unwrap().push(reached.clone());
        if answer(wire.get_mut(), &reached, ticks).is_none() {
            return;
        }
    }
}

/// The first line and the headers; nothing where the connection has ended.
pub fn head(wire: &mut impl BufRead) -> Option<(String, Vec<(String, String)>)> {
    let mut line = String::new();
    if wire.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        wire.read_line(&mut header).ok()?;
        let Some((key, value)) = header.trim_end().split_once(':') else { break };
        headers.push((key.to_lowercase(), value.trim().to_owned()));
    }
    Some((line.trim_end().to_owned(), headers))
}

fn body(wire: &mut impl BufRead, request: &Reached) -> String {
    assert_eq!(request.header("transfer-encoding"), None, "the proxy knows the length");
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    wire.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

fn answer(wire: &mut dyn Wire, request: &Reached, ticks: &Mutex<Receiver<()>>) -> Option<()> {
    let target = request.line.split(' ').nth(1)?;
    let path = target.split('?').next()?;
    match path {
        "/close" => None,
        "/chunked" => {
            chunked_head(wire, "text/plain")?;
            for piece in ["one ", "two ", "three"] {
                chunk(wire, piece)?;
            }
            chunk(wire, "")
        }
        "/watch" | "/protobuf" => {
            let kind = if path == "/watch" { "application/json" } else { "application/vnd.kubernetes.protobuf" };
            chunked_head(wire, kind)?;
            let ticks = ticks.lock().unwrap();
            for number in 1.. {
                ticks.recv().ok()?;
                chunk(wire, &event(number))?;
            }
            None
        }
        _ => {
            let body = format!("{} got {} bytes", request.line, request.body.len());
            let length = body.len();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Of-The-Server: yes\r\n";
            wire.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes()).ok()?;
            wire.flush().ok()
        }
    }
}

pub fn event(number: u32) -> String {
    format!("{{\"type\":\"ADDED\",\"object\":{{\"number\":{number}}}}}\n")
}

fn chunked_head(wire: &mut dyn Wire, kind: &str) -> Option<()> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n");
    wire.write_all(head.as_bytes()).ok()?;
    wire.flush().ok()
}

fn chunk(wire: &mut dyn Wire, text: &str) -> Option<()> {
    wire.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).ok()?;
    wire.flush().ok()
}
