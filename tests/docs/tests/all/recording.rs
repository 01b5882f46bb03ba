//! The recorded session, as far as it can be held to the truth without its cluster: what is typed is what would be typed today, what the
//! verbs say is what they say today, and the picture is that of the recording and of nothing else.

use std::collections::BTreeSet;
use std::fs;

use lab_cli::api::{Api, clock};
use lab_cli::objects::job::{self, Fate};
use lab_cli::objects::metallb::{self, MetalLb};
use lab_cli::objects::pod;
use lab_cli::run::{Output, Run};
use lab_cli::world::{World, nodes};
use lab_cluster::manifests;
use lab_cluster::programs::{self, Program, versions};
use lab_docs::command_line::words;
use lab_docs::repository::readme;
use lab_recording::session::ACTS;
use lab_recording::{Recording, files, page, svg};
use serde_json::{Value, json};

use crate::commands::is_of_a_verb;
use crate::metallb_install::Manifest;
use crate::metallb_looks::web_server;

const NAME: &str = "docs/session.cast";
/// Whoever opens the page waits for it.
const MOST: usize = 300_000;
/// Any line has room there.
const WIDE: u16 = 500;
/// On so many lines of the recording's terminal any line has room.
const MOST_PARTS: usize = 5;

fn recording() -> Recording {
    let text = fs::read_to_string(files::recording()).unwrap_or_else(|error| panic!("{NAME}: {error}"));
    Recording::read(&text).unwrap_or_else(|error| panic!("{NAME}: {error:#}"))
}

#[test]
fn the_picture_is_drawn_from_the_recording() {
    let picture = fs::read_to_string(files::picture()).expect("docs/session.svg");
    let drawn = svg::draw(&recording()).expect("it can be drawn");
    assert!(picture == drawn, "docs/session.svg is not the picture of {NAME}: run cargo docs-record --draw");
    assert!(picture.len() < MOST, "{} bytes", picture.len());
}

/// Who cannot see the picture reads what is in it.
#[test]
fn the_readme_shows_the_picture_with_its_title() {
    let shown = format!("![{}](docs/session.svg)", recording().title);
    assert!(readme().text.contains(&shown), "{shown}");
}

#[test]
fn what_is_typed_in_it_can_be_typed_today() {
    let lines: Vec<String> = recording().commands().into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, ACTS.map(|act| act.line), "run cargo docs-record");
    let commands: Vec<Vec<String>> = lines.iter().flat_map(|line| words(line)).collect();
    let of_lab = commands.iter().filter(|words| words.starts_with(&["kubectl".to_owned(), "lab".to_owned()]));
    assert!(of_lab.filter(|words| is_of_a_verb(NAME, &words[2..])).count() >= 3, "{lines:?}");
}

/// Names and figures are those of the cluster that was recorded. All else is what the verbs say today in a scripted one.
#[test]
fn what_the_verbs_say_in_it_they_say_today() {
    let today = said_today();
    let known: BTreeSet<String> = today.lines().map(without_names).collect();
    let mut compared = 0;
    for (line, output) in recording().commands() {
        if line.starts_with("kubectl lab ") {
            compared += compare(&page::lines(&output), &known).unwrap_or_else(|said| {
                panic!("{NAME} shows\n  {said}\nbut today is said\n{today}\nrun cargo docs-record")
            });
        }
    }
    assert!(compared >= 30, "hardly a line was found in {NAME}");
}

/// How many lines there are, all of them known; else the first that is not. A line that its terminal had no room for goes on in the next.
fn compare(shown: &[String], known: &BTreeSet<String>) -> Result<usize, String> {
    let (mut rest, mut compared) = (shown, 0);
    while !rest.is_empty() {
        let whole =
            (1..=rest.len().min(MOST_PARTS)).find(|parts| known.contains(&without_names(&rest[..*parts].join(" "))));
        rest = &rest[whole.ok_or_else(|| without_names(&rest[0]))?..];
        compared += 1;
    }
    Ok(compared)
}

