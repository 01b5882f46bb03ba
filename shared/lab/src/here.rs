//! Asking an address from this very machine: one connection, and one request where it speaks HTTP.
//!
//! This is no client of the cluster, and it heeds no proxy settings: what is to be found out is whether packets get there
//! from here, not from where a proxy stands.

mod again;
mod get;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use reqwest::{Client, redirect::Policy};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::connect::user_agent;
use crate::transport::Trouble;

pub use again::ask_twice;
pub use get::{Got, Questions, Silence, get_many};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The address of this machine that the connection was made from, as far as there was one.
    pub from: Option<IpAddr>,
    pub reply: Reply,
    pub took: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The status of an answer in HTTP; any status is an answer.
    Http(u16),
    /// The connection was taken, and why there was no HTTP.
    Tcp(String),
    Refused,
    /// Nothing came back.
    TimedOut,
    /// This machine or a router says that there is no way.
    NoRoute,
    /// Something else, in words.
    Failed(String),
}

/// Connects, and asks for `/`. Certificates are not checked: who answers is of no concern, that somebody does is.
async fn ask(address: SocketAddr, https: bool, patience: Duration) -> Heard {
    ask_within(address, https, patience, patience).await
}

/// `to_connect`: how long the connection is waited for.
async fn ask_within(address: SocketAddr, https: bool, to_connect: Duration, patience: Duration) -> Heard {
    let started = Instant::now();
    let heard = |from, reply| Heard { from, reply, took: started.elapsed() };
    let connected = match timeout(to_connect, TcpStream::connect(address)).await {
        Err(_) => return heard(source_towards(address.ip()), Reply::TimedOut),
        Ok(Err(error)) => return heard(source_towards(address.ip()), not_connected(&error)),
        Ok(Ok(stream)) => stream,
    };
    let from = connected.local_addr().ok().map(|own| own.ip());
    drop(connected);
    let reply = match request(address, https, patience).await {
        // Port 443 with plain HTTP behind it is a common mistake, and an answer all the same.
        Err(trouble) if https && trouble != Some(Trouble::TimedOut) => request(address, false, patience).await,
        other => other,
    };
    heard(from, reply.map_or_else(|trouble| Reply::Tcp(without_http(trouble, patience)), Reply::Http))
}

/// The same by plain HTTP, with the beginning of what stands there; nothing where the answer is none or not meant for reading.
pub async fn read(address: SocketAddr, patience: Duration) -> (Heard, String) {
    let heard = ask(address, false, patience).await;
    let text = match heard.reply {
        Reply::Http(200) => beginning(address, patience).await.unwrap_or_default(),
        _ => String::new(),
    };
    (heard, text)
}

async fn beginning(address: SocketAddr, patience: Duration) -> reqwest::Result<String> {
    const ENOUGH: usize = 4096;
    let mut answer = client(patience)?.get(format!("http://{address}/")).send().await?;
    let mut bytes = Vec::new();
    while bytes.len() < ENOUGH
        && let Some(more) = answer.chunk().await?
    {
        bytes.extend_from_slice(&more);
    }
    bytes.truncate(ENOUGH);
    Ok(crate::harmless::one_line(&String::from_utf8_lossy(&bytes)))
}

/// Whether something at that address answers a connection, be it with a refusal.
pub async fn reaches(address: SocketAddr, patience: Duration) -> bool {
    match timeout(patience, TcpStream::connect(address)).await {
        Err(_) => false,
        Ok(Ok(_)) => true,
        Ok(Err(error)) => not_connected(&error) == Reply::Refused,
    }
}

/// Whether something takes a connection there: asked of an address that nobody should have, it tells whether something on
/// the way takes connections in everybody's name.
pub async fn takes_connections(address: SocketAddr, patience: Duration) -> bool {
    matches!(timeout(patience, TcpStream::connect(address)).await, Ok(Ok(_)))
}

/// Whether this machine bears the address itself. No packet is sent.
pub fn is_own(address: IpAddr) -> bool {
    // From an address of one's own to itself, the system takes that very address.
    source_towards(address) == Some(address)
}

/// Whether this program runs in a pod, of whichever cluster.
pub fn is_in_pod() -> bool {
    std::env::var_os("KUBERNETES_SERVICE_HOST").is_some_and(|host| !host.is_empty())
}

