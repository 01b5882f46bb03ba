//! Words in, an answer out: without a cluster, and without a process.

use clap::{Args, ValueEnum, ValueHint};
use k8s_openapi::api::core::v1::{Node, Service};

use super::candidates::{self, Answer};
use super::typed::Typed;
use super::{BY_CONNECTING, Live, Objects, Scope};
use crate::command_line::{CommandLine, Part};
use crate::flags::{Allowance, Connection, Outcome, Planning};

#[derive(Args)]
struct Sample {
    /// What to ask
    target: String,
    /// And also these
    more: Vec<String>,
    /// How many
    #[arg(long)]
    count: Option<u32>,
    /// From where
    #[arg(long, value_enum, value_delimiter = ',')]
    from: Vec<From>,
    /// On this node
    #[arg(long, conflicts_with = "each")]
    node: Option<String>,
    /// On each node
    #[arg(long)]
    each: bool,
    /// Installs this
    #[arg(long, value_hint = ValueHint::AnyPath)]
    manifest: Option<String>,
    #[arg(long, hide = true)]
    secret: bool,
}

#[derive(Clone, ValueEnum)]
enum From {
    /// A pod.
    Pod,
    /// A node.
    Node,
    Here,
}

const SERVICES: Live = Live::Objects(&[Objects::of::<Service>(Scope::Namespace)]);
const NODES: Live = Live::Objects(&[Objects::of::<Node>(Scope::Cluster)]);

