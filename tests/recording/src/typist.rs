//! Types a session in a terminal, as fast as a person does, and keeps what the terminal was sent.

use std::fs::File;
use std::io::Write as _;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use lab_cli::pty::{self, Pty};
use lab_recording::recording::{self, Recording};
use lab_recording::session::{Act, COLUMNS, LONGEST_PAUSE, PROMPT, ROWS, TITLE};

/// The slowest command pulls images.
const LIMIT: Duration = Duration::from_secs(300);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

type Heard = Vec<(Duration, Vec<u8>)>;

pub struct Typist {
    shell: Child,
    keyboard: File,
    heard: Arc<Mutex<Heard>>,
    listener: JoinHandle<()>,
}

impl Typist {
    pub fn start(shell: &Command) -> Result<Typist> {
        let pty = Pty::open(ROWS.get(), COLUMNS.get()).context("could not open a terminal")?;
        let shell = pty.start(shell).context("could not start a shell")?;
        let heard = Arc::new(Mutex::new(Heard::new()));
        let (start, into) = (Instant::now(), Arc::clone(&heard));
        let listener = pty::listen(pty.person.try_clone().context("could not listen to the terminal")?, move |bytes| {
            into.lock().unwrap_or_else(PoisonError::into_inner).push((start.elapsed(), bytes.to_vec()));
        });
        let typist = Typist { shell, keyboard: pty.person, heard, listener };
        typist.wait_for("a prompt", |sent| sent.ends_with(PROMPT))?;
        Ok(typist)
    }

    pub fn play(&mut self, act: &Act) -> Result<()> {
        let before = self.sent().len();
        // Whoever watches reads what came before.
        sleep(LONGEST_PAUSE);
        self.types(act.line)?;
        sleep(Duration::from_millis(300));
        self.types("\r")?;
        if let Some((question, key)) = act.answer {
            self.wait_for(question, |sent| sent[before..].contains(question))?;
            sleep(LONGEST_PAUSE);
            self.types(&format!("{key}\r"))?;
        }
        // What was typed stands before it.
        self.wait_for("the next prompt", |sent| sent[before..].ends_with(PROMPT))?;
        let sent = self.sent();
        ensure!(
            sent[before..].contains(act.shows),
            "`{}` did not show {:?}:\n{}",
            act.line,
            act.shows,
            &sent[before..]
        );
        Ok(())
    }

    /// Hangs up, with all that was heard.
    pub fn leave(mut self) -> Result<Recording> {
        self.shell.kill().and_then(|()| self.shell.wait()).context("could not end the shell")?;
        drop(self.keyboard);
        // Its panics have been printed; what it heard is kept.
        let _ = self.listener.join();
        let heard = std::mem::take(&mut *open(&self.heard));
        Ok(Recording {
            columns: COLUMNS,
            rows: ROWS,
            title: TITLE.to_owned(),
            longest_pause: LONGEST_PAUSE,
            events: recording::events(heard),
        })
    }

    /// Key by key; some are found sooner than others.
    fn types(&mut self, text: &str) -> Result<()> {
        for (number, key) in (0..).zip(text.chars()) {
            sleep(Duration::from_millis(35 + number * 29 % 50));
            self.keyboard.write_all(key.to_string().as_bytes()).context("could not type into the terminal")?;
        }
        Ok(())
    }

    fn wait_for(&self, what: &str, is_there: impl Fn(&str) -> bool) -> Result<()> {
        let start = Instant::now();
        while !is_there(&self.sent()) {
            if start.elapsed() > LIMIT {
                bail!("could not wait longer for {what}; the terminal was sent:\n{}", self.sent());
            }
            sleep(BETWEEN_LOOKS);
        }
        Ok(())
    }

    fn sent(&self) -> String {
        let bytes: Vec<u8> = open(&self.heard).iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// What was heard is whole, even if a thread panicked while it held it.
fn open(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
