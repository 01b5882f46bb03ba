//! Asking again and again: kubelets first, pods themselves where these know nothing, and logs where requests are counted.

mod asked;
mod kubelets;
mod logs;
mod pods;
mod settled;

use std::time::{Duration, Instant};

use lab::{Error, Reader, Result, right_to_ask_kubelets, rights_to_cat};
use lab_plan::Exit;

use crate::args::Args;
use crate::event::Event;
use crate::facts::Facts;
use crate::gather;
use crate::pod::Pod;
use asked::Asked;
use logs::Logs;
use settled::Settled;

pub type Tell<'t> = &'t mut dyn FnMut(Event);

/// Kubelets look at their containers every 10 to 15 s: after two looks there is a rate, unless something is wrong.
const LONG_ENOUGH: Duration = Duration::from_secs(40);

pub async fn observe(reader: &Reader<'_>, args: &Args, facts: &Facts, tell: Tell<'_>) -> Result<()> {
    let mut watch = Watch {
        args,
        facts,
        started: Instant::now(),
        rounds: 0,
        asked: Asked::new(args.packets, facts.kubelets),
        settled: Settled::default(),
        logs: Logs::default(),
    };
    loop {
        watch.round(reader, tell).await?;
        match watch.rest() {
            Some(rest) => reader.pause(rest).await,
            None => break,
        }
    }
    tell(Event::Over);
    Ok(())
}

struct Watch<'w> {
    args: &'w Args,
    facts: &'w Facts,
    started: Instant,
    rounds: u32,
    asked: Asked,
    settled: Settled,
    logs: Logs,
}

impl Watch<'_> {
    async fn round(&mut self, reader: &Reader<'_>, tell: Tell<'_>) -> Result<()> {
        self.settled.begin();
        let pods = self.pods(reader).await?;
        if let Some(pods) = &pods {
            tell(Event::Pods(pods.clone()));
        }
        let mut known = 0;
        let settled = &mut self.settled;
        let mut through = |event: Event| {
            known += settled.note(&event);
            tell(event);
        };
        kubelets::ask(reader, self.facts, &mut self.asked, pods.as_deref(), &mut through).await?;
        let without_rights = pods::ask(reader, self.facts, &self.asked, pods.as_deref(), &mut through).await?;
        if known == 0 && !without_rights.is_empty() {
            return Err(nothing_may_be_seen(&without_rights));
        }
        if self.args.requests {
            self.logs.count(reader, pods.as_deref(), tell).await?;
        }
        self.rounds += 1;
        tell(Event::Round(reader.now()));
        Ok(())
    }

    /// The first round goes by what was gathered.
    async fn pods(&self, reader: &Reader<'_>) -> Result<Option<Vec<Pod>>> {
        match &self.facts.pods {
            None => Ok(None),
            Some(pods) if self.rounds == 0 => Ok(Some(pods.clone())),
            Some(_) => gather::pods(reader, &self.facts.scope).await.map(Some),
        }
    }

    /// How long until the next round; `None` where this was the last one.
    fn rest(&self) -> Option<Duration> {
        let (elapsed, interval) = (self.started.elapsed(), self.args.interval);
        if self.args.is_endless() {
            return Some(interval);
        }
        match self.args.measure {
            Some(time) => Some(time.checked_sub(elapsed).filter(|left| !left.is_zero())?.min(interval)),
            None if self.settled.is_all() || elapsed >= LONG_ENOUGH => None,
            None => Some(interval),
        }
    }
}

/// Neither the kubelets nor the pods may be asked.
fn nothing_may_be_seen(namespaces: &[String]) -> Error {
    let mut error =
        Error::new(Exit::Forbidden, "could not measure any pod: you may ask neither the kubelets nor the pods");
    error.missing = namespaces.iter().flat_map(|namespace| rights_to_cat(namespace)).collect();
    error.hint(format!(
        "instead of the Role below, the right {} would do: it amounts to running commands in every container of every node",
        right_to_ask_kubelets()
    ))
}
