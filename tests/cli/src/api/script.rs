//! What a scenario adds to the server's own behaviour: answers of its own, and things that happen after a request.

use std::time::Duration;

use serde_json::json;

use super::exec::Ran;
use super::pattern::Pattern;
use super::status;
use super::store::Store;
use super::wire::{Request, Response};

/// An answer that the scenario gives instead of the server.
#[derive(Clone, Debug)]
pub enum Answer {
    Whole(Response),
    /// Never: the client has to give up by itself.
    Stall,
    /// The connection breaks before a byte of the answer.
    Drop,
    /// The connection breaks in the middle of this answer.
    Broken(Response),
    /// The request is carried out, but its answer is lost with the connection.
    Lost,
    /// The server's own answer, but later.
    Late(Duration),
    /// A command has run in a container.
    Ran(Ran),
}

impl Answer {
    /// A `Status` with this code, reason and message.
    pub fn status(code: u16, reason: &str, message: &str) -> Answer {
        Answer::Whole(status::failure(code, reason, message))
    }

    pub fn json(code: u16, body: &serde_json::Value) -> Answer {
        Answer::Whole(Response::json(code, body))
    }

    /// Any bytes, for answers that are not what a Kubernetes server says.
    pub fn raw(code: u16, content_type: &str, body: &str) -> Answer {
        Answer::Whole(Response {
            status: code,
            content_type: content_type.into(),
            headers: Vec::new(),
            body: body.into(),
        })
    }

    /// A command has run in a container, and written this.
    pub fn ran(stdout: &str) -> Answer {
        Answer::Ran(Ran { stdout: stdout.into(), ..Ran::default() })
    }

    pub fn unauthorized() -> Answer {
        Answer::Whole(status::unauthorized())
    }

    /// The API server is overloaded or on its way up.
    pub fn too_many_requests(retry_after: u32) -> Answer {
        Answer::Whole(status::too_many_requests(retry_after))
    }

    /// What stands between the client and the server answers, such as a load balancer without a server behind it.
    pub fn gateway(code: u16) -> Answer {
        Answer::raw(code, "text/html", &format!("<html><body><h1>{code}</h1></body></html>\n"))
    }

    pub fn internal_error(message: &str) -> Answer {
        Answer::status(500, "InternalError", &format!("Internal error occurred: {message}"))
    }

    /// For a watch: its version is too old.
    pub fn watch_expired() -> Answer {
        let event = json!({"type": "ERROR", "object": status::too_old(1, 41_000)});
        Answer::raw(200, "application/json", &format!("{event}\n"))
    }

    /// For a watch: it ends at once, as watches may at any time.
    pub fn watch_ends() -> Answer {
        Answer::raw(200, "application/json", "")
    }
}

/// How often a rule applies to the requests that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    Always,
    /// Only to this one of them, counted from 1.
    Nth(usize),
    /// To as many as this, from the first.
    First(usize),
}

impl Times {
    fn applies(self, seen: usize) -> bool {
        match self {
            Times::Always => true,
            Times::Nth(n) => seen == n,
            Times::First(n) => seen <= n,
        }
    }
}

/// A rule and how often it has been looked at and used.
struct Rule<T> {
    pattern: Pattern,
    times: Times,
    seen: usize,
    used: usize,
    does: T,
}

impl<T> Rule<T> {
    fn new(pattern: Pattern, times: Times, does: T) -> Rule<T> {
        Rule { pattern, times, seen: 0, used: 0, does }
    }

    fn counts(&mut self, request: &Request) -> bool {
        if !self.pattern.matches(request) {
            return false;
        }
        self.seen += 1;
        self.times.applies(self.seen)
    }
}

/// Something that happens in the cluster.
pub type Effect = Box<dyn FnMut(&mut Store, &Request) + Send>;

struct Follow {
    delay: Duration,
    effect: Option<Effect>,
}

/// An effect that is due later.
pub struct Due {
    pub delay: Duration,
    pub effect: Effect,
    pub request: Request,
}

#[derive(Default)]
pub struct Script {
    answers: Vec<Rule<Answer>>,
    effects: Vec<Rule<Follow>>,
}

impl Script {
    pub fn answer(&mut self, pattern: Pattern, times: Times, answer: Answer) {
        self.answers.push(Rule::new(pattern, times, answer));
    }

    pub fn effect(&mut self, pattern: Pattern, times: Times, delay: Duration, effect: Effect) {
        self.effects.push(Rule::new(pattern, times, Follow { delay, effect: Some(effect) }));
    }

    /// The first scripted answer for a request; every rule that is about it counts it.
    pub fn answer_to(&mut self, request: &Request) -> Option<Answer> {
        let mut found = None;
        for rule in &mut self.answers {
            if rule.counts(request) && found.is_none() {
                rule.used += 1;
                found = Some(rule.does.clone());
            }
        }
        found
    }

    /// Lets happen what follows a request, and returns what is to happen later.
    pub fn follow(&mut self, request: &Request, store: &mut Store) -> Vec<Due> {
        let mut due = Vec::new();
        for rule in &mut self.effects {
            if !rule.counts(request) {
                continue;
            }
            rule.used += 1;
            let delay = rule.does.delay;
            if delay.is_zero() {
                rule.does.effect.as_mut().into_iter().for_each(|effect| effect(store, request));
            } else if let Some(effect) = rule.does.effect.take() {
                due.push(Due { delay, effect, request: request.clone() });
            }
        }
        due
    }

    /// The rules that were never used: the scenario expected requests that were not made.
    pub fn unused(&self) -> Vec<String> {
        let answers = self.answers.iter().filter(|rule| rule.used == 0).map(|rule| rule.pattern.text());
        let effects = self.effects.iter().filter(|rule| rule.used == 0).map(|rule| rule.pattern.text());
        answers.chain(effects).map(str::to_owned).collect()
    }
}
