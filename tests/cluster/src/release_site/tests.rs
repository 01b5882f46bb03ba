use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use super::*;

/// A small site of its own, so that these tests need no Go.
fn contents() -> Contents {
    let mut metrics = Repository::new("kubernetes-sigs", "metrics-server");
    let mut release = Release::of("v0.9.0");
    release.assets.insert("components.yaml".to_owned(), "kind: List\n".repeat(100));
    metrics.releases = vec![release];
    metrics.tags = vec!["v0.9.0".to_owned()];
    metrics.latest = Some("v0.9.0".to_owned());

    let mut metallb = Repository::new("metallb", "metallb");
    metallb.tags = (0..40).rev().map(|patch| format!("v0.16.{patch}")).collect();
    metallb.releases = vec![Release::of("metallb-chart-0.16.2"), Release::of("v0.16.2")];
    metallb.latest = Some("metallb-chart-0.16.2".to_owned());
    let place = ("v0.16.2".to_owned(), "config/manifests/metallb-native.yaml".to_owned());
    metallb.files.insert(place, "kind: Namespace\n".to_owned());
    Contents { repositories: vec![metrics, metallb] }
}

fn site(faults: Vec<Planted>) -> ReleaseSite {
    ReleaseSite::start(contents(), faults, 0).unwrap()
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

fn ask(site: &ReleaseSite, method: &str, path: &str) -> Answer {
    let mut connection = TcpStream::connect(("127.0.0.1", site.port)).unwrap();
    let host = site.url().replace("http://", "");
    write!(connection, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer with a head");
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}

fn get(site: &ReleaseSite, path: &str) -> Answer {
    ask(site, "GET", path)
}

const LATEST: &str = "/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml";
const ASSET: &str = "/release-assets/kubernetes-sigs/metrics-server/v0.9.0/components.yaml";

#[test]
fn latest_download_goes_by_two_redirects_to_the_file() {
    let site = site(vec![]);
    let mut path = LATEST.to_owned();
    let mut hops = Vec::new();
    let last = loop {
        let answer = get(&site, &path);
        if answer.status != 302 {
            break answer;
        }
        path = answer.header("location").unwrap().strip_prefix(&site.url()).unwrap().to_owned();
        hops.push(path.clone());
    };
    assert_eq!(hops[0], "/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml");
    assert!(hops[1].starts_with(&format!("{ASSET}?")), "{hops:?}");
    assert_eq!(hops.len(), 2);
    assert_eq!((last.status, last.body.len()), (200, 1100));
    assert_eq!(last.header("content-length"), Some("1100"));
}

#[test]
fn names_of_the_real_sites_in_front_of_the_path_are_kept() {
    let site = site(vec![Fault::RateLimited.everywhere()]);
    let first = get(&site, &format!("/github.com{LATEST}"));
    let place = first.header("location").unwrap().replace(&site.url(), "");
    assert_eq!(place, "/github.com/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml");
    let second = get(&site, &place);
    let asset = second.header("location").unwrap().replace(&site.url(), "");
    assert!(asset.starts_with(&format!("/release-assets.githubusercontent.com{ASSET}?")), "{asset}");
    assert_eq!(get(&site, &asset).body.len(), 1100);
    let raw = "/raw.githubusercontent.com/metallb/metallb/v0.16.2/config/manifests/metallb-native.yaml";
    assert_eq!(get(&site, raw).status, 200);
    assert_eq!(get(&site, "/api.github.com/repos/metallb/metallb/tags").status, 403);
    site.mend();
    let release = get(&site, "/api.github.com/repos/kubernetes-sigs/metrics-server/releases/latest").json();
    let address = release["assets"][0]["browser_download_url"].as_str().unwrap();
    assert!(address.starts_with(&format!("{}/github.com/", site.url())), "{address}");
}

#[test]
fn latest_of_metallb_is_the_chart() {
    let site = site(vec![]);
    let page = get(&site, "/metallb/metallb/releases/latest");
    assert_eq!(page.status, 302);
    let place = page.header("location").unwrap().replace(&site.url(), "");
    assert_eq!(place, "/metallb/metallb/releases/tag/metallb-chart-0.16.2");
    assert_eq!(get(&site, &place).status, 200);
    assert_eq!(get(&site, "/repos/metallb/metallb/releases/latest").json()["tag_name"], "metallb-chart-0.16.2");
    assert_eq!(get(&site, "/repos/metallb/metallb/releases").json()[1]["tag_name"], "v0.16.2");
}

#[test]
fn tags_come_in_pages() {
    let site = site(vec![]);
    let first = get(&site, "/repos/metallb/metallb/tags");
    assert_eq!(first.json().as_array().unwrap().len(), 30);
    assert_eq!(first.json()[0]["name"], "v0.16.39");
    let link = first.header("link").unwrap();
    assert!(link.contains("per_page=30&page=2>; rel=\"next\""), "{link}");
    let second = get(&site, "/repos/metallb/metallb/tags?per_page=30&page=2");
    assert_eq!(second.json().as_array().unwrap().len(), 10);
    assert_eq!(second.header("link"), None);
    assert_eq!(get(&site, "/repos/metallb/metallb/tags?per_page=100").json().as_array().unwrap().len(), 40);
}

#[test]
fn git_itself_can_list_the_tags() {
    let site = site(vec![]);
    let output = Command::new("git")
        .args(["ls-remote", "--tags", &format!("{}/metallb/metallb", site.url())])
        .env("no_proxy", "127.0.0.1")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.lines().filter(|line| line.ends_with("^{}")).count(), 40);
    assert!(said.contains("\trefs/tags/v0.16.2\n"), "{said}");
}

#[test]
fn raw_files_are_served_by_tag_and_path() {
    let site = site(vec![]);
    let path = "/metallb/metallb/v0.16.2/config/manifests/metallb-native.yaml";
    assert_eq!(get(&site, path).body, b"kind: Namespace\n");
    assert_eq!(get(&site, &path.replace("v0.16.2", "v9.9.9")).status, 404);
    let head = ask(&site, "HEAD", path);
    assert_eq!((head.header("content-length"), head.body.len()), (Some("16"), 0));
}

#[test]
fn what_is_not_there_is_not_found_and_nothing_can_be_written() {
    let site = site(vec![]);
    for path in
        ["/", "/nobody/nothing/releases/latest", "/repos/nobody/nothing/tags", "/metallb/metallb/releases/tag/v7"]
    {
        assert_eq!(get(&site, path).status, 404, "{path}");
    }
    assert_eq!(ask(&site, "POST", LATEST).status, 405);
}

#[test]
fn requests_are_remembered() {
    let site = site(vec![]);
    get(&site, "/repos/metallb/metallb/tags?page=2");
    let seen = site.requests();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].path.as_str(), seen[0].query.as_str()), ("/repos/metallb/metallb/tags", "page=2"));
    assert_eq!(seen[0].header("user-agent"), Some("test"));
}

