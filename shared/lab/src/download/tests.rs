//! Downloads from servers on this machine that do what release sites and the networks before them do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lab_plan::Exit;

use super::*;
use crate::fake_server::{Asked, FakeServer, answer, closed_port};

const FILE: &str = "github.com/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml";
const MANIFEST: &str = "kind: List\n";

fn site(port: u16) -> Site {
    Site::new(&ReleaseSite { release_site: Some(format!("http://127.0.0.1:{port}")) }).unwrap()
}

fn moved(to: &str) -> Vec<u8> {
    answer("302 Found", &[("location", to)], "")
}

async fn fails(reply: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> String {
    let server = FakeServer::http(reply);
    let error = site(server.port).fetch(FILE, 1000).await.unwrap_err();
    shown(&error, server.port)
}

fn shown(error: &Error, port: u16) -> String {
    let hints: String = error.hints.iter().map(|hint| format!("\nhint: {hint}")).collect();
    format!("exit {}: {error}{hints}", error.exit.code()).replace(&format!(":{port}"), ":PORT")
}

#[tokio::test]
async fn a_file_is_fetched_through_redirects_with_its_digest() {
    let server = FakeServer::http(|asked| match asked.line.as_str() {
        "GET /kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml" => {
            moved("https://github.com/a?sig=s")
        }
        "GET /a?sig=s" => moved("/b?sig=s"),
        "GET /b?sig=s" => answer("200 OK", &[("content-type", "application/octet-stream")], MANIFEST),
        _ => answer("500 Oops", &[], ""),
    });
    let download = site(server.port).fetch(FILE, 1000).await.unwrap();
    assert_eq!(download.bytes, MANIFEST.as_bytes());
    assert_eq!(download.sha256, "bac33b4c6ac6e0a5745fec05e34589c0311e6b8da3abd1ab4b4f70205a8f1720");
    assert_eq!(download.url, format!("http://127.0.0.1:{}/b", server.port));
    assert!(server.asked().iter().all(|asked| asked.header("user-agent").is_some_and(|name| name.contains('/'))));
}

#[tokio::test]
async fn a_whole_address_is_fetched_as_it_is() {
    let server = FakeServer::http(|_| answer("200 OK", &[], MANIFEST));
    let download = Site::new(&ReleaseSite::default()).unwrap().fetch(&format!("{}/my.yaml", server.url()), 1000).await;
    assert_eq!(download.unwrap().bytes, MANIFEST.as_bytes());
    assert_eq!(server.asked()[0].line, "GET /my.yaml");
}

#[tokio::test]
async fn redirects_come_to_an_end() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let shown = fails(move |asked| {
        counted.fetch_add(1, Ordering::SeqCst);
        moved(asked.line.trim_start_matches("GET "))
    });
    insta::assert_snapshot!(shown.await, @"exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: more than 5 redirects");
    assert_eq!(count.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn a_redirect_to_plain_http_elsewhere_is_not_followed() {
    insta::assert_snapshot!(fails(|_| moved("http://files.example/components.yaml")).await, @r"
    exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: could not use the address http://files.example/components.yaml: http can be tampered with on the way
    hint: or get the file in another way, then give it: --manifest FILE
    ");
}

#[tokio::test]
async fn what_is_too_large_is_not_taken() {
    let large = "#".repeat(1001);
    let declared = large.clone();
    let promised = fails(move |_| answer("200 OK", &[], &declared)).await;
    insta::assert_snapshot!(promised, @"exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: it is larger than the 1000 bytes that were expected at most");
    let undeclared = fails(move |_| format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{large}").into_bytes()).await;
    assert_eq!(undeclared, promised);
}

#[tokio::test]
async fn what_is_just_as_large_as_allowed_is_taken() {
    let server = FakeServer::http(|_| answer("200 OK", &[], &"#".repeat(1000)));
    assert_eq!(site(server.port).fetch(FILE, 1000).await.unwrap().bytes.len(), 1000);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_noticed() {
    let half = fails(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nkind: Li".to_vec());
    insta::assert_snapshot!(half.await, @r"
    exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: only 8 of 100 bytes came: the connection was closed midway
    hint: try again
    hint: or get the file in another way, then give it: --manifest FILE
    ");
    let chunked = fails(|_| b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nkind\r\n".to_vec());
    insta::assert_snapshot!(chunked.await, @r"
    exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: only 4 bytes came: the connection was closed midway
    hint: try again
    hint: or get the file in another way, then give it: --manifest FILE
    ");
}

#[tokio::test]
async fn a_login_page_is_not_a_manifest() {
    let declared = fails(|_| answer("200 OK", &[("content-type", "text/html; charset=utf-8")], "welcome")).await;
    insta::assert_snapshot!(declared, @r"
    exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: the answer is a web page
    hint: does this network ask for a login? open any page in a browser, then try again
    hint: or get the file in another way, then give it: --manifest FILE
    ");
    assert_eq!(fails(|_| answer("200 OK", &[], "\n<!DOCTYPE HTML><title>Login</title>")).await, declared);
}

#[tokio::test]
async fn an_empty_file_is_not_a_manifest() {
    insta::assert_snapshot!(fails(|_| answer("200 OK", &[], "")).await, @"exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: the file is empty");
}

#[tokio::test]
async fn answers_that_are_no_file() {
    insta::assert_snapshot!(fails(|_| answer("404 Not Found", &[], "<html>")).await, @r"
    exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: the answer was 404 Not Found
    hint: is there such a release? look at the version
    ");
    insta::assert_snapshot!(fails(|_| answer("502 Bad Gateway", &[], "<html>")).await, @r"
    exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: the answer was 502 Bad Gateway
    hint: try again later
    hint: or get the file in another way, then give it: --manifest FILE
    ");
}

#[tokio::test]
async fn a_rate_limit_is_explained_with_the_way_out() {
    let reset = (jiff::Timestamp::now().as_second() + 1790).to_string();
    let limited =
        fails(move |_| answer("403 Forbidden", &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)], "{}"));
    insta::assert_snapshot!(limited.await, @r"
    exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: the site answers no more requests from this address for another 30 minutes (403 Forbidden): it counts them, and a whole class behind one router counts as one
    hint: name the release instead of looking for the newest: --version VERSION
    hint: or get the file in another way, then give it: --manifest FILE
    ");
    insta::assert_snapshot!(fails(|_| answer("429 Too Many Requests", &[("retry-after", "60")], "{}")).await, @r"
    exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: the site answers no more requests from this address for another minute (429 Too Many Requests): it counts them, and a whole class behind one router counts as one
    hint: name the release instead of looking for the newest: --version VERSION
    hint: or get the file in another way, then give it: --manifest FILE
    ");
}

#[tokio::test]
async fn no_way_to_the_site() {
    let port = closed_port();
    let error = site(port).fetch(FILE, 1000).await.unwrap_err();
    insta::assert_snapshot!(shown(&error, port), @r"
    exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: connection refused
    hint: does this machine reach the internet? behind a proxy: export HTTPS_PROXY=http://HOST:PORT
    hint: or get the file in another way, then give it: --manifest FILE
    ");
    insta::assert_snapshot!(fails(|_| Vec::new()).await, @r"
    exit 1: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: the connection was closed before an answer came
    hint: try again
    hint: or get the file in another way, then give it: --manifest FILE
    ");
}

#[tokio::test]
async fn a_site_that_never_ends_is_given_up() {
    let server = FakeServer::silent();
    let site = Site { patience: Duration::from_millis(300), ..site(server.port) };
    let error = site.fetch(FILE, 1000).await.unwrap_err();
    assert_eq!(error.exit, Exit::TimedOut);
    insta::assert_snapshot!(shown(&error, server.port), @r"
    exit 4: could not download http://127.0.0.1:PORT/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml: it did not end within 300ms
    hint: try again
    hint: or get the file in another way, then give it: --manifest FILE
    ");
}

const REFS: &str = "001e# service=git-upload-pack\n00000050aa HEAD\0agent=x\n003dbb refs/tags/metallb-chart-0.17.0\n\
                    003dbb refs/tags/v0.16.2\n003dbb refs/tags/v0.16.2^{}\n003dbb refs/tags/v0.17.0-rc1\n0000";

async fn latest(server: &FakeServer) -> Result<Option<String>> {
    site(server.port).latest_tag("metallb", "metallb").await
}

#[tokio::test]
async fn the_newest_release_is_where_its_page_leads_to() {
    let server = FakeServer::http(|_| moved("https://github.com/metallb/metallb/releases/tag/v0.16.2"));
    assert_eq!(latest(&server).await.unwrap().as_deref(), Some("v0.16.2"));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_chart_that_is_called_the_newest_is_passed_over_for_the_list_of_tags() {
    let server = FakeServer::http(|asked| match asked.line.as_str() {
        "GET /metallb/metallb/releases/latest" => {
            moved("https://github.com/metallb/metallb/releases/tag/metallb-chart-0.17.0")
        }
        "GET /metallb/metallb.git/info/refs?service=git-upload-pack" => answer("200 OK", &[], REFS),
        _ => answer("500 Oops", &[], ""),
    });
    assert_eq!(latest(&server).await.unwrap().as_deref(), Some("v0.16.2"));
}

#[tokio::test]
async fn the_api_is_the_last_resort_and_read_page_by_page() {
    let page = |names: &[&str]| {
        let tags: Vec<_> = names.iter().map(|name| serde_json::json!({ "name": name })).collect();
        serde_json::Value::from(tags).to_string()
    };
    let full = page(&["v0.1.0"; PAGE_OF_TAGS]);
    let rest = page(&["v0.16.2", "nightly"]);
    let server = FakeServer::http(move |asked| match asked.line.as_str() {
        "GET /repos/metallb/metallb/tags?per_page=100&page=1" => answer("200 OK", &[], &full),
        "GET /repos/metallb/metallb/tags?per_page=100&page=2" => answer("200 OK", &[], &rest),
        _ => answer("404 Not Found", &[], ""),
    });
    assert_eq!(latest(&server).await.unwrap().as_deref(), Some("v0.16.2"));
}

const PAGE_OF_TAGS: usize = 100;

#[tokio::test]
async fn a_rate_limit_while_looking_for_the_newest_is_explained() {
    let server = FakeServer::http(|asked| match asked.line.starts_with("GET /repos/") {
        true => answer("403 Forbidden", &[("x-ratelimit-remaining", "0")], "{}"),
        false => answer("503 Busy", &[], ""),
    });
    let error = latest(&server).await.unwrap_err();
    insta::assert_snapshot!(shown(&error, server.port), @r"
    exit 1: could not find the newest release of metallb: could not download http://127.0.0.1:PORT/repos/metallb/metallb/tags: the site answers no more requests from this address (403 Forbidden): it counts them, and a whole class behind one router counts as one
    hint: name the release instead of looking for the newest: --version VERSION
    hint: or get the file in another way, then give it: --manifest FILE
    ");
}

#[tokio::test]
async fn without_a_way_to_the_site_the_newest_is_not_sought_elsewhere() {
    let port = closed_port();
    let error = site(port).latest_tag("metallb", "metallb").await.unwrap_err();
    insta::assert_snapshot!(shown(&error, port), @r"
    exit 1: could not find the newest release of metallb: could not download http://127.0.0.1:PORT/metallb/metallb/releases/latest: connection refused
    hint: does this machine reach the internet? behind a proxy: export HTTPS_PROXY=http://HOST:PORT
    hint: or get the file in another way, then give it: --manifest FILE
    ");
}

#[tokio::test]
async fn no_release_at_all_is_no_error() {
    let server = FakeServer::http(|asked| match asked.line.contains("info/refs") {
        true => answer("200 OK", &[], "001e# service=git-upload-pack\n0000"),
        false => answer("404 Not Found", &[], ""),
    });
    assert_eq!(latest(&server).await.unwrap(), None);
}
