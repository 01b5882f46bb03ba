//! Asking programs a question, all at the same time and none for longer than a bound.

use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::failure::cause;

/// Far more than anyone waits for gladly, far less than would look like a hang.
pub const BOUND: Duration = Duration::from_millis(500);

/// The longest answer that is read.
const LONGEST: u64 = 64 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What it printed on stdout, up to the end or to the first 64 KiB; may be empty.
    Said(String),
    TooLate,
    NotStarted(String),
}

enum News {
    Started(Child),
    Answered(usize, Answer),
}

/// The answers in the order of the programs.
pub fn all(programs: &[&Path], words: &'static [&'static str], bound: Duration) -> Vec<Answer> {
    let deadline = Instant::now() + bound;
    let (tell, news) = mpsc::channel();
    for (place, program) in programs.iter().enumerate() {
        let (program, tell) = (PathBuf::from(program), tell.clone());
        // A machine that cannot give another thread gets no answer, and the list is shown without it.
        let _ = thread::Builder::new().spawn(move || ask(place, &program, words, &tell));
    }
    drop(tell);

    let mut answers = vec![Answer::TooLate; programs.len()];
    let mut children = Vec::new();
    // Ends at the deadline, or when every thread has told all and hung up.
    while let Ok(item) = news.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        match item {
            News::Started(child) => children.push(child),
            News::Answered(place, answer) => answers[place] = answer,
        }
    }
    children.into_iter().for_each(end);
    answers
}

fn ask(place: usize, program: &Path, words: &[&str], tell: &Sender<News>) {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // An answer is data: no colours in it, even where the user wants them everywhere.
    command.env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let _ = tell.send(News::Answered(place, Answer::NotStarted(cause(&error))));
            return;
        }
    };
    let stdout = child.stdout.take();
    let _ = tell.send(News::Started(child));
    let mut said = Vec::new();
    if let Some(stdout) = stdout {
        // Half an answer is an answer.
        let _ = stdout.take(LONGEST).read_to_end(&mut said);
    }
    let _ = tell.send(News::Answered(place, Answer::Said(String::from_utf8_lossy(&said).into_owned())));
}

/// Who has answered is leaving anyway; who has not, must.
fn end(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}
