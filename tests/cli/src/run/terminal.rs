//! A program in a terminal of its own, for prompts, colours and Ctrl-C.

use std::fs::File;
use std::io::{self, Write};
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Output, Run, screen, wait};
use crate::pty::{self, Pty};

#[must_use]
pub struct Terminal {
    run: Run,
    child: Child,
    master: File,
    output: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
    started: Instant,
}

impl Terminal {
    pub(super) fn start(run: Run) -> io::Result<Terminal> {
        let pty = Pty::open(40, run.columns)?;
        let child = pty.start(&run.command(&run.program))?;
        let master = pty.person;
        let output = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&output);
        let reader = pty::listen(master.try_clone()?, move |bytes| {
            heard.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        });
        Ok(Terminal { run, child, master, output, reader, started: Instant::now() })
    }

    /// Waits until the terminal shows this text.
    ///
    /// # Panics
    /// If it does not within the run's limit.
    pub fn expect(&mut self, text: &str) {
        // Lines are shown without the blanks at their ends.
        let text = text.trim_end();
        let until = self.started + self.run.limit;
        while !self.shown().contains(text) {
            let ended = self.child.try_wait().is_ok_and(|status| status.is_some());
            if ended || Instant::now() > until {
                // What was written last may not have been read yet.
                thread::sleep(Duration::from_millis(50));
                assert!(self.shown().contains(text), "the terminal never showed '{text}', but:\n{}", self.shown());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Types text; a line ends with `\r`, as the Enter key does.
    ///
    /// # Panics
    /// If the terminal is gone.
    pub fn types(&mut self, text: &str) {
        let typed = self.master.write_all(text.as_bytes());
        typed.unwrap_or_else(|error| panic!("could not type into the terminal: {error}"));
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&mut self) {
        self.types("\u{3}");
    }

    /// Waits for the end; stdout holds what the terminal shows of both streams.
    ///
    /// # Panics
    /// If the program is not done in time.
    #[must_use = "compare the output with a snapshot, or call `succeeds`"]
    pub fn wait(mut self) -> Output {
        let status = wait(&mut self.child, self.started + self.run.limit);
        let took = self.started.elapsed();
        let Some(status) = status else {
            panic!("{} was not done after {took:?}; the terminal shows:\n{}", self.run.line(), self.shown());
        };
        // Its panics have been printed; what it read is kept.
        let _ = self.reader.join();
        let bytes = std::mem::take(&mut *self.output.lock().unwrap_or_else(PoisonError::into_inner));
        let shown = screen::shown(&String::from_utf8_lossy(&bytes));
        Output::new(&self.run.line(), &self.run.home, shown, String::new(), status, took)
    }

    /// What the terminal shows now.
    #[must_use]
    pub fn shown(&self) -> String {
        screen::shown(&String::from_utf8_lossy(&self.output.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}
