use std::collections::BTreeSet;

use lab_cli::objects::MetricsServer;
use lab_cli::run::{Output, Run};
use lab_cli::world::{Trouble, World};
use lab_cluster::programs::MINIMUM_GO;
use lab_docs::markdown::blocks;
use lab_docs::repository::readme;
use lab_workspace::built::workspace;

/// The output that the README shows of the command.
fn shown(command: &str) -> Vec<String> {
    let text = readme().text;
    let blocks = blocks(&text).into_iter().filter(|block| block.language == "console");
    let lines: Vec<&str> = blocks.flat_map(|block| block.lines).collect();
    let after = lines.iter().skip_while(|line| **line != format!("$ {command}")).skip(1);
    after.take_while(|line| !line.starts_with("$ ")).map(|line| (*line).to_owned()).collect()
}

/// The transcript is of a real cluster, so its names and figures are its own. All else is what the verb says today: in a
/// scripted cluster in the same state, and in one whose metrics-server has only just started.
#[test]
fn the_transcript_is_what_metrics_fix_says() {
    let shown = shown("kubectl lab metrics-fix --yes");
    assert!(shown.len() > 5, "the README shows no run of metrics-fix");
    let run = |world: World, words: &[&str]| -> Output {
        let api = world.stage(MetricsServer::default().objects());
        Run::verb("metrics-fix").against(&api).args(words.to_vec()).run()
    };
    let repaired = run(World::default(), &["--yes"]).succeeds();
    let silent = run(World::in_trouble(Trouble::Silent), &["--timeout", "2s"]);
    let said = [&repaired, &silent].map(|output| format!("{}{}", output.stderr, output.stdout)).concat();
    let said: BTreeSet<String> = said.lines().map(without_names).collect();
    // A scripted pod runs at once, a real one is made ready before.
    let before_it_runs = |line: &&String| line.ends_with(": ContainerCreating") || line.ends_with(" is being started");
    // And it is Ready at once, or never.
    let said_of_ready = |line: &str| line.replace(" is Ready; its first metrics", " runs; its first metrics");
    for line in shown.iter().filter(|line| !before_it_runs(line)).map(|line| said_of_ready(line)) {
        let line = without_names(&line);
        assert!(said.contains(&line), "the README shows\n  {line}\nbut metrics-fix says\n{repaired}{silent}");
    }
}

/// The line with a word for each name and figure.
fn without_names(line: &str) -> String {
    let mut made: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        let before = made.last().map(String::as_str).unwrap_or_default();
        made.push(match before {
            "context" | "server" | "user" if line.starts_with("cluster: ") => "NAME".to_owned(),
            _ => without_name(word),
        });
    }
    made.join(" ")
}

fn without_name(word: &str) -> String {
    let end = word.len() - word.trim_end_matches([':', ';', ',']).len();
    let (name, end) = word.split_at(word.len() - end);
    let is_figure = |unit| name.strip_suffix(unit).is_some_and(|number| number.parse::<u64>().is_ok());
    let is_node = name
        .rsplit_once('-')
        .is_some_and(|(name, number)| ["lab", "lecture"].contains(&name) && number.parse::<u8>().is_ok());
    let is_pod = name.strip_prefix("kube-system/metrics-server-").is_some();
    match () {
        () if is_node => format!("NODE{end}"),
        () if is_pod => format!("POD{end}"),
        () if is_figure("m") || is_figure("Mi") => format!("FIGURE{end}"),
        () => word.to_owned(),
    }
}

#[test]
fn names_and_figures_are_all_that_is_left_out() {
    for (line, rest) in [
        ("cluster: context a, server b, user c", "cluster: context NAME server NAME user NAME"),
        ("waiting: pod kube-system/metrics-server-1a-2b: x", "waiting: pod POD: x"),
        ("lab-1   True  638m   7902Mi", "NODE True FIGURE FIGURE"),
        ("of Deployment kube-system/metrics-server, keep", "of Deployment kube-system/metrics-server, keep"),
    ] {
        assert_eq!(without_names(line), rest);
    }
}

#[test]
fn the_versions_that_are_needed_are_named() {
    let manifest = std::fs::read_to_string(workspace().join("Cargo.toml")).expect("the workspace's manifest");
    let rust = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).expect("a version of Rust");
    let text = readme().text;
    for wanted in [format!("Rust {}", rust.trim_matches('"')), format!("Go {MINIMUM_GO}")] {
        assert!(text.contains(&wanted), "{wanted}");
    }
}