#[test]
fn rate_limit_answers_like_the_api_and_only_there() {
    let site = site(vec![Fault::RateLimited.everywhere()]);
    let limited = get(&site, "/repos/metallb/metallb/tags");
    assert_eq!(limited.status, 403);
    assert_eq!(limited.header("x-ratelimit-remaining"), Some("0"));
    assert!(limited.header("x-ratelimit-reset").unwrap().parse::<u64>().unwrap() > 1_700_000_000);
    assert!(limited.json()["message"].as_str().unwrap().starts_with("API rate limit exceeded"));
    assert_eq!(get(&site, "/metallb/metallb/releases/latest").status, 302);
    site.mend();
    site.plant(Fault::TooFast.everywhere());
    let too_fast = get(&site, "/repos/metallb/metallb/tags");
    assert_eq!((too_fast.status, too_fast.header("retry-after")), (429, Some("60")));
}

#[test]
fn truncated_body_is_shorter_than_promised() {
    let site = site(vec![Fault::Truncated.everywhere()]);
    assert_eq!(get(&site, LATEST).status, 302);
    let answer = get(&site, ASSET);
    assert_eq!(answer.header("content-length"), Some("1100"));
    assert_eq!(answer.body.len(), 550);
}

#[test]
fn slow_body_takes_its_time() {
    let site = site(vec![Fault::Slow { bytes_per_second: 2200 }.at(ASSET)]);
    let start = Instant::now();
    assert_eq!(get(&site, ASSET).body.len(), 1100);
    assert!(start.elapsed().as_millis() >= 400, "{:?}", start.elapsed());
}

#[test]
fn huge_body_is_as_huge_as_it_says() {
    let site = site(vec![Fault::Huge { mebibytes: 3 }.at(ASSET)]);
    let answer = get(&site, ASSET);
    assert_eq!(answer.body.len(), 1100 + 3 * 1024 * 1024);
    assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
}

#[test]
fn other_faults_answer_in_their_own_way() {
    let site = site(vec![]);
    for (fault, status) in
        [(Fault::NotFound, 404), (Fault::ServerError, 500), (Fault::LoginPage, 200), (Fault::RedirectLoop, 302)]
    {
        site.mend();
        site.plant(fault.at("/"));
        assert_eq!(get(&site, ASSET).status, status, "{fault:?}");
    }
    let looped = get(&site, ASSET);
    assert_eq!(looped.header("location"), Some(format!("{}{ASSET}", site.url()).as_str()));
    site.mend();
    site.plant(Fault::NoAnswer.at("/"));
    let mut connection = TcpStream::connect(("127.0.0.1", site.port)).unwrap();
    connection.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"");
}

#[test]
fn a_fault_can_strike_once_and_then_no_more() {
    let site = site(vec![Planted { times: Some(1), ..Fault::ServerError.at(ASSET) }]);
    assert_eq!(get(&site, ASSET).status, 500);
    assert_eq!(get(&site, ASSET).status, 200);
}

#[test]
fn faults_have_words_for_the_command_line() {
    assert_eq!("rate-limited".parse(), Ok(Fault::RateLimited.at("/repos/")));
    assert_eq!("truncated=/metallb/".parse(), Ok(Fault::Truncated.at("/metallb/")));
    assert!("truncated=metallb".parse::<Planted>().unwrap_err().contains("slash"));
    assert!("gremlins".parse::<Planted>().unwrap_err().contains("rate-limited, too-fast"));
}

#[test]
fn ends_when_dropped() {
    let site = site(vec![]);
    let port = site.port;
    drop(site);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}
