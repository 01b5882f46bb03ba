//! One case from beginning to end: interrupted, gone on with, and compared.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use lab_cli::run::Output;
use lab_e2e::{Everything, Manifest};
use lab_faults::{Fault, Rule, Seen, Victim, When};
use serde_json::{Value, json};

use crate::case::{At, Blow, Case, Then};
use crate::put_back::{everything, temporary};
use crate::report::Verdict;
use crate::scenario::{Scenario, Task};
use crate::stand_ins::FLAG;
use crate::worker::Worker;
use crate::{addresses, installed};

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/kube-system/deployments/metrics-server";
const PROXY_CONFIG: &str = "/api/v1/namespaces/kube-system/configmaps/kube-proxy";
const DAEMON_SET: &str = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy";
const TAKE_BACK: &str = "undo --last";
/// Said by a run that has not written.
const NOTHING: &str = "nothing to change";
/// Said by an undo of what cannot be undone.
const STAYS: &str = "stays: ";
/// What controllers make and remove follows a moment later.
const TO_BE_EQUAL: Duration = Duration::from_secs(15);
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// What a case has shown to be wrong; every other error is trouble with the matrix itself.
#[derive(Debug)]
struct Wrong(String);

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

fn demand(is_so: bool, else_wrong: impl FnOnce() -> String) -> Result<()> {
    if is_so { Ok(()) } else { Err(Wrong(else_wrong()).into()) }
}

/// A run without faults: the requests that it makes. It has to reach its goal, or its cases would prove nothing.
pub fn undisturbed(worker: &mut Worker, scenario: Scenario) -> Result<Vec<Seen>> {
    let mut trial = Trial::begin(worker, scenario)?;
    let words = trial.words();
    let outcome = trial.succeeds(&words, "");
    let record = trial.worker.proxy.requests();
    outcome
        .and_then(
            |()| if scenario.undo { trial.is_taken_back_as_far_as_can_be() } else { trial.has_reached_its_goal() },
        )
        .with_context(|| format!("{scenario} does not work without faults:\n{}", trial.told()))?;
    Ok(record)
}

pub fn attempt(worker: &mut Worker, case: &Case) -> Result<Verdict> {
    let mut trial = Trial::begin(worker, case.scenario)?;
    let interrupted = trial.interrupted(case)?;
    let Some(hit) = trial.worker.proxy.faulted().into_iter().next() else {
        // Fewer requests than undisturbed are well as long as they come to the same end.
        let well = interrupted.code == Some(0);
        return Ok(if well {
            Verdict::NotReached
        } else {
            Verdict::Failed(format!("not hit, and yet:\n{interrupted}"))
        });
    };
    if case.blow != Blow::LoseReply && interrupted.code.is_some() {
        // It ended by itself with that request, a watch, on its way.
        return Ok(Verdict::NotReached);
    }
    let outcome = demand(is_orderly(&interrupted), || "it fell apart".to_owned());
    trial.story.push(interrupted);
    match outcome.and_then(|()| trial.goes_on(case)) {
        Ok(()) => Ok(Verdict::Passed),
        Err(error) if error.is::<Wrong>() => Ok(Verdict::Failed(format!("{error}\nhit: {hit}\n{}", trial.told()))),
        Err(error) => Err(error.context(case.to_string())),
    }
}

/// Killed, or ended with a code of its own; a lost reply is no reason to panic.
fn is_orderly(output: &Output) -> bool {
    const PANICKED: i32 = 101;
    output.code != Some(PANICKED)
}

struct Trial<'w> {
    worker: &'w Worker,
    scenario: Scenario,
    /// The requests of the interrupted run.
    record: Vec<Seen>,
    /// What every run said.
    story: Vec<Output>,
}

