//! Following what a Job of this run writes, while it writes it: each line once, in order, to the last one.
//!
//! The stream of a log may be cut at any time, by the API server, by a kubelet or by a rotation. It is taken up where it was cut,
//! by the times of the lines; and what counts in the end is the log of the pod when it is over.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::try_join_all;
use futures::io::{AsyncBufRead, AsyncBufReadExt as _};
use jiff::Timestamp;

use super::{Line, Reader, logs};
use crate::error::Result;
use crate::request::{Call, query};
use crate::temporary::{CONTAINER, DONE, Temporary, TemporaryState};

/// A cut stream is opened again after this.
const AGAIN: Duration = Duration::from_millis(300);
/// A stream that was silent for so long may be dead; then the Job itself is looked at.
const SILENCE: Duration = Duration::from_secs(8);
/// A script of ours that writes more in one stream is read on in the next.
const LARGEST: &str = "10485760";

type Stream = std::pin::Pin<Box<dyn AsyncBufRead>>;

/// What there is to tell of a Job that is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// A line that its script wrote.
    Line(Line),
    /// Nothing more will come; and why it is not all, where it is not.
    Over(Option<String>),
}

impl Reader<'_> {
    /// Follows these Jobs of this run side by side until all are over. What is told comes with the place of the Job in `jobs`.
    pub async fn follow(&self, jobs: &[&Temporary], tell: &mut dyn FnMut(usize, Followed)) -> Result<()> {
        let tell = std::cell::RefCell::new(tell);
        let all = jobs.iter().enumerate().map(|(place, job)| {
            let tell = &tell;
            self.follow_one(job, move |told| (tell.borrow_mut())(place, told))
        });
        try_join_all(all).await.map(|_| ())
    }

    /// The node that the pod of this Job runs on, once it does.
    pub fn node_of(&self, job: &Temporary) -> Option<String> {
        self.made.whereabouts(job).and_then(|pod| pod.node)
    }

    async fn follow_one(&self, job: &Temporary, mut tell: impl FnMut(Followed)) -> Result<()> {
        let mut told = Told::default();
        let mut present = job.clone();
        loop {
            let (lines, why) = match present.state {
                TemporaryState::Succeeded(lines) => (lines, None),
                TemporaryState::Failed(why, lines) => (lines, Some(why)),
                TemporaryState::Pending(_) | TemporaryState::Running => {
                    if self.stream(job, &mut told, &mut tell).await? {
                        tell(Followed::Over(None));
                        return Ok(());
                    }
                    present = self.present(job).await?;
                    continue;
                }
            };
            told.new_ones(lines).into_iter().for_each(|line| tell(Followed::Line(line)));
            tell(Followed::Over(why));
            return Ok(());
        }
    }

    async fn present(&self, job: &Temporary) -> Result<Temporary> {
        let all = self.temporary().await?;
        let same = |one: &Temporary| one.namespace == job.namespace && one.name == job.name;
        Ok(all.into_iter().find(same).unwrap_or_else(|| job.clone()))
    }

    /// True where the script's last line has come. Otherwise the stream was cut, or the Job is over without that line.
    async fn stream(&self, job: &Temporary, told: &mut Told, tell: &mut impl FnMut(Followed)) -> Result<bool> {
        let since = told.last.map(|at| at.to_string());
        let opened = match self.made.whereabouts(job) {
            Some(pod) => self.open(&job.namespace, &pod.name, since.as_deref()).await,
            None => None,
        };
        let Some(mut stream) = opened else {
            tokio::time::sleep(AGAIN).await;
            return Ok(false);
        };
        let mut again = told.again();
        loop {
            let text = match tokio::time::timeout(SILENCE, next(&mut stream)).await {
                Ok(Some(text)) => text,
                Ok(None) => {
                    tokio::time::sleep(AGAIN).await;
                    return Ok(false);
                }
                Err(_) if self.present(job).await?.is_over() => return Ok(false),
                Err(_) => continue,
            };
            let line = logs::line(&text);
            if !again.is_new(&line) {
                continue;
            }
            if line.text == DONE {
                return Ok(true);
            }
            told.note(&line);
            tell(Followed::Line(line));
        }
    }

    /// The answer comes with the first line; where that takes long, the Job is looked at instead.
    async fn open(&self, namespace: &str, pod: &str, since: Option<&str>) -> Option<Stream> {
        let mut options =
            vec![("container", CONTAINER), ("follow", "true"), ("timestamps", "true"), ("limitBytes", LARGEST)];
        options.extend(since.map(|since| ("sinceTime", since)));
        let uri = format!("/api/v1/namespaces/{namespace}/pods/{pod}/log{}", query(&options));
        let request = Call { accept: "*/*", ..Call::get(uri) }.request().ok()?;
        let opened = tokio::time::timeout(SILENCE, self.session.client.request_stream(request)).await;
        Some(Box::pin(opened.ok()?.ok()?))
    }
}

