//! `kubectl lab`: one short command that lists, finds and runs the verbs beside it.
//!
//! kubectl runs this file (`kubectl-lab`) for `kubectl lab …`; every verb is a separate program named `kubectl-lab-VERB`.
//! Adding a verb means adding a program: nothing in here knows any verb by name (but `digests`, which does what
//! `version --verify` says), and nothing but the standard library is used, so that a listing is there before the finger
//! has left the key.

mod about;
mod ask;
mod complete;
mod exit;
mod failure;
mod head;
mod here;
mod json;
mod list;
mod op;
mod remembered;
mod run;
mod script;
mod search_path;
mod siblings;
mod suggest;
mod text;
mod version;

use std::ffi::OsString;
use std::io;
use std::io::Write;
use std::process::ExitCode;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::op::Op;

/// What an operation leaves to be shown: data for stdout, talk for stderr, and the verdict.
struct Outcome {
    data: String,
    talk: String,
    exit: Exit,
}

impl Outcome {
    fn page(data: String) -> Outcome {
        Outcome { data, talk: String::new(), exit: Exit::Done }
    }
}

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let outcome = op::parse(&words).and_then(perform).unwrap_or_else(|failure| Outcome {
        data: String::new(),
        talk: failure.to_string(),
        exit: failure.exit,
    });
    show(&outcome).into()
}

fn perform(op: Op) -> Result<Outcome, Failure> {
    match op {
        Op::List => list::page(&here::own_path()?).map(Outcome::page),
        Op::OwnVersion => Ok(Outcome::page(format!("kubectl-lab {}\n", version::OWN))),
        Op::VersionHelp => Ok(Outcome::page(version::HELP.to_owned())),
        Op::Version(format) => {
            let report = version::report(&here::own_path()?)?;
            Ok(Outcome { data: report.print(format), talk: report.findings(), exit: report.exit() })
        }
        Op::Verify(args) => version::verify(&here::own_folder()?, &args),
        Op::Complete { words, caller } => Ok(Outcome::page(complete::answer(&words, caller))),
        Op::FlagFirst(words) => Err(suggest::verb_before_flags(&words, &siblings::beside(&here::own_folder()?)?)),
        Op::Run { verb, args } => run::verb(&verb, &args, &here::own_folder()?),
    }
}

/// A reader that has seen enough (`kubectl lab | head -1`) is no error; any other trouble with stdout is.
fn show(outcome: &Outcome) -> Exit {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(outcome.data.as_bytes()).and_then(|()| stdout.flush());
    let mut talk = outcome.talk.clone();
    let mut exit = outcome.exit;
    if let Err(trouble) = written
        && trouble.kind() != io::ErrorKind::BrokenPipe
    {
        talk = Failure::failed(format!("could not write to stdout: {}", failure::cause(&trouble))).to_string();
        exit = Exit::Failed;
    }
    // Nobody is left to be told when stderr is gone as well.
    let _ = io::stderr().lock().write_all(talk.as_bytes());
    exit
}
