//! The `main` of every verb: parse, connect, run, report, exit.

use std::cell::Cell;
use std::process::ExitCode;

use clap::ArgMatches;
use lab_plan::{Exit, Lasts};
use tokio::runtime::Runtime;

use crate::command_line::{CommandLine, Part};
use crate::complete;
use crate::connect::{self, Session};
use crate::error::{Error, Result};
use crate::flags::{Conduct, Format};
use crate::interrupt::interrupted;
use crate::line::Line;
use crate::observe::{Afterwards, Nothing};
use crate::report::{Ending, Place, StepOutcome, StepReport};
use crate::run::{Progress, Run};
use crate::temporary::{Made, and_then_tidy};
use crate::terminal::Terminal;
use crate::verb::Verb;
use crate::wait::Deadline;

/// The word with which the dispatcher asks a verb for its version; a flag of that name may be the verb's own.
const VERSION: &str = "__version";

pub fn main<V: Verb>() -> ExitCode {
    start::<V, Nothing>()
}

pub(crate) fn start<V: Verb, A: Afterwards<V>>() -> ExitCode {
    if answers(command_line::<V>) {
        return ExitCode::SUCCESS;
    }
    let exit = match command::<V>().try_get_matches() {
        Ok(matches) => perform::<V, A>(&matches),
        // Help comes this way too, with code 0; wrong usage with 2.
        Err(error) => error.exit(),
    };
    ExitCode::from(exit.code())
}

/// Whether a program has asked, the dispatcher for the version or a shell for completion; it is told then.
pub(crate) fn answers(line: impl FnOnce() -> CommandLine + Send + 'static) -> bool {
    let mut words = std::env::args_os().skip(1);
    match words.next() {
        Some(word) if word == VERSION => {
            let version = format!("{}\n", env!("CARGO_PKG_VERSION"));
            // Nobody is left to be told when stdout is closed.
            let _ = std::io::Write::write_all(&mut anstream::stdout(), version.as_bytes());
            true
        }
        Some(word) if word == complete::WORD => {
            complete::answer(line, words.map(|word| word.to_string_lossy().into_owned()).collect());
            true
        }
        _ => false,
    }
}

