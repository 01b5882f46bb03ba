//! Keeping the journal of one run: adopting what a dead run left open, recording each round, closing at the end.

use lab_plan::{Change, Exit, JOURNAL_VERSION, Journal, Plan, Step, Target};

use super::stored::{self, Stored};
use super::{CLOSED, CLUSTER_WIDE, OPEN};
use crate::accepted;
use crate::connect::Session;
use crate::error::{Error, Result};
use crate::reader::Reader;
use crate::rights::Right;
use crate::show;
use crate::writer::{Writer, Written};

pub(crate) struct Keeper<'s> {
    session: &'s Session,
    verb: &'static str,
    /// One per namespace that this run has written to; nearly always one.
    open: Vec<Stored>,
}

/// Two runs that adopt the same journal at once are rare; a third time is nobody's intention.
const TRIES: usize = 3;

impl<'s> Keeper<'s> {
    pub fn new(session: &'s Session, verb: &'static str) -> Keeper<'s> {
        Keeper { session, verb, open: Vec::new() }
    }

    /// What keeping the journal of this plan takes.
    pub fn rights(plan: &Plan) -> Vec<Right> {
        let steps = journaled(plan);
        if steps.is_empty() {
            return Vec::new();
        }
        let mut journal = blank("", "");
        journal.record(&steps);
        let namespace = journal.namespace().unwrap_or(CLUSTER_WIDE).to_owned();
        ["list", "create", "get", "patch"].map(|verb| Right::new(verb, "", "configmaps", Some(&namespace))).to_vec()
    }

    /// Writes down what the round is about to change. To be called before its first write.
    pub async fn record(&mut self, reader: &Reader<'_>, plan: &Plan) -> Result<()> {
        let steps = journaled(plan);
        if steps.is_empty() {
            return Ok(());
        }
        let mut fresh = blank(reader.run_id(), self.verb);
        fresh.cluster = show::cluster(self.session).trim_start_matches("cluster: ").to_owned();
        fresh.started = reader.now().to_string();
        fresh.record(&steps);
        for _ in 0..TRIES {
            if self.write(reader, &fresh, &steps).await? {
                return Ok(());
            }
        }
        Err(Error::new(Exit::Refused, "another run keeps writing to the same journal")
            .hint("wait for it to end, then run this again"))
    }

    /// False if somebody else was faster.
    async fn write(&mut self, reader: &Reader<'_>, fresh: &Journal, steps: &[Step]) -> Result<bool> {
        let writer = Writer::new(self.session, false);
        let place = stored::place(fresh);
        // What this run has begun for the whole cluster holds the rest of it too.
        let holds = |stored: &Stored| [place.namespace.as_deref(), Some(CLUSTER_WIDE)].contains(&stored.namespace());
        let known = self.open.iter().position(holds);
        let stored = match known {
            Some(at) => Some(self.open.remove(at)),
            None => self.left_open(reader, fresh).await?,
        };
        let (change, journal) = match &stored {
            Some(stored) => {
                let mut longer = stored.journal.clone();
                longer.record(steps);
                if longer == stored.journal {
                    self.open.push(stored.clone());
                    return Ok(true);
                }
                reader.remember(&stored.target, stored.raw.clone());
                (stored::replace(stored, &longer)?, longer)
            }
            None => (stored::create(fresh)?, fresh.clone()),
        };
        let target = change.target.clone();
        match writer.write(reader, &[&change]).await? {
            Written::Done => {
                let raw = reader.remembered(&target).unwrap_or_default();
                self.open.push(Stored { target, state: OPEN.to_owned(), journal, raw });
                return Ok(true);
            }
            Written::Unready(why) => return Err(accepted::unready(&target, &why)),
            Written::Conflict(_) => {}
        }
        let (journals, _) = stored::list(reader, target.namespace.as_deref()).await?;
        self.open.extend(journals.into_iter().find(|stored| stored.target == target));
        Ok(false)
    }

    /// The journal of a run of this verb that died over the same objects, or over the namespace that they are in.
    async fn left_open(&self, reader: &Reader<'_>, fresh: &Journal) -> Result<Option<Stored>> {
        let place = stored::place(fresh);
        let is_left = |stored: &Stored| {
            let belongs = |old: &Change| fresh.changes().any(|new| new.target == old.target || is_within(new, old));
            stored.state == OPEN && stored.journal.verb == fresh.verb && stored.journal.changes().any(belongs)
        };
        let (journals, _) = stored::list(reader, place.namespace.as_deref()).await?;
        let found = journals.into_iter().find(is_left);
        if found.is_some() || place.namespace.as_deref() == Some(CLUSTER_WIDE) {
            return Ok(found);
        }
        match stored::list(reader, Some(CLUSTER_WIDE)).await {
            Ok((journals, _)) => Ok(journals.into_iter().find(is_left)),
            // Who may not look there has not written there.
            Err(error) if error.exit == Exit::Forbidden => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The one closing write.
    pub async fn close(&mut self, reader: &Reader<'_>) -> Result<()> {
        let writer = Writer::new(self.session, false);
        let mut unready = None;
        for stored in std::mem::take(&mut self.open) {
            reader.remember(&stored.target, stored.raw.clone());
            match writer.write(reader, &[&stored.mark(CLOSED)]).await? {
                Written::Unready(why) => unready = Some(unclosed(&stored.target, &why)),
                // A journal that somebody else has closed meanwhile is closed.
                Written::Done | Written::Conflict(_) => {}
            }
        }
        unready.map_or(Ok(()), Err)
    }
}

/// All else is done then.
fn unclosed(journal: &Target, why: &str) -> Error {
    Error::failed(format!("could not close the journal {journal}: {why}"))
        .hint("everything else was done; the journal stays open, and kubectl lab undo --list shows it")
}

fn is_within(change: &Change, namespace: &Change) -> bool {
    namespace.target.kind == "Namespace" && change.target.namespace.as_ref() == Some(&namespace.target.name)
}

fn blank(id: &str, verb: &str) -> Journal {
    Journal {
        version: JOURNAL_VERSION,
        id: id.to_owned(),
        verb: verb.to_owned(),
        cluster: String::new(),
        started: String::new(),
        entries: Vec::new(),
    }
}

/// The steps as far as they change something that lasts, other than journals.
fn journaled(plan: &Plan) -> Vec<Step> {
    let is_journal =
        |change: &Change| change.target.kind == "ConfigMap" && change.target.name.starts_with("kubectl-lab-");
    let mut steps: Vec<Step> = plan.steps.iter().filter(|step| !step.is_for_this_run()).cloned().collect();
    for step in &mut steps {
        step.changes.retain(|change| !is_journal(change));
    }
    steps.retain(|step| !step.changes.is_empty());
    steps
}
