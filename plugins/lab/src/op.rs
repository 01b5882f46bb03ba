//! From words to an operation. Nothing is done here, nothing is looked up.

use std::ffi::OsStr;
use std::ffi::OsString;

use crate::complete;
use crate::failure::Failure;
use crate::text::quoted;

#[derive(Debug, PartialEq, Eq)]
pub enum Op {
    List,
    OwnVersion,
    VersionHelp,
    Version(Format),
    /// With the arguments that are left.
    Verify(Vec<OsString>),
    /// What the last of these words can be completed to.
    Complete {
        words: Vec<OsString>,
        caller: Caller,
    },
    /// The whole command line, which begins with a flag: the right order can only be named by one who knows the verbs.
    FlagFirst(Vec<OsString>),
    Run {
        verb: OsString,
        args: Vec<OsString>,
    },
}

/// Who asks what can be completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A shell's script for `kubectl-lab`, or another program.
    Shell,
    /// kubectl, which adds what it knows.
    Kubectl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    Json,
}

/// The words that kubectl-lab answers itself; a verb of that name could never be reached.
pub const OWN_WORDS: [&str; 2] = ["help", "version"];

pub fn parse(words: &[OsString]) -> Result<Op, Failure> {
    let Some((first, rest)) = words.split_first() else { return Ok(Op::List) };
    match first.to_str() {
        Some("-h" | "--help" | "help") => Ok(help_of(rest)),
        Some("-V" | "--version" | "__version") => own_version(rest),
        Some("version") => version(rest),
        Some(complete::WORD) => Ok(Op::Complete { words: rest.to_owned(), caller: Caller::Shell }),
        Some(complete::WORD_OF_KUBECTL) => Ok(Op::Complete { words: rest.to_owned(), caller: Caller::Kubectl }),
        _ if is_flag(first) => Ok(Op::FlagFirst(words.to_owned())),
        _ => Ok(Op::Run { verb: first.clone(), args: rest.to_owned() }),
    }
}

/// Comparing digests is another program's work; its flags are that program's too.
const VERIFY: &str = "--verify";

/// `help VERB …` is `VERB … --help`, so that the verb explains itself, its subcommands included.
fn help_of(words: &[OsString]) -> Op {
    match words.split_first() {
        None => Op::List,
        Some((first, _)) if first == "version" => Op::VersionHelp,
        Some((first, _)) if first == "help" || is_flag(first) => Op::List,
        Some((first, rest)) => {
            let args = rest.iter().cloned().chain([OsString::from("--help")]).collect();
            Op::Run { verb: first.clone(), args }
        }
    }
}

fn version(words: &[OsString]) -> Result<Op, Failure> {
    if words.iter().any(|word| word == VERIFY) {
        return Ok(Op::Verify(words.iter().filter(|word| *word != VERIFY).cloned().collect()));
    }
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => Ok(Op::Version(Format::Table)),
        ["-h" | "--help", ..] => Ok(Op::VersionHelp),
        ["-o" | "--output", format] => format_named(format),
        ["-o" | "--output"] => Err(Failure::usage("-o needs a format").hint(VERSION_HINT)),
        [word] => match word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o")) {
            Some(format) => format_named(format.strip_prefix('=').unwrap_or(format)),
            None => Err(unexpected("version", word)),
        },
        ["-o" | "--output", _, word, ..] | [word, ..] => Err(unexpected("version", word)),
    }
}

fn format_named(name: &str) -> Result<Op, Failure> {
    match name {
        "table" => Ok(Op::Version(Format::Table)),
        "json" => Ok(Op::Version(Format::Json)),
        other => Err(Failure::usage(format!("unknown output format {}", quoted(other))).hint(VERSION_HINT)),
    }
}

const VERSION_HINT: &str = "run \"kubectl lab version -o json\" or \"kubectl lab version -o table\"";

/// Another kubectl-lab asks as it asks verbs, with `--help` behind.
fn own_version(rest: &[OsString]) -> Result<Op, Failure> {
    match rest.first() {
        Some(word) if word != "--help" => Err(unexpected("--version", &word.to_string_lossy())),
        _ => Ok(Op::OwnVersion),
    }
}

fn unexpected(after: &str, word: &str) -> Failure {
    Failure::usage(format!("unexpected {} after {}", quoted(word), quoted(after)))
        .hint("run \"kubectl lab help version\"")
}

fn is_flag(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(b"-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Op, String> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        parse(&words).map_err(|failure| failure.to_string())
    }

    fn run(verb: &str, args: &[&str]) -> Op {
        Op::Run { verb: verb.into(), args: args.iter().map(Into::into).collect() }
    }

    fn verify(args: &[&str]) -> Op {
        Op::Verify(args.iter().map(Into::into).collect())
    }

    #[test]
    fn command_lines_become_operations() {
        for (line, op) in [
            ("", Op::List),
            ("-h", Op::List),
            ("--help", Op::List),
            ("help", Op::List),
            ("help help", Op::List),
            ("--help -n x", Op::List),
            ("help version", Op::VersionHelp),
            ("version -h", Op::VersionHelp),
            ("version", Op::Version(Format::Table)),
            ("version -o table", Op::Version(Format::Table)),
            ("version -o json", Op::Version(Format::Json)),
            ("version -ojson", Op::Version(Format::Json)),
            ("version -o=json", Op::Version(Format::Json)),
            ("version --output json", Op::Version(Format::Json)),
            ("version --output=json", Op::Version(Format::Json)),
            ("version --verify", verify(&[])),
            ("version --verify -o json", verify(&["-o", "json"])),
            ("version -o yaml --verify", verify(&["-o", "yaml"])),
            ("--version", Op::OwnVersion),
            ("-V", Op::OwnVersion),
            ("__version --help", Op::OwnVersion),
            ("--version --help", Op::OwnVersion),
            ("probe", run("probe", &[])),
            ("probe -n x -- --help", run("probe", &["-n", "x", "--", "--help"])),
            ("help probe", run("probe", &["--help"])),
            ("--help probe", run("probe", &["--help"])),
            ("help metallb install", run("metallb", &["install", "--help"])),
            ("__complete", Op::Complete { words: vec![], caller: Caller::Shell }),
            ("__complete_in_kubectl a", Op::Complete { words: vec!["a".into()], caller: Caller::Kubectl }),
            ("-n x probe", Op::FlagFirst(["-n", "x", "probe"].map(OsString::from).to_vec())),
            ("-- probe", Op::FlagFirst(["--", "probe"].map(OsString::from).to_vec())),
        ] {
            assert_eq!(parsed(line), Ok(op), "{line:?}");
        }
    }

    #[test]
    fn wrong_command_lines_say_what_is_wrong() {
        for (line, message) in [
            ("--version now", "unexpected \"now\" after \"--version\""),
            ("version now", "unexpected \"now\" after \"version\""),
            ("version -o json now", "unexpected \"now\" after \"version\""),
            ("version -o yaml", "unknown output format \"yaml\""),
            ("version -oyaml", "unknown output format \"yaml\""),
            ("version -o", "-o needs a format"),
        ] {
            let failure = parsed(line).expect_err(line);
            assert!(failure.starts_with(&format!("error: {message}\nhint: run \"kubectl lab ")), "{line:?}: {failure}");
        }
    }

    #[test]
    fn an_empty_word_is_not_the_same_as_no_word() {
        assert_eq!(parse(&[OsString::new()]), Ok(run("", &[])));
    }
}
