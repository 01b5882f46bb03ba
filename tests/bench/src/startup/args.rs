//! What can be asked of the benchmark.

use std::path::PathBuf;

pub const HELP: &str = "\
Measure how long the commands take to start, against kubectl in the same run

Usage: cargo bench-startup [--runs N] [--kubectl FILE] [--folder FOLDER]

  --runs N         How often each command is run (default 100)
  --kubectl FILE   The kubectl to compare with (default: $KUBECTL_LAB_TEST_KUBECTL, then the one on PATH)
  --folder FOLDER  Measure the programs in this folder, for example an installed release, instead of building them

Exit codes: 0 goals met, 1 could not measure, 2 usage, 3 a goal is missed
";

#[derive(Debug, PartialEq, Eq)]
pub enum Wish {
    Help,
    Measure(Args),
}

#[derive(Debug, PartialEq, Eq)]
pub struct Args {
    pub runs: usize,
    pub kubectl: Option<PathBuf>,
    pub folder: Option<PathBuf>,
}

pub fn parse(words: &[String]) -> Result<Wish, String> {
    let mut args = Args { runs: 100, kubectl: None, folder: None };
    let mut words = words.iter().map(String::as_str);
    while let Some(flag) = words.next() {
        let (name, inline) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
        let mut value = || inline.or_else(|| words.next()).ok_or(format!("{name} needs a value\n{HINT}"));
        match name {
            "-h" | "--help" => return Ok(Wish::Help),
            "--runs" => args.runs = number(value()?)?,
            "--kubectl" => args.kubectl = Some(value()?.into()),
            "--folder" => args.folder = Some(value()?.into()),
            _ => return Err(format!("unknown argument {name:?}\n{HINT}")),
        }
    }
    Ok(Wish::Measure(args))
}

const HINT: &str = "hint: run \"cargo bench-startup --help\"";

fn number(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|runs| *runs > 0);
    number.ok_or(format!("--runs needs a number above zero, not {text:?}\n{HINT}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Wish, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn command_lines_become_wishes() {
        let default = Args { runs: 100, kubectl: None, folder: None };
        assert_eq!(parsed(""), Ok(Wish::Measure(default)));
        let all = Args { runs: 5, kubectl: Some("/k".into()), folder: Some("/f".into()) };
        assert_eq!(parsed("--runs 5 --kubectl=/k --folder /f"), Ok(Wish::Measure(all)));
        assert_eq!(parsed("--runs 5 --help"), Ok(Wish::Help));
    }

    #[test]
    fn wrong_command_lines_are_refused() {
        for line in ["--runs", "--runs 0", "--runs x", "--fast", "x"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
