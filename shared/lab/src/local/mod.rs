//! What a sibling brings that works on this machine alone, and needs no cluster. It goes the same way as a verb: it looks, plans,
//! says what it is going to do, does it, and looks again; an empty plan is the proof. What it changes are files of the user's,
//! so nobody is asked, and no journal is kept: the plan is made from what is there, each way.

mod apply;
mod plan;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, ValueEnum};
use lab_plan::Exit;

use crate::command_line::CommandLine;
use crate::entry::answers;
use crate::error::{Error, Result};
use crate::terminal::Terminal;

pub use crate::connect::quoted;
pub use plan::{FilePlan, FileStep};

pub trait Local: 'static {
    /// The word after `kubectl lab`.
    const NAME: &'static str;
    const ABOUT: &'static str;

    type Args: clap::Args;
    type Facts;

    fn conduct(args: &Self::Args) -> Conduct;

    /// Looks, and changes nothing.
    fn gather(args: &Self::Args) -> Result<Self::Facts>;

    /// Pure: what to do, given what is. An empty plan says that the goal is reached; none, that nothing was to be changed anyway.
    fn plan(args: &Self::Args, facts: &Self::Facts) -> Option<FilePlan>;

    /// Pure: what goes to stdout in the end.
    fn report(args: &Self::Args, facts: &Self::Facts) -> String;
}

/// How a plan is carried out.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Plan and output")]
pub struct Conduct {
    /// Show what would be done and stop
    #[arg(
        long,
        value_name = "none|client",
        value_enum,
        default_value_t,
        require_equals = true,
        hide_possible_values = true
    )]
    pub dry_run: DryRun,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    #[default]
    None,
    Client,
}

#[derive(Parser)]
struct Line<A: clap::Args> {
    #[command(flatten)]
    args: A,
}

/// All that can be typed after the name.
pub fn command_line<L: Local>() -> CommandLine {
    let file = format!("kubectl-lab-{}", L::NAME.replace('-', "_"));
    let command = Line::<L::Args>::command().name(file).bin_name(format!("kubectl lab {}", L::NAME)).about(L::ABOUT);
    CommandLine { command, parts: Vec::new() }
}

/// The `main` of such a sibling.
pub fn main<L: Local>() -> ExitCode {
    if answers(command_line::<L>) {
        return ExitCode::SUCCESS;
    }
    let line = command_line::<L>().command.try_get_matches().and_then(|matches| Line::from_arg_matches(&matches));
    let line: Line<L::Args> = match line {
        Ok(line) => line,
        // Help comes this way too, with code 0; wrong usage with 2.
        Err(error) => error.exit(),
    };
    let terminal = Terminal::default();
    let exit = match go::<L>(&line.args, &terminal) {
        Ok(()) => Exit::Done,
        Err(error) => {
            terminal.error(&error);
            error.exit
        }
    };
    ExitCode::from(exit.code())
}

fn go<L: Local>(args: &L::Args, terminal: &Terminal) -> Result<()> {
    let facts = L::gather(args)?;
    let Some(plan) = L::plan(args, &facts) else { return print(&L::report(args, &facts)) };
    plan.refused()?;
    plan.say(terminal);
    if plan.steps.is_empty() {
        return print(&L::report(args, &facts));
    }
    if L::conduct(args).dry_run == DryRun::Client {
        return Ok(());
    }
    apply::apply(&plan, terminal)?;
    let facts = L::gather(args)?;
    let rest = L::plan(args, &facts).unwrap_or_default();
    rest.refused()?;
    if !rest.steps.is_empty() {
        return Err(
            Error::failed("what was done did not hold").hint("does another program write these files? try again")
        );
    }
    print(&L::report(args, &facts))
}

/// A reader that has gone away is not an error.
fn print(text: &str) -> Result<()> {
    match std::io::Write::write_all(&mut std::io::stdout().lock(), text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::failed("could not write the report").cause(error))
        }
        _ => Ok(()),
    }
}
