//! An API server for one question: it answers whatever it is asked with a list of Services, as large as a page is.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;

const SERVICES: usize = 500;

/// The path of a kubeconfig that leads there.
pub fn start(folder: &Path) -> Result<String, String> {
    let trouble = |error: std::io::Error| format!("could not start a stand-in for a cluster: {error}");
    let listener = TcpListener::bind("127.0.0.1:0").map_err(trouble)?;
    let address = listener.local_addr().map_err(trouble)?;
    let item =
        |number| format!(r#"{{"metadata":{{"name":"service-{number:03}","namespace":"default","uid":"{number}"}}}}"#);
    let items: Vec<String> = (0..SERVICES).map(item).collect();
    let list = format!(
        r#"{{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{{}},"items":[{}]}}"#,
        items.join(",")
    );
    thread::spawn(move || {
        // A client that has gone away is served no more; the next one is.
        listener.incoming().flatten().for_each(|stream| drop(answer(&stream, &list)));
    });
    let kubeconfig = folder.join("kubeconfig");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{{name: a, context: {{cluster: a, user: a}}}}]\n\
         clusters: [{{name: a, cluster: {{server: 'http://{address}'}}}}]\nusers: [{{name: a, user: {{token: x}}}}]\n"
    );
    fs::write(&kubeconfig, text).map_err(trouble)?;
    Ok(kubeconfig.display().to_string())
}

fn answer(stream: &TcpStream, list: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    while !lines.next().transpose()?.unwrap_or_default().is_empty() {}
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
    let mut stream = stream;
    write!(stream, "{head}content-length: {}\r\n\r\n{list}", list.len())
}