/// Runs the verb on the command line that was typed.
pub(crate) fn perform<V: Verb, A: Afterwards<V>>(matches: &ArgMatches) -> Exit {
    let line = match Line::<V>::read(matches) {
        Ok(line) => line,
        Err(error) => error.exit(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => from_connecting_to_reporting::<V, A>(&runtime, &line),
        Err(error) => {
            Terminal::default().error(&Error::failed("could not start").cause(error));
            Exit::Failed
        }
    }
}

/// All that can be typed after the verb's name.
pub fn command_line<V: Verb>() -> CommandLine {
    CommandLine { command: command::<V>(), parts: vec![Part::of::<V>(Vec::new())] }
}

/// The command line of a verb, as the user types it.
pub fn command<V: Verb>() -> clap::Command {
    let file = format!("kubectl-lab-{}", V::NAME.replace('-', "_").replace(' ', "-"));
    let mut command = Line::<V>::command().name(file).bin_name(format!("kubectl lab {}", V::NAME)).about(V::ABOUT);
    if !V::ALLOWS.is_empty() {
        let codes = codes(V::ALLOWS);
        let examples = command.get_after_long_help().map(|examples| format!("\n\n{examples}")).unwrap_or_default();
        command = command.after_long_help(format!("{codes}{examples}")).after_help(codes);
    }
    command
}

/// The codes as two columns.
fn codes(codes: &[(&str, &str)]) -> String {
    let width = codes.iter().map(|(code, _)| code.len()).max().unwrap_or_default();
    let lines: Vec<String> = codes.iter().map(|(code, what)| format!("  {code:width$}  {what}")).collect();
    format!("Codes for --allow:\n{}", lines.join("\n"))
}

fn from_connecting_to_reporting<V: Verb, A: Afterwards<V>>(runtime: &Runtime, line: &Line<V>) -> Exit {
    let terminal = Terminal::default();
    let mut progress = Progress::default();
    let session = match usable::<V>(&line.conduct) {
        Ok(()) => runtime.block_on(connect::connect(&line.connection)),
        Err(error) => Err(error),
    };
    let (session, outcome) = match session {
        Ok(session) => {
            let made = Made::of_a_new_run();
            let work = run::<V, A>(&session, &terminal, line, &mut progress, &made);
            let outcome = and_then_tidy(runtime, work, made.remove(&session, &terminal));
            (Some(session), outcome)
        }
        Err(error) => (None, Err(error)),
    };
    end::<V, A>(line, &terminal, session.as_ref(), progress, outcome)
}

/// A code that no refusal has would be a silent no-op.
fn usable<V: Verb>(conduct: &Conduct) -> Result<()> {
    let known = |code: &&String| V::ALLOWS.iter().any(|(allowed, _)| allowed == code);
    match conduct.allowance.allow.iter().find(|code| !known(code)) {
        None => Ok(()),
        Some(unknown) => {
            let codes: Vec<&str> = V::ALLOWS.iter().map(|(code, _)| *code).collect();
            Err(Error::usage(format!("there is no code {unknown:?} for --allow"))
                .hint(format!("known codes: {}", codes.join(", "))))
        }
    }
}

async fn run<V: Verb, A: Afterwards<V>>(
    session: &Session,
    terminal: &Terminal,
    line: &Line<V>,
    progress: &mut Progress<V>,
    made: &Made,
) -> Result<()> {
    let deadline = Cell::new(Deadline::after(line.conduct.outcome.timeout));
    let run = Run { session, terminal, conduct: &line.conduct, deadline, made };
    tokio::select! {
        biased;
        () = interrupted() => Err(Error::new(Exit::Interrupted, "interrupted")),
        outcome = run.go::<V, A>(&line.verb, progress) => outcome,
    }
}

fn end<V: Verb, A: Afterwards<V>>(
    line: &Line<V>,
    terminal: &Terminal,
    session: Option<&Session>,
    mut progress: Progress<V>,
    outcome: Result<()>,
) -> Exit {
    terminal.clear_wait();
    let error = outcome.err().map(|error| with_what_was_done(error, &progress.steps));
    let mut observed = progress.report.take();
    observed.iter_mut().for_each(A::end);
    let (facts, plan) = (progress.facts.as_ref(), progress.plan.as_ref());
    let partly = observed.is_some();
    let report = observed.or_else(|| facts.zip(plan).map(|(facts, plan)| V::report(&line.verb, facts, plan)));
    let ending = Ending {
        session,
        dry_run: line.conduct.plan.dry_run,
        plan,
        steps: &progress.steps,
        report: report.as_ref(),
        error: error.as_ref(),
    };
    // In JSON a failed command has a report too; a table of half the facts would only mislead beside the error. What was
    // observed until then is true.
    let wanted = error.is_none() || partly || matches!(line.conduct.outcome.output, Format::Json | Format::Yaml);
    let place = progress.given_out.map_or(Place::Alone, Place::After);
    let written = if wanted { ending.print(line.conduct.outcome.output, place) } else { Ok(()) };
    if let Some(error) = &error {
        terminal.error(error);
        return error.exit;
    }
    match written {
        Ok(()) => ending.exit(),
        Err(error) => {
            terminal.error(&Error::failed("could not write the report").cause(error));
            Exit::Failed
        }
    }
}

/// After a failure midway: what stands, what does not, and how to go on.
fn with_what_was_done(mut error: Error, steps: &[StepReport]) -> Error {
    let titles = |wanted: StepOutcome| -> Vec<&str> {
        let lasting = steps.iter().filter(|step| step.lasts == Lasts::UntilUndone);
        lasting.filter(|step| step.outcome == wanted).map(|step| step.title.as_str()).collect()
    };
    let done = titles(StepOutcome::Done);
    if !done.is_empty() {
        error = error.hint(format!("done before that, and left in place: {}", done.join("; ")));
    }
    let not_done = titles(StepOutcome::NotDone);
    if !not_done.is_empty() {
        error = error.hint(format!("not done: {}", not_done.join("; ")));
    }
    error
}