/// The next whole line; a part of one comes again in the next stream.
async fn next(stream: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    stream.read_until(b'\n', &mut bytes).await.ok()?;
    let line = bytes.strip_suffix(b"\n")?;
    Some(String::from_utf8_lossy(line).into_owned())
}

/// How far a log was told: up to so many lines of its last moment.
#[derive(Clone, Debug, Default)]
struct Told {
    last: Option<Timestamp>,
    of_last: usize,
    /// Lines whose time cannot be read are told once each.
    timeless: HashMap<String, usize>,
}

impl Told {
    fn note(&mut self, line: &Line) {
        match line.at {
            Some(at) if self.last == Some(at) => self.of_last += 1,
            Some(at) => (self.last, self.of_last) = (Some(at), 1),
            None => *self.timeless.entry(line.text.clone()).or_default() += 1,
        }
    }

    /// For a log that is read once more.
    fn again(&self) -> Again {
        Again { told: self.clone() }
    }

    /// The lines of the whole log that have not been told.
    fn new_ones(&self, lines: Vec<Line>) -> Vec<Line> {
        let mut again = self.again();
        lines.into_iter().filter(|line| again.is_new(line)).collect()
    }
}

struct Again {
    told: Told,
}

impl Again {
    fn is_new(&mut self, line: &Line) -> bool {
        let Some(at) = line.at else {
            let known = self.told.timeless.get_mut(&line.text).filter(|left| **left > 0);
            return known.map(|left| *left -= 1).is_none();
        };
        match self.told.last {
            Some(last) if at < last => false,
            Some(last) if at == last && self.told.of_last > 0 => {
                self.told.of_last -= 1;
                false
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<Line> {
        texts.iter().map(|text| logs::line(text)).collect()
    }

    const LOG: [&str; 5] = [
        "2026-11-23T05:00:00.1Z one",
        "2026-11-23T05:00:00.2Z two",
        "2026-11-23T05:00:00.2Z two",
        "2026-11-23T05:00:00.2Z three",
        "2026-11-23T05:00:00.3Z four",
    ];

    /// Wherever the stream is cut, and from wherever it is sent again, each line is told once.
    #[test]
    fn a_cut_stream_is_taken_up_where_it_was_cut() {
        for cut in 0..=LOG.len() {
            for from in 0..=cut.min(1) {
                let mut told = Told::default();
                let mut all = Vec::new();
                for line in lines(&LOG[..cut]) {
                    told.note(&line);
                    all.push(line);
                }
                all.extend(told.new_ones(lines(&LOG[from..])));
                assert_eq!(all, lines(&LOG), "cut after {cut}, again from {from}");
            }
        }
    }

    #[test]
    fn part_of_a_line_is_none() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut stream = futures::io::Cursor::new(b"whole\npar".to_vec());
        assert_eq!(runtime.block_on(next(&mut stream)).as_deref(), Some("whole"));
        assert_eq!(runtime.block_on(next(&mut stream)), None);
    }
}
