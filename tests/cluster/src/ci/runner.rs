//! Runs one command, with its output as it is, and ends it with everything it started when this process is told to stop.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// How long a command may take to end by itself once it was told to.
const GRACE: Duration = Duration::from_secs(15);

/// Whether Ctrl-C, or a request to end, has come. Then nothing new is begun, but what is up is taken down.
#[derive(Clone)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    pub fn heed() -> Result<Interrupt> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&flag)).context("could not heed signals")?;
        }
        Ok(Interrupt(flag))
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Runs the command to its end; it is an error if that is not success.
pub(super) fn run(mut command: Command, interrupt: &Interrupt) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    // A group of its own: whoever ends it then reaches what it started as well.
    let mut child =
        command.process_group(0).stdin(Stdio::null()).spawn().with_context(|| format!("could not run {name}"))?;
    let status = wait(&mut child, interrupt).with_context(|| format!("could not wait for {name}"))?;
    if interrupt.is_set() {
        bail!("interrupted");
    }
    if !status.success() {
        bail!("{} ended with {status}", words(&command));
    }
    Ok(())
}

fn words(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or(program.as_os_str()).to_string_lossy()];
    words.extend(command.get_args().map(|word| word.to_string_lossy()));
    words.join(" ")
}

fn wait(child: &mut Child, interrupt: &Interrupt) -> Result<ExitStatus> {
    let mut told: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            if told.is_some() {
                // What it started in the background may not have heard: shells shield such processes from Ctrl-C.
                signal(child, Signal::KILL);
            }
            return Ok(status);
        }
        match told {
            None if interrupt.is_set() => {
                signal(child, Signal::INT);
                told = Some(Instant::now());
            }
            Some(when) if when.elapsed() > GRACE => signal(child, Signal::KILL),
            _ => {}
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}

fn signal(child: &Child, signal: Signal) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended meanwhile; the next look tells.
        let _ = kill_process_group(group, signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interrupt(set: bool) -> Interrupt {
        Interrupt(Arc::new(AtomicBool::new(set)))
    }

    fn shell(text: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", text]);
        command
    }

    #[test]
    fn success_and_failure_are_told_apart() {
        assert!(run(shell("true"), &interrupt(false)).is_ok());
        let error = run(shell("exit 3"), &interrupt(false)).unwrap_err().to_string();
        assert_eq!(error, "sh -c exit 3 ended with exit status: 3");
    }

    #[test]
    fn an_interrupt_ends_what_the_command_started_too() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("grandchild");
        let text = format!("sh -c 'echo $$ > {0}; exec sleep 60' & wait", mark.display());
        let flag = interrupt(false);
        let start = Instant::now();
        thread::scope(|scope| {
            let running = scope.spawn(|| run(shell(&text), &flag));
            while std::fs::read_to_string(&mark).unwrap_or_default().is_empty() {
                thread::sleep(Duration::from_millis(10));
            }
            flag.0.store(true, Ordering::SeqCst);
            assert_eq!(running.join().unwrap().unwrap_err().to_string(), "interrupted");
        });
        assert!(start.elapsed() < GRACE + Duration::from_secs(20));
        let grandchild = std::fs::read_to_string(&mark).unwrap();
        let ended = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", grandchild.trim())).unwrap_or_default();
            state.is_empty() || state.contains(") Z ")
        };
        assert!((0..100).any(|_| ended() || {
            thread::sleep(Duration::from_millis(20));
            false
        }));
    }
}
