//! A command's time and memory. It is run by a small process of its own, because a child begins with its parent's size.

use std::env;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};

use crate::ground::Ground;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Traffic,
    GetPods,
    /// One after the other, as a loop in a shell does it.
    GetRaw,
}

#[derive(Clone, Copy, Debug)]
pub struct Measured {
    pub way: Way,
    pub took: Duration,
    /// Of the largest process, in KiB.
    pub memory: u64,
    /// What was printed, in bytes.
    pub printed: u64,
}

impl Way {
    pub const ALL: [Way; 3] = [Way::Traffic, Way::GetPods, Way::GetRaw];

    pub fn title(self) -> &'static str {
        match self {
            Way::Traffic => "kubectl lab traffic -A --for 0",
            Way::GetPods => "kubectl get pods -A",
            Way::GetRaw => "kubectl get --raw, each node",
        }
    }

    fn commands(self, ground: &Ground) -> Vec<Command> {
        let with = |mut command: Command, words: &[&str]| {
            command.args(words);
            command
        };
        match self {
            Way::Traffic => vec![with(ground.traffic(), &["-A", "--for", "0"])],
            Way::GetPods => vec![with(ground.kubectl(), &["get", "pods", "-A"])],
            Way::GetRaw => {
                let raw = |node: &String| format!("/api/v1/nodes/{node}/proxy/stats/summary");
                ground.nodes.iter().map(|node| with(ground.kubectl(), &["get", "--raw", &raw(node)])).collect()
            }
        }
    }
}

pub fn once(way: Way, ground: &Ground) -> Result<Measured> {
    let mut whole = Measured { way, took: Duration::ZERO, memory: 0, printed: 0 };
    for command in way.commands(ground) {
        let one = measured(&command).with_context(|| format!("could not measure {}", way.title()))?;
        whole.took += one.0;
        whole.memory = whole.memory.max(one.1);
        whole.printed += one.2;
    }
    // What was quick because it did nothing is no result.
    if way != Way::GetRaw && whole.printed < u64::from(ground.pods) * 20 {
        bail!("{} has printed {} bytes only", way.title(), whole.printed);
    }
    Ok(whole)
}

const WORD: &str = "__measure";

/// The words of a command that this process is to run for another one of its kind.
pub fn of_another_process() -> Option<Vec<String>> {
    let mut words = env::args().skip(1);
    (words.next()? == WORD).then(|| words.collect())
}

/// Runs the command, and says by one line on stderr how long it took, how large it was, and how much it has printed.
pub fn tell(words: &[String]) -> ExitCode {
    match run(words) {
        Ok(line) => {
            lab_cluster::say::data(line);
            ExitCode::SUCCESS
        }
        Err(error) => {
            lab_cluster::say::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<String> {
    let (program, arguments) = words.split_first().context("there is no command")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn().with_context(|| format!("could not run {program}"))?;
    let printed = child.stdout.take().map_or(Ok(0), |mut out| std::io::copy(&mut out, &mut std::io::sink()))?;
    let status = child.wait()?;
    let took = start.elapsed();
    if !status.success() {
        bail!("{program} {} ended with {status}", arguments.join(" "));
    }
    let memory = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    Ok(format!("{} {memory} {printed}", took.as_micros()))
}

fn measured(command: &Command) -> Result<(Duration, u64, u64)> {
    let mut own = Command::new(env::current_exe()?);
    own.arg(WORD).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => own.env(name, value),
            None => own.env_remove(name),
        };
    }
    let output = own.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    let line = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers: Vec<u64> = line.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [took, memory, printed] if output.status.success() => Ok((Duration::from_micros(took), memory, printed)),
        _ => bail!("it failed"),
    }
}
