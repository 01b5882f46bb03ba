//! The loop, once for every verb: look, plan, show and ask, apply, look again, until the plan is empty.

use std::cell::Cell;
use std::time::{Duration, Instant};

use lab_plan::{Change, Exit, Plan, Question, Refusal, Step, Then, owner};

use crate::apply::{self, Round};
use crate::connect::Session;
use crate::consent::{Consent, put_back, reverted};
use crate::error::{Error, Result};
use crate::flags::{Conduct, DryRun};
use crate::harmless::one_line;
use crate::journal::Keeper;
use crate::observe::Afterwards;
use crate::prompt;
use crate::reader::Reader;
use crate::report::{StepOutcome, StepReport};
use crate::show;
use crate::temporary::{Made, permitted};
use crate::terminal::Terminal;
use crate::verb::{Reach, Verb};
use crate::wait::Deadline;

/// What a run has found and done so far; it outlives an interruption.
pub(crate) struct Progress<V: Verb> {
    pub facts: Option<V::Facts>,
    pub plan: Option<Plan>,
    /// Notes of all rounds, each once.
    pub steps: Vec<StepReport>,
    /// What was observed so far, where the verb observes.
    pub report: Option<V::Report>,
    /// How many reports were given out while it was observed, where each is.
    pub given_out: Option<usize>,
}

impl<V: Verb> Default for Progress<V> {
    fn default() -> Self {
        Progress { facts: None, plan: None, steps: Vec::new(), report: None, given_out: None }
    }
}

/// Somebody who edits the same object all the time must not keep us busy for ever.
const CONFLICTS: usize = 5;
/// Not everything that a wait depends on can be watched; the metrics API has to be asked.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
const MOMENT: Duration = Duration::from_millis(500);

pub(crate) struct Run<'r> {
    pub session: &'r Session,
    pub terminal: &'r Terminal,
    pub conduct: &'r Conduct,
    pub deadline: Cell<Deadline>,
    pub made: &'r Made,
}

