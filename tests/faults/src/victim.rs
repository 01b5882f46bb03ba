//! A client process that can be killed while one of its requests is held.

use std::io::Read;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::desk::lock;
use crate::fault::Then;
use crate::seen::Seen;

const BETWEEN_LOOKS: Duration = Duration::from_millis(2);
/// Longer than any command of a test takes: one that hangs is a failure and not a wait.
const LIMIT: Duration = Duration::from_secs(300);

#[derive(Clone, Default)]
pub struct Victim {
    child: Arc<Mutex<Option<Child>>>,
}

impl Victim {
    /// Runs the command to its end, whichever that is.
    pub fn run(&self, command: &mut Command) -> Result<Output> {
        let (stdout, stderr) = {
            // Held until the process is known: its first request may come at once.
            let mut slot = lock(&self.child);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().with_context(|| format!("could not run {command:?}"))?;
            let pipes = (child.stdout.take(), child.stderr.take());
            *slot = Some(child);
            pipes
        };
        let (stdout, stderr) = (read_beside(stdout), read_beside(stderr));
        let until = Instant::now() + LIMIT;
        let status = loop {
            let mut slot = lock(&self.child);
            let child = slot.as_mut().context("two commands ran as one victim")?;
            if let Some(status) = child.try_wait().context("could not wait for the command")? {
                *slot = None;
                break status;
            }
            if Instant::now() > until {
                // It may have ended in this very moment.
                let _ = child.kill();
                let _ = child.wait();
                *slot = None;
                bail!("{command:?} was not done after {} s", LIMIT.as_secs());
            }
            drop(slot);
            thread::sleep(BETWEEN_LOOKS);
        };
        let join = |reader: thread::JoinHandle<Vec<u8>>| reader.join().unwrap_or_default();
        Ok(Output { status, stdout: join(stdout), stderr: join(stderr) })
    }

    /// Kills it with SIGKILL and returns when it is dead; false where nothing runs.
    pub fn kill(&self) -> bool {
        let mut slot = lock(&self.child);
        let Some(child) = slot.as_mut() else { return false };
        let is_alive = matches!(child.try_wait(), Ok(None));
        // By the process itself and not by its number; it is reaped while the lock is held.
        is_alive && child.kill().is_ok() && child.wait().is_ok()
    }

    /// For `FaultProxy::on`: kills it and drops the connection. Called before, the server never sees the request; called after, it has
    /// carried it out.
    pub fn killer(&self) -> impl Fn(&Seen) -> Then + Send + Sync + use<> {
        let victim = self.clone();
        move |seen| {
            assert!(victim.kill(), "there was no process to kill at request {seen}");
            Then::Drop
        }
    }
}

fn read_beside(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut text);
        }
        text
    })
}