impl<'w> Trial<'w> {
    /// The cluster as the scenario begins with it, and no request recorded.
    fn begin(worker: &'w mut Worker, scenario: Scenario) -> Result<Trial<'w>> {
        worker.proxy.reset();
        match scenario.undo {
            true => worker.end(scenario.task)?,
            false => worker.begin(scenario.task)?,
        }
        worker.proxy.reset();
        Ok(Trial { worker, scenario, record: Vec::new(), story: Vec::new() })
    }

    /// What is interrupted.
    fn words(&self) -> Vec<String> {
        if self.scenario.undo { words(TAKE_BACK) } else { self.scenario.task.words(self.worker.files()) }
    }

    fn told(&self) -> String {
        self.story.iter().map(ToString::to_string).collect()
    }

    fn interrupted(&mut self, case: &Case) -> Result<Output> {
        let (proxy, victim) = (&self.worker.proxy, Victim::default());
        let condemned = victim.clone();
        let kill = move |_: &Seen| {
            condemned.kill();
            lab_faults::Then::Drop
        };
        match case.blow {
            Blow::KillBefore => proxy.on(case.at.rule(), When::Before, kill),
            Blow::KillAfter => proxy.on(case.at.rule(), When::After, kill),
            Blow::LoseReply => proxy.rule(case.at.rule(), Fault::DropReply),
        }
        let output = self.worker.lab(&self.words()).by(|command| victim.run(command))?;
        proxy.settle();
        self.record = proxy.requests();
        Ok(output)
    }

    fn goes_on(&mut self, case: &Case) -> Result<()> {
        self.worker.proxy.reset();
        let left = temporary(&self.worker.direct)?;
        match case.then {
            Then::Rerun => self.is_completed(case)?,
            Then::Undo => self.is_taken_back()?,
        }
        let more: Vec<String> = temporary(&self.worker.direct)?.difference(&left).cloned().collect();
        demand(more.is_empty(), || format!("a run that was not interrupted has left {}", more.join(", ")))
    }

    /// The same command reaches the goal, and once more has nothing to do.
    fn is_completed(&mut self, case: &Case) -> Result<()> {
        let same = self.words();
        self.succeeds(&same, "")?;
        self.succeeds(&same, NOTHING)?;
        if self.scenario.undo {
            return self.is_taken_back_as_far_as_can_be();
        }
        self.has_reached_its_goal()?;
        // Between two writes there is nothing else to take back than after the first of them.
        if matches!(case.at, At::Read(_)) {
            return Ok(());
        }
        // A run that died is gone on with in its own journal; one that failed in order has closed it, and the second has its own.
        let all = if case.blow == Blow::LoseReply { "undo --all" } else { TAKE_BACK };
        self.succeeds(&words(all), if self.scenario.task.can_be_undone() { "" } else { STAYS })?;
        self.is_taken_back_as_far_as_can_be()
    }

    /// What cannot be undone stays whole.
    fn is_taken_back_as_far_as_can_be(&self) -> Result<()> {
        if self.scenario.task.can_be_undone() { self.is_as_before() } else { self.has_reached_its_goal() }
    }

    /// Where nothing was written, undo says that there is nothing to do.
    fn is_taken_back(&mut self) -> Result<()> {
        let wrote = self.record.iter().any(was_written);
        self.succeeds(&words(TAKE_BACK), if wrote { "" } else { NOTHING })?;
        self.is_as_before()
    }

    fn succeeds(&mut self, words: &[String], says: &str) -> Result<()> {
        let output = self.worker.lab(words).run();
        let well = output.code == Some(0) && output.stderr.contains(says);
        self.story.push(output);
        demand(well, || format!("{} does not succeed, or does not say {says:?}", words.join(" ")))
    }

    /// Seen with our own eyes.
    fn has_reached_its_goal(&self) -> Result<()> {
        match self.scenario.task {
            Task::Fix | Task::Install => {
                let live = self.worker.direct.get(DEPLOYMENT)?.unwrap_or_default();
                let mut upstream = Manifest::upstream().arg(FLAG);
                let args = "/spec/template/spec/containers/0/args";
                let (found, wanted) = (live.pointer(args), upstream.object("Deployment").pointer(args));
                demand(found == wanted, || format!("the arguments are {}", found.unwrap_or(&Value::Null)))
            }
            Task::StrictArpInIptables | Task::StrictArpInIpvs => {
                let (before, now) = (config_in(self.worker.before()?), self.worker.proxy_config()?);
                let wanted = before.replace("strictARP: false", "strictARP: true");
                demand(now == wanted && now != before, || format!("the configuration is now:\n{now}"))?;
                self.is_restarted()
            }
            Task::MetallbInstall | Task::MetallbUpgrade => {
                eventually(|| installed::shortcomings(&everything(&self.worker.direct)?, self.worker.files()))?;
                let refused = installed::refuses_nonsense(&self.worker.direct)?;
                demand(refused, || "the webhook takes a pool that cannot be read".to_owned())
            }
            Task::MetallbUninstall => self.is_as(self.worker.bare()?),
        }
    }

    fn is_as_before(&self) -> Result<()> {
        self.is_restarted()?;
        self.is_as(self.worker.before()?)
    }

    fn is_as(&self, wanted: &Everything) -> Result<()> {
        eventually(|| {
            let now = everything(&self.worker.direct)?;
            let (has, had) = (addresses::of(&now), addresses::of(wanted));
            let addresses = if has == had { String::new() } else { format!("addresses: {has:?}, and before {had:?}") };
            let differences = now.differences(wanted);
            let is_so = differences.is_empty() && addresses.is_empty();
            Ok(if is_so { String::new() } else { format!("not as it should be:\n{differences}{addresses}") })
        })
    }

    /// Objects compare equal after a restart and without one; so whether kube-proxy has read its configuration shows in the order
    /// of the writes.
    fn is_restarted(&self) -> Result<()> {
        let record: Vec<Seen> = self.record.iter().cloned().chain(self.worker.proxy.requests()).collect();
        let last = |path: &str| record.iter().rposition(|seen| was_written(seen) && seen.path == path);
        let written = last(PROXY_CONFIG).filter(|_| self.scenario.task.needs_restart());
        let read = written.is_none_or(|written| last(DAEMON_SET).is_some_and(|restart| restart > written));
        demand(read, || "kube-proxy was not restarted after the last write of its configuration".to_owned())
    }
}

/// Controllers may need a while for their part.
fn eventually(shortcomings: impl Fn() -> Result<String>) -> Result<()> {
    let start = Instant::now();
    loop {
        let found = shortcomings()?;
        if found.is_empty() || start.elapsed() > TO_BE_EQUAL {
            return demand(found.is_empty(), || found);
        }
        sleep(BETWEEN_LOOKS);
    }
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn was_written(seen: &Seen) -> bool {
    Rule::writes().matches(seen) && seen.served.is_some_and(|status| (200..300).contains(&status))
}

fn config_in(before: &Everything) -> String {
    let is_it = |object: &&Value| object["kind"] == json!("ConfigMap") && object["metadata"]["name"] == "kube-proxy";
    let text = before.objects().find(is_it).map(|map| map["data"]["config.conf"].clone());
    text.and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
}