/// The line with a mark for each word that has a figure or a block of a chart in it, or is a file or a name of somebody's.
fn without_names(line: &str) -> String {
    let mut made: Vec<&str> = Vec::new();
    for word in line.split_whitespace() {
        let is_name = |before: &&str| ["context", "server", "user"].contains(before) && line.starts_with("cluster: ");
        let is_figure = word.chars().any(|letter| letter.is_ascii_digit() || !letter.is_ascii());
        let is_left_out = is_figure || word.starts_with('/') || made.last().is_some_and(is_name);
        made.push(if is_left_out { "…" } else { word });
    }
    made.join(" ")
}

#[test]
fn names_and_figures_are_all_that_is_left_out() {
    for (line, rest) in [
        ("cluster: context a, server b, user c", "cluster: context … server … user …"),
        ("web-1  lab-1  ███▌  0", "… … … …"),
        ("manifest /a/b (sha256 c", "manifest … … c"),
        ("from a user of context a", "from a user of context a"),
    ] {
        assert_eq!(without_names(line), rest);
    }
}

/// What the three verbs say where all is as it was when the session was recorded.
fn said_today() -> String {
    let programs = programs::ensure(&[Program::Kubernetes]).expect("it is built");
    let manifest = Manifest::of(&manifests::metallb(&programs, versions::METALLB).expect("MetalLB's manifest"));
    let words = ["--pool", "172.30.0.200-172.30.0.220", "--subnet", "172.30.0.0/24"];
    let api = stage(80, []);
    let mut terminal = Run::verb("metallb").against(&api).args(manifest.words(&words)).columns(WIDE).in_terminal();
    terminal.expect("Do this?");
    terminal.types("y\r");
    let install = terminal.wait().succeeds();

    let port = web_server();
    let metallb = MetalLb::default();
    let pool = metallb.pool("lecture", &["127.0.0.2-127.0.0.9"]);
    let advertisement = metallb.advertisement("external-access", &["lecture"]);
    let api = stage(port, metallb.objects().into_iter().chain([pool, advertisement]));
    told(&api, &format!("http://127.0.0.2:{port}/ 0"));
    let verify = Run::verb("metallb").against(&api).args(["verify", "demo-app"]).run().succeeds();

    let api = stage(80, []);
    let answer = |number: usize| format!("answer {number} 1.00 1.02 0 Running demo-app-{} (", number % 3);
    told(&api, &format!("begin\n{}", (1..=100).map(answer).collect::<Vec<_>>().join("\n")));
    let probe = Run::verb("probe").against(&api).args(["demo-app"]).run().succeeds();

    let said = |output: &Output| format!("{}{}", output.stderr, output.stdout);
    [install, verify, probe].iter().map(said).collect()
}

/// The lecture's three pods behind a Service of type LoadBalancer, and whatever else is there.
fn stage(port: u16, more: impl IntoIterator<Item = Value>) -> Api {
    let nodes = nodes();
    let pods = nodes.iter().enumerate().map(|(number, node)| {
        let mut pod = pod::plain("default", &format!("demo-app-{number}"), node);
        pod["metadata"]["labels"] = json!({ "app": "demo-app" });
        pod["status"]["podIP"] = json!(format!("10.244.{number}.9"));
        pod::backdate(&mut pod, 3_600);
        pod
    });
    let mut service = metallb::balanced("default", "demo-app");
    service["metadata"]["creationTimestamp"] = json!(clock::ago(3_600));
    service["spec"]["clusterIP"] = json!("10.96.0.70");
    service["spec"]["ports"] = json!([{ "port": port, "targetPort": port, "nodePort": 31_080 }]);
    let api = World::default().stage(pods.chain([service]).chain(more));
    lab_cli::world::metallb::live(&api);
    api
}

/// What the pod that asks writes.
fn told(api: &Api, log: &str) {
    let log = format!("{log}\n\nkubectl-lab-done\n");
    api.controller(move |store| job::live(store, |_| Fate::Writes(log.clone())));
}