impl Run<'_> {
    pub async fn go<V: Verb, A: Afterwards<V>>(&self, args: &V::Args, progress: &mut Progress<V>) -> Result<()> {
        let reader = Reader::new(self.session, self.terminal, self.made);
        let mut keeper = Keeper::new(self.session, V::NAME);
        let outcome = self.rounds::<V, A>(&reader, args, progress, &mut keeper).await;
        // A run that failed in order has left things as its report says; what died stays open.
        let closed = keeper.close(&reader).await;
        let seen = if V::REPORTS_JOURNALS { self.look_once_more::<V>(&reader, args, progress).await } else { Ok(()) };
        outcome.and(closed).and(seen)
    }

    /// The closing of this run's own journal is part of what is reported.
    async fn look_once_more<V: Verb>(
        &self,
        reader: &Reader<'_>,
        args: &V::Args,
        progress: &mut Progress<V>,
    ) -> Result<()> {
        if reader.has_written() {
            reader.forget();
            progress.facts = Some(V::gather(reader, args).await?);
        }
        Ok(())
    }

    async fn rounds<V: Verb, A: Afterwards<V>>(
        &self,
        reader: &Reader<'_>,
        args: &V::Args,
        progress: &mut Progress<V>,
        keeper: &mut Keeper<'_>,
    ) -> Result<()> {
        let mut args = args.clone();
        let mut consent = Consent::default();
        let mut taken: Vec<Step> = Vec::new();
        let mut conflicts = 0;
        let mut is_as_planned = false;
        loop {
            reader.forget();
            let facts = match &progress.facts {
                Some(before) if is_as_planned => V::gather_again(reader, &args, before).await?,
                _ => V::gather(reader, &args).await?,
            };
            let mut plan = V::plan(&args, &facts);
            let later = V::later_rights(&args, &facts);
            (progress.facts, progress.plan) = (Some(facts), Some(plan.clone()));
            self.heed(&mut plan)?;
            apply::sound(&plan, V::reach(&args))?;
            if plan.steps.is_empty() {
                match &plan.then {
                    Then::LookAgain { why } => self.wait(reader, why).await?,
                    Then::TakeBack { why } => {
                        return Err(apply::take_all_back(self.session, reader, &taken, why, &mut progress.steps).await);
                    }
                    Then::Ask(question) => V::choose(&mut args, &self.choice(question)?),
                    // What works only for as long as leftovers of the change live is no success.
                    Then::Done => match put_back(&taken, |target| reader.remembered(target)) {
                        Some(found) => return Err(did_not_hold(reader, found, &mut progress.steps)),
                        None => break,
                    },
                }
                continue;
            }
            if self.conduct.plan.dry_run != DryRun::None {
                return self.rehearse(reader, &plan, progress).await;
            }
            if let Some(found) = reverted(&taken, &plan) {
                return Err(did_not_hold(reader, found, &mut progress.steps));
            }
            if !permitted(reader, &plan).await? {
                continue;
            }
            if !consent.covers(&plan) {
                self.show(reader, &plan).await?;
                apply::check_rights(self.session, reader, &plan, later).await?;
                let asked = Instant::now();
                self.ask(&plan, &consent)?;
                // The deadline is the program's, not that of whoever reads the plan.
                self.deadline.set(self.deadline.get().later(asked.elapsed()));
                consent.give(&plan);
            }
            keeper.record(reader, &plan).await?;
            match apply::apply(self.session, reader, &plan, self.deadline.get(), &mut progress.steps).await? {
                Round::Done => {
                    taken.extend(plan.steps.iter().cloned());
                    is_as_planned = true;
                }
                Round::Conflict(why) if conflicts < CONFLICTS => {
                    conflicts += 1;
                    is_as_planned = false;
                    self.terminal.note(&format!("{why}; nothing was overwritten, looking again"));
                    self.pause().await;
                    continue;
                }
                Round::Conflict(why) => return Err(kept_changing(&why)),
            }
            if plan.then == Then::Done {
                break;
            }
            self.pause().await;
        }
        if !reader.has_written() && V::reach(&args) == Reach::Changes {
            self.terminal.say("nothing to change");
        }
        if let Some(plan) = &progress.plan {
            plan.notes.iter().for_each(|note| self.terminal.note(note));
        }
        A::go_on(self, reader, &args, progress).await
    }

    /// A refusal is answered by its own code only, never by `--yes`. What was allowed is still said.
    fn heed(&self, plan: &mut Plan) -> Result<()> {
        let (allowed, standing): (Vec<Refusal>, Vec<Refusal>) =
            plan.refusals.iter().cloned().partition(|refusal| self.allows(refusal));
        let mut standing = standing.into_iter();
        let Some(first) = standing.next() else {
            plan.refusals.clear();
            plan.notes.extend(allowed.into_iter().map(|refusal| format!("allowed by you: {}", refusal.reason)));
            return Ok(());
        };
        let mut error = Error::from(first);
        for other in standing {
            error.hints.push(format!("also: {}", other.reason));
            error.hints.extend(Error::from(other).hints);
        }
        Err(error)
    }

    fn allows(&self, refusal: &Refusal) -> bool {
        refusal.allowed_by.is_some_and(|code| self.conduct.allowance.allow.iter().any(|given| given == code))
    }

    async fn wait(&self, reader: &Reader<'_>, why: &str) -> Result<()> {
        let deadline = self.deadline.get();
        if deadline.is_over() {
            return Err(deadline.error(why));
        }
        self.terminal.wait(why);
        reader.changed(LOOK_AGAIN.min(deadline.left())).await;
        Ok(())
    }

    /// Controllers need a moment before there is anything new to see.
    async fn pause(&self) {
        tokio::time::sleep(MOMENT.min(self.deadline.get().left())).await;
    }

    async fn show(&self, reader: &Reader<'_>, plan: &Plan) -> Result<()> {
        self.terminal.tell(&show::cluster(self.session));
        self.terminal.tell(&show::plan(plan));
        if self.conduct.plan.diff {
            self.terminal.say(show::diffs(reader, plan).await?.trim_end());
        }
        Ok(())
    }

    /// A dry run shows the same plan; with `server` the API server checks each change.
    async fn rehearse<V: Verb>(&self, reader: &Reader<'_>, plan: &Plan, progress: &mut Progress<V>) -> Result<()> {
        self.show(reader, plan).await?;
        if self.conduct.plan.dry_run == DryRun::Server {
            progress.steps = apply::check(self.session, reader, plan).await?;
        }
        self.terminal.say("dry run: nothing was changed");
        Ok(())
    }

    fn choice(&self, question: &Question) -> Result<String> {
        if !self.terminal.can_ask() || question.options.is_empty() {
            return Err(Error::from(question.otherwise.clone()));
        }
        self.terminal.clear_wait();
        let asked = Instant::now();
        // A choice is drawn anew at each key, which goes wrong with lines that are longer than the terminal is wide.
        for option in &question.options {
            self.terminal.tell(&format!("  {}\n     {}", one_line(&option.value), one_line(&option.why)));
        }
        let values: Vec<String> = question.options.iter().map(|option| one_line(&option.value)).collect();
        let chosen = prompt::select(&question.text, &values)?;
        self.deadline.set(self.deadline.get().later(asked.elapsed()));
        let option = chosen.and_then(|at| question.options.get(at));
        option.map(|option| option.value.clone()).ok_or_else(|| Error::from(question.otherwise.clone()))
    }

    fn ask(&self, plan: &Plan, earlier: &Consent) -> Result<()> {
        if self.conduct.plan.yes {
            return Ok(());
        }
        if !self.terminal.can_ask() {
            if let Some(step) = plan.steps.iter().find(|step| step.destructive) {
                return Err(Error::new(Exit::Refused, format!("nobody can be asked here whether to {}", step.title))
                    .hint("say so beforehand with --yes"));
            }
            if earlier.is_empty() {
                return Ok(());
            }
            return Err(Error::new(
                Exit::Refused,
                "the next step was not part of the plan that was shown at the start",
            )
            .hint("run the same command again: it goes on from here and shows this step first"));
        }
        match prompt::confirm("Do this?") {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(mut error) => {
                if error.exit == Exit::Interrupted && earlier.is_empty() {
                    error.message.push_str("; nothing was changed");
                }
                return Err(error);
            }
        }
        Err(Error::new(Exit::Refused, "not confirmed; this step was not taken"))
    }
}

fn did_not_hold(reader: &Reader<'_>, (step, change): (&Step, &Change), reports: &mut [StepReport]) -> Error {
    for report in reports.iter_mut().filter(|report| report.id == step.id && report.outcome == StepOutcome::Done) {
        report.outcome = StepOutcome::Reverted;
    }
    let path = match &change.place {
        lab_plan::Place::At(path)
        | lab_plan::Place::Member { list: path, .. }
        | lab_plan::Place::YamlIn { text: path, .. } => path.clone(),
        lab_plan::Place::Whole | lab_plan::Place::Declared { .. } => lab_plan::Path::default(),
    };
    let who = reader.remembered(&change.target).and_then(|object| owner(&object, &path));
    let who = who.map_or_else(|| "something".to_owned(), |manager| format!("field manager {manager:?}"));
    Error::new(Exit::Refused, format!("the change of {} did not hold: {who} put the old value back", change.target))
        .hint(format!("make the change where {who} takes its values from, or stop it first"))
}

fn kept_changing(why: &str) -> Error {
    Error::new(Exit::Refused, format!("gave up after {CONFLICTS} conflicts: {why}"))
        .hint("somebody or something keeps changing the object; run the same command again when it is quiet")
}
