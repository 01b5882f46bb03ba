//! What the shell offers when TAB is pressed. Every program answers the hidden word `__complete`, with the words that stand
//! behind its own name; the last one is being typed. The answer is a candidate a line, `value<TAB>what it is`, and `:N` at the end,
//! in the way of the library that kubectl is made with.
//!
//! Whoever presses TAB waits, and has not asked for anything yet. So there is an answer in time or none, nothing but the answer
//! is printed, and nothing is changed.

mod candidates;
mod live;
mod objects;
#[cfg(test)]
mod tests;
mod typed;

use std::io::Write as _;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use crate::command_line::CommandLine;
use crate::flags::Connection;
use candidates::{Answer, Candidate};
use typed::Typed;

pub use objects::{Objects, Scope};

/// What of the cluster, or of the kubeconfig, an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    Contexts,
    Clusters,
    Users,
    /// Names of objects, of each of these kinds.
    Objects(&'static [Objects]),
    /// IDs of runs that have a journal.
    Runs,
}

/// Finds the values of a kind that begin with a word.
pub(crate) type LookUp = fn(Live, &str, &Connection) -> Vec<Candidate>;

/// With it comes all that talks to a cluster. So the parts of a command line name it, and a program without parts stays small.
pub(crate) const BY_CONNECTING: LookUp = live::look;

/// The word by which a program is asked.
pub const WORD: &str = "__complete";

/// From the start of the program to its answer. With what kubectl and the shell need, that is felt as at once.
const BUDGET: Duration = Duration::from_millis(250);
/// Who has a slow cluster may rather wait; kubectl-lab says by this how much it has left over.
const BUDGET_IN_MILLISECONDS: &str = "KUBECTL_LAB_COMPLETION_MS";

/// Prints the answer for these words. The work is done beside: whatever it meets (a disk that hangs, a cluster that is silent,
/// a credential plugin that asks), the answer is not later for it.
pub(crate) fn answer(line: impl FnOnce() -> CommandLine + Send + 'static, words: Vec<String>) {
    let until = Instant::now() + budget();
    // A panic would write over the line that is being typed.
    std::panic::set_hook(Box::new(|_| {}));
    let (tell, told) = channel();
    std::thread::spawn(move || look(line(), &words, &tell));
    let mut answer = Answer::default();
    // Ends when all is told, at the latest when the time is over; then what is known without the cluster has to do.
    while let Ok(better) = told.recv_timeout(until.saturating_duration_since(Instant::now())) {
        answer = better;
    }
    // Nobody is left to be told when stdout is closed.
    let _ = std::io::stdout().lock().write_all(answer.print().as_bytes());
}

fn budget() -> Duration {
    let said = std::env::var(BUDGET_IN_MILLISECONDS).ok().and_then(|text| text.trim().parse().ok());
    said.map_or(BUDGET, Duration::from_millis)
}

fn look(mut line: CommandLine, words: &[String], tell: &Sender<Answer>) {
    line.command.build();
    let typed = Typed::read(&line.command, words);
    let part = line.part(&typed.words);
    let mut answer = candidates::known(&typed, part);
    let live = part.and_then(|part| Some((part, candidates::live(&typed, part)?)));
    answer.candidates.extend(live.iter().flat_map(|(_, (live, word))| live::before_names(*live, word)));
    let _ = tell.send(answer.clone());
    if let Some((part, (live, word))) = live {
        answer.candidates.extend((part.look_up)(live, word, &typed.connection()));
        answer.in_this_order = live == Live::Runs;
        let _ = tell.send(answer);
    }
}