fn source_towards(address: IpAddr) -> Option<IpAddr> {
    const DISCARD: u16 = 9;
    let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((address, DISCARD)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn not_connected(error: &std::io::Error) -> Reply {
    match Trouble::of(error) {
        Some(Trouble::Refused) => Reply::Refused,
        Some(Trouble::TimedOut) => Reply::TimedOut,
        Some(Trouble::NoRoute) => Reply::NoRoute,
        Some(other) => Reply::Failed(other.cause()),
        None => Reply::Failed(crate::harmless::one_line(&error.to_string())),
    }
}

async fn request(address: SocketAddr, https: bool, patience: Duration) -> Result<u16, Option<Trouble>> {
    let client = client(patience).map_err(|error| Trouble::of(&error))?;
    let url = format!("{}://{address}/", if https { "https" } else { "http" });
    let asked = client.get(url).send().await;
    asked.map(|response| response.status().as_u16()).map_err(|error| match error.is_timeout() {
        true => Some(Trouble::TimedOut),
        false => Trouble::of(&error),
    })
}

fn client(patience: Duration) -> reqwest::Result<Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .http1_only()
        .tls_danger_accept_invalid_certs(true)
        .timeout(patience)
        .user_agent(user_agent())
        .build()
}

fn without_http(trouble: Option<Trouble>, patience: Duration) -> String {
    match trouble {
        Some(Trouble::TimedOut) => {
            format!("no answer to an HTTP request within {}", humantime::format_duration(patience))
        }
        Some(Trouble::Closed) => "the connection was closed without an HTTP answer".into(),
        Some(trouble) => trouble.cause(),
        None => "it does not speak HTTP".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_server::{FakeServer, answer, closed_port};
    use rustls::pki_types::PrivateKeyDer;

    const PATIENCE: Duration = Duration::from_millis(500);

    fn heard(port: u16, https: bool) -> Heard {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(ask(SocketAddr::from(([127, 0, 0, 1], port)), https, PATIENCE))
    }

    #[test]
    fn every_status_is_an_answer_and_no_redirect_is_followed() {
        for (status, code) in [("200 OK", 200), ("404 Not Found", 404), ("302 Found", 302)] {
            let server = FakeServer::http(move |_| answer(status, &[("location", "http://127.0.0.1:1/")], "x"));
            let heard = heard(server.port, false);
            assert_eq!((heard.reply, heard.from), (Reply::Http(code), Some([127, 0, 0, 1].into())));
            assert_eq!(server.asked()[0].line, "GET /");
        }
    }

    #[test]
    fn only_the_beginning_of_a_page_is_read() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let read = |status: &'static str, page: String| {
            let server = FakeServer::http(move |_| answer(status, &[], &page));
            runtime.block_on(super::read(SocketAddr::from(([127, 0, 0, 1], server.port)), PATIENCE)).1
        };
        assert_eq!(read("200 OK", "this run\n".into()).trim(), "this run");
        assert_eq!(read("404 Not Found", "x".into()), "");
        assert!(read("200 OK", "x".repeat(100_000)).len() <= 4096);
    }

    #[test]
    fn a_certificate_of_whomever_will_do() {
        let signed = rcgen::generate_simple_self_signed(["somebody.example".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap();
        let server = FakeServer::https(vec![signed.cert.der().clone()], key, |_| answer("200 OK", &[], ""));
        assert_eq!(heard(server.port, true).reply, Reply::Http(200));
    }

    #[test]
    fn plain_http_on_a_port_that_looked_like_https_is_an_answer() {
        let server = FakeServer::http(|_| answer("200 OK", &[], ""));
        assert_eq!(heard(server.port, true).reply, Reply::Http(200));
    }

    #[test]
    fn a_connection_without_http_is_told_from_none() {
        let silent = FakeServer::silent();
        assert_eq!(heard(silent.port, false).reply, Reply::Tcp("no answer to an HTTP request within 500ms".into()));
        let other = FakeServer::http(|_| b"SSH-2.0-OpenSSH_9.2\r\n".to_vec());
        assert_eq!(heard(other.port, false).reply, Reply::Tcp("it does not speak HTTP".into()));
        let closing = FakeServer::http(|_| Vec::new());
        let reply = heard(closing.port, false).reply;
        assert_eq!(reply, Reply::Tcp("the connection was closed without an HTTP answer".into()));
        assert_eq!(heard(closed_port(), false).reply, Reply::Refused);
    }

    #[test]
    fn only_a_taken_connection_is_one() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let silent = FakeServer::silent();
        assert!(runtime.block_on(takes_connections(at(silent.port), PATIENCE)));
        assert!(!runtime.block_on(takes_connections(at(closed_port()), PATIENCE)));
        assert!(runtime.block_on(reaches(at(closed_port()), PATIENCE)));
    }

    #[test]
    fn own_addresses_are_known_without_a_packet() {
        assert!(is_own([127, 0, 0, 1].into()));
        // Reserved for documentation: nobody's.
        assert!(!is_own([192, 0, 2, 1].into()));
    }
}
