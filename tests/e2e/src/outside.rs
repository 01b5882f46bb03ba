//! Requests from a host on the nodes' network that is no node, where a student's own machine would be; and, to compare, from a node and
//! from a pod. Only the first one proves that an address is announced: nodes and pods reach it through their own kube-proxy.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lab_cluster::cluster::{Cluster, From};
use serde_json::Value;

/// One try. Longer than any answer in these networks takes, shorter than the kernel's patience with an address that nobody has.
const TRY: Duration = Duration::from_secs(1);
const BETWEEN_TRIES: Duration = Duration::from_millis(50);
/// The kernel asks three times, one second apart, before it gives an address up.
const UNTIL_NOBODY_ANSWERED: Duration = Duration::from_millis(3500);
const MOST: u64 = 64 * 1024;
const DISCARD: u16 = 9;

/// Where a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Outside,
    Node(String),
    Pod { namespace: String, name: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
    pub took: Duration,
}

/// One GET of `/`.
pub fn get(cluster: &Cluster, origin: &Origin, address: IpAddr, port: u16) -> Result<Answer> {
    let start = Instant::now();
    let text = match origin {
        Origin::Outside => cluster.on_a_thread(&From::Outside, || exchange(address, port))?,
        Origin::Node(node) => cluster.on_a_thread(&From::Node(node.clone()), || exchange(address, port))?,
        Origin::Pod { namespace, name } => exchange_in_pod(cluster, namespace, name, address, port)?,
    };
    parse(&text, start.elapsed()).with_context(|| format!("{address}:{port} does not speak HTTP"))
}

/// Asks until 200 is the answer.
pub fn until_answered(cluster: &Cluster, origin: &Origin, address: IpAddr, within: Duration) -> Result<Answer> {
    let start = Instant::now();
    loop {
        let reason = match get(cluster, origin, address, HTTP) {
            Ok(answer) if answer.status == 200 => return Ok(answer),
            Ok(answer) => format!("its status is {}", answer.status),
            Err(error) => format!("{error:#}"),
        };
        if start.elapsed() > within {
            bail!("{address} gave {origin:?} no answer in {} s; the last time: {reason}", within.as_secs());
        }
        sleep(BETWEEN_TRIES);
    }
}

const HTTP: u16 = 80;

fn exchange(address: IpAddr, port: u16) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::new(address, port), TRY)?;
    stream.set_read_timeout(Some(TRY))?;
    stream.write_all(&request(address))?;
    let mut bytes = Vec::new();
    stream.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn request(address: IpAddr) -> Vec<u8> {
    // In version 1.0 the answer ends with the connection, and comes in one piece.
    format!("GET / HTTP/1.0\r\nHost: {address}\r\nUser-Agent: kubectl-lab-tests\r\n\r\n").into_bytes()
}

/// With what busybox has: the same bytes by netcat.
fn exchange_in_pod(cluster: &Cluster, namespace: &str, pod: &str, address: IpAddr, port: u16) -> Result<String> {
    let script = r#"printf 'GET / HTTP/1.0\r\nHost: %s\r\n\r\n' "$1" | timeout 2 nc "$1" "$2""#;
    let (address, port) = (address.to_string(), port.to_string());
    let mut kubectl = cluster.kubectl_command();
    kubectl.args(["exec", "-n", namespace, pod, "--", "sh", "-c", script, "sh", &address, &port]);
    let output = kubectl.output().context("could not run kubectl")?;
    if output.stdout.is_empty() {
        bail!("pod {namespace}/{pod} got no answer: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn parse(text: &str, took: Duration) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned(), took })
}

/// Which node's network card answers for the address when it is asked for anew; `None` if none does. What a former announcement left in
/// the neighbour table of the outside host is forgotten first: with it an address that nobody announces any more would go on answering.
pub fn announcer(cluster: &Cluster, address: Ipv4Addr) -> Result<Option<String>> {
    forget_neighbour(cluster, address)?;
    // Anything that is sent there makes the kernel ask who has the address.
    cluster.on_a_thread(&From::Outside, || {
        UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?.send_to(b"?", (address, DISCARD))?;
        Ok(())
    })?;
    let start = Instant::now();
    while start.elapsed() < UNTIL_NOBODY_ANSWERED {
        let neighbours = ip(cluster, &From::Outside, &["neigh", "show", "to", &address.to_string()])?;
        if let Some(card) = neighbours.pointer("/0/lladdr").and_then(Value::as_str) {
            return owner(cluster, card).map(Some);
        }
        sleep(BETWEEN_TRIES);
    }
    Ok(None)
}

/// The outside host has to ask anew who has the address.
pub fn forget_neighbour(cluster: &Cluster, address: Ipv4Addr) -> Result<()> {
    let address = address.to_string();
    let output = cluster.exec(&From::Outside, &["ip", "neigh", "flush", "to", &address])?;
    if !output.status.success() {
        bail!("could not forget who had {address}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

fn owner(cluster: &Cluster, card: &str) -> Result<String> {
    for node in cluster.spec().node_names() {
        let links = ip(cluster, &From::Node(node.clone()), &["link", "show", "dev", "eth0"])?;
        if links.pointer("/0/address").and_then(Value::as_str) == Some(card) {
            return Ok(node);
        }
    }
    bail!("{card} answers for the address, which is no node's network card")
}

fn ip(cluster: &Cluster, from: &From, words: &[&str]) -> Result<Value> {
    let output = cluster.exec(from, &[&["ip", "-json"], words].concat())?;
    if !output.status.success() {
        bail!("ip {} failed: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    // It prints nothing at all where there is nothing.
    let text = if output.stdout.is_empty() { b"[]".as_slice() } else { &output.stdout };
    serde_json::from_slice(text).context("ip printed no JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_from_noise() {
        let took = Duration::from_millis(3);
        let answer = parse("HTTP/1.1 404 Not Found\r\nA: b\r\n\r\nnothing\r\n\r\nhere", took);
        assert_eq!(answer, Some(Answer { status: 404, body: "nothing\r\n\r\nhere".to_owned(), took }));
        for text in ["", "HTTP/1.1 200 OK\r\n", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 fine\r\n\r\n"] {
            assert_eq!(parse(text, took), None, "{text:?}");
        }
    }
}