/// A program with the verbs `ask` and `pool list`.
fn line() -> CommandLine {
    let flags = |command| {
        Connection::augment_args(Outcome::augment_args(Allowance::augment_args(Planning::augment_args(command))))
    };
    let ask = flags(Sample::augment_args(clap::Command::new("ask"))).about("Ask it");
    let list = flags(clap::Command::new("list")).about("List them");
    let pool = clap::Command::new("pool").about("The pools").subcommand(list).disable_help_subcommand(true);
    let mut command = clap::Command::new("kubectl-lab-sample").subcommand(ask).subcommand(pool);
    command = command.disable_help_subcommand(true);
    command.build();
    let ask = Part {
        words: vec!["ask"],
        allows: &[("adopt", "take it over"), ("busy", "all the same")],
        live: &[("target", SERVICES), ("node", NODES)],
        look_up: BY_CONNECTING,
    };
    CommandLine {
        command,
        parts: vec![ask, Part { words: vec!["pool", "list"], allows: &[], live: &[], look_up: BY_CONNECTING }],
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn answer(text: &str) -> Answer {
    let (line, words) = (line(), words(text));
    let typed = Typed::read(&line.command, &words);
    candidates::known(&typed, line.part(&typed.words))
}

/// The candidates, and the number behind them.
fn told(text: &str) -> String {
    let printed = answer(text).print();
    let values = printed.lines().map(|line| line.split('\t').next().unwrap_or_default());
    values.collect::<Vec<_>>().join(" ")
}

fn asked_for(text: &str) -> Option<(Live, String)> {
    let (line, words) = (line(), words(text));
    let typed = Typed::read(&line.command, &words);
    let part = line.part(&typed.words)?;
    candidates::live(&typed, part).map(|(live, word)| (live, word.to_owned()))
}

#[test]
fn commands_come_first_and_flags_where_nothing_else_can() {
    assert_eq!(answer("").print(), "ask\tAsk it\npool\tThe pools\n:4\n");
    assert_eq!(told("po"), "pool :4");
    assert_eq!(told("pool "), "list :4");
    assert_eq!(told("pool list "), "--dry-run= --diff --yes --allow --output --timeout --help :4");
    assert_eq!(told("pool list x"), ":4");
}

#[test]
fn flags_are_offered_that_can_still_be_given() {
    assert_eq!(told("ask --co"), "--count --context :4");
    assert_eq!(told("ask --count 3 --co"), "--context :4");
    assert_eq!(told("ask --allow adopt --al"), "--allow :4", "it can be repeated");
    assert_eq!(told("ask --each --no"), ":4", "the two exclude each other");
    assert_eq!(told("ask --node x --ea"), ":4", "either way");
    assert_eq!(told("ask --sec"), ":4", "it is hidden");
    assert_eq!(told("ask -- --co"), ":4", "behind -- there are no flags");
    assert_eq!(told("ask --dry"), "--dry-run= :6", "its value follows at once");
    assert_eq!(answer("ask --man").print(), "--manifest\tInstalls this\n:4\n");
}

#[test]
fn values_of_a_closed_list_are_offered_with_what_they_are() {
    assert_eq!(answer("ask --from p").print(), "pod\tA pod\n:4\n");
    assert_eq!(told("ask --from=no"), "node :4");
    assert_eq!(answer("ask --from pod,").print(), "pod,node\npod,here\n:4\n");
    assert_eq!(told("ask --from pod --from "), "node here :4");
    assert_eq!(told("ask --dry-run=s"), "server :4");
    assert_eq!(told("ask -o "), "table wide json yaml csv :4");
    assert_eq!(told("ask -oj"), "-ojson :4");
    assert_eq!(told("ask -o=j"), "json :4");
    assert_eq!(told("ask -yoj"), ":4", "flags in one word are let be");
    assert_eq!(answer("ask --allow b").print(), "busy\tall the same\n:4\n");
    assert_eq!(told("ask --allow busy --allow "), "adopt :4");
    assert_eq!(told("ask --count "), ":4");
}

#[test]
fn files_are_the_shells_business() {
    assert_eq!(told("ask --manifest m"), ":0");
    assert_eq!(told("ask --kubeconfig="), ":0");
}

#[test]
fn what_the_cluster_has_is_looked_up_for_its_argument_alone() {
    assert_eq!(asked_for("ask "), Some((SERVICES, String::new())));
    assert_eq!(asked_for("ask -n a --count 3 de"), Some((SERVICES, "de".into())));
    assert_eq!(asked_for("ask demo "), None, "that is the next argument");
    assert_eq!(asked_for("ask -y -n a demo --node l"), Some((NODES, "l".into())));
    assert_eq!(asked_for("ask --node=l"), Some((NODES, "l".into())));
    assert_eq!(asked_for("ask --context "), Some((Live::Contexts, String::new())));
    assert_eq!(asked_for("pool list --user x"), Some((Live::Users, "x".into())));
    assert_eq!(asked_for("ask --count "), None);
    assert_eq!(asked_for("ask --context"), None);
    assert_eq!(asked_for("-n "), None, "no verb was named yet");
}

#[test]
fn the_cluster_is_the_one_that_the_line_names() {
    let (line, words) = (line(), words("ask --context=a -n b --as c --as-group d --as-group=e --count x --from pod "));
    let connection = Typed::read(&line.command, &words).connection();
    assert_eq!((connection.context.as_deref(), connection.namespace.as_deref()), (Some("a"), Some("b")));
    assert_eq!(
        (connection.impersonate.as_deref(), connection.impersonate_group),
        (Some("c"), vec!["d".to_owned(), "e".to_owned()])
    );
}

#[test]
fn a_line_that_cannot_be_right_is_borne() {
    for odd in [
        "-",
        "--",
        "---",
        "=",
        "-=",
        "--=x",
        "ask -n",
        "ask -Ä",
        "ask --x=y --z ",
        "nonsense --co",
        "pool ask ",
        "ask a b c d ",
    ] {
        let text = answer(odd).print();
        assert!(text.ends_with(":4\n"), "{odd}: {text}");
    }
}

#[test]
fn a_value_that_would_harm_the_terminal_is_not_offered() {
    let candidates = ["good", "two lines\nof it", "tab\there", "\u{1b}[31mred", "", "with space"];
    let candidates = candidates.map(|value| candidates::Candidate::new(value, "a\tb\nc")).to_vec();
    let text = Answer { candidates, in_this_order: true, ..Answer::default() }.print();
    assert_eq!(text, "good\ta b c\nwith space\ta b c\n:36\n");
}
