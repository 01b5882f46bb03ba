//! What all connections share: the rules, the tests' code, the record of what came by, and what is under way.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::fault::{Fault, Then, When};
use crate::rule::Rule;
use crate::seen::Seen;
use crate::stand_in::Reply;

pub type Hook = Arc<dyn Fn(&Seen) -> Then + Send + Sync>;
pub type StandIn = Arc<dyn Fn(&Seen) -> Option<Reply> + Send + Sync>;

pub struct Desk {
    state: Mutex<State>,
    changed: Condvar,
    /// Counted up to make every connection end.
    closing: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    record: Vec<Arc<Mutex<Seen>>>,
    orders: Vec<Order>,
    stand_ins: Vec<(Rule, StandIn)>,
    panics: Vec<String>,
    /// Connections that are open, and requests between their arrival and the head of their reply.
    under_way: usize,
}

/// Something to do at the requests that a rule chooses.
struct Order {
    rule: Rule,
    matched: usize,
    what: What,
}

enum What {
    Fault(Fault),
    Call(When, Hook),
}

/// A request and all that is to happen to it.
pub struct Case {
    pub seen: Arc<Mutex<Seen>>,
    pub fault: Option<Fault>,
    pub before: Vec<Hook>,
    pub after: Vec<Hook>,
    pub stand_ins: Vec<StandIn>,
}

impl Desk {
    pub fn new() -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), closing: watch::Sender::new(0) }
    }

    pub fn order_fault(&self, rule: Rule, fault: Fault) {
        lock(&self.state).orders.push(Order { rule, matched: 0, what: What::Fault(fault) });
    }

    pub fn order_call(&self, rule: Rule, when: When, hook: Hook) {
        lock(&self.state).orders.push(Order { rule, matched: 0, what: What::Call(when, hook) });
    }

    pub fn place(&self, rule: Rule, stand_in: StandIn) {
        lock(&self.state).stand_ins.push((rule, stand_in));
    }

    /// Numbers and records a request. Every rule counts it; of several faults the one ordered first happens.
    pub fn arrive(&self, mut seen: Seen) -> Case {
        let mut state = lock(&self.state);
        seen.number = state.record.len() + 1;
        let (mut fault, mut before, mut after) = (None, Vec::new(), Vec::new());
        for order in state.orders.iter_mut().filter(|order| order.rule.matches(&seen)) {
            order.matched += 1;
            if !order.rule.wants_number(order.matched) {
                continue;
            }
            match &order.what {
                What::Fault(ordered) => fault = fault.or_else(|| Some(ordered.clone())),
                What::Call(When::Before, hook) => before.push(hook.clone()),
                What::Call(When::After, hook) => after.push(hook.clone()),
            }
        }
        let placed = state.stand_ins.iter().filter(|(rule, _)| rule.matches(&seen));
        let stand_ins = placed.map(|(_, stand_in)| stand_in.clone()).collect();
        let seen = Arc::new(Mutex::new(seen));
        state.record.push(seen.clone());
        Case { seen, fault, before, after, stand_ins }
    }

    pub fn record(&self) -> Vec<Seen> {
        lock(&self.state).record.iter().map(|seen| lock(seen).clone()).collect()
    }

    pub fn note_panic(&self, message: String) {
        lock(&self.state).panics.push(message);
    }

    pub fn take_panics(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.state).panics)
    }

    /// Forgets the rules and the record. Who stands in for something goes on: they are part of the cluster.
    pub fn forget(&self) {
        let mut state = lock(&self.state);
        state.orders.clear();
        state.record.clear();
    }

    /// To be held while something is under way.
    pub fn begin(self: &Arc<Self>) -> UnderWay {
        lock(&self.state).under_way += 1;
        UnderWay(self.clone())
    }

    /// Tells a connection when to end.
    pub fn closing(&self) -> watch::Receiver<u64> {
        self.closing.subscribe()
    }

    /// Ends all connections, and waits until what was on its way to the server has been answered.
    pub fn settle(&self) {
        self.closing.send_modify(|times| *times += 1);
        let mut state = lock(&self.state);
        while state.under_way > 0 {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

pub struct UnderWay(Arc<Desk>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        lock(&self.0.state).under_way -= 1;
        self.0.changed.notify_all();
    }
}

/// A test that panicked must not hide what was seen.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
