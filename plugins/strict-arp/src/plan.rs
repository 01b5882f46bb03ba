//! From facts to a plan: whether the value has to change, whether that matters, and whether kube-proxy has to restart.

use lab::harmless::harmless;
use lab_plan::{Announcement, Condition, Plan, Progress, Refusal, Settle, Step, Target, Then};

use crate::args::{Args, Want};
use crate::config::{Config, Place, StrictArp, Trouble, place};
use crate::facts::{Facts, NAMESPACE, PROXY, Proxy};
use crate::instead;
use crate::look;
use crate::manager::{self, MODE_SWITCH, UNHEALTHY, UNKNOWN_MODE};
use crate::mode::Mode;

pub const WRITE: &str = "set-strict-arp";
pub const RESTART: &str = "restart-kube-proxy";

pub fn plan(args: &Args, facts: &Facts) -> Plan {
    let on = match args.want {
        Want::Status => return status(args, facts),
        Want::On => true,
        Want::Off => false,
    };
    let found = place(facts).and_then(|place| Ok((place.read()?, place)));
    let (config, place) = match found {
        Ok(found) => found,
        Err(trouble) => return Plan::refuse(no_configuration(facts, &trouble)),
    };
    let case = Case { args, facts, config, place, on };
    case.plan()
}

fn status(args: &Args, facts: &Facts) -> Plan {
    let config = place(facts).and_then(|place| place.read()).ok().filter(|_| args.look);
    config.and_then(|config| look::next(args, facts, &config, |_| true)).unwrap_or_else(Plan::done)
}

/// What is looked at once there is a configuration.
struct Case<'f> {
    args: &'f Args,
    facts: &'f Facts,
    config: Config,
    place: Place<'f>,
    on: bool,
}

impl Case<'_> {
    fn plan(&self) -> Plan {
        let change = !self.config.strict_arp.is(self.on);
        if !change
            && self.restarted()
            && let Some(why) = self.contradicted()
        {
            return Plan::take_back(why);
        }
        let restart = self.restarts() && (change || self.some_run_something_older());
        if change || restart { self.to_do(change, restart) } else { self.to_prove() }
    }

    /// Nothing has to be changed; what runs may still have to be asked.
    fn to_prove(&self) -> Plan {
        let asks = self.args.look || (self.restarted() && !self.args.no_look);
        let look = look::next(self.args, self.facts, &self.config, |_| asks);
        let look = look.map(|look| Plan { may_follow: self.after_a_look(), ..look });
        Plan { notes: self.notes(), ..look.unwrap_or_else(Plan::done) }
    }

    fn to_do(&self, change: bool, restart: bool) -> Plan {
        let step = match self.step(change, restart) {
            Ok(step) => step,
            Err(trouble) => return Plan::refuse(no_configuration(self.facts, &trouble)),
        };
        let mut refusals = Vec::new();
        if change {
            refusals.extend(self.managed());
        }
        if restart {
            refusals.extend(self.no_restart());
            refusals.extend(self.mode_switch());
        }
        let mut may_follow = Vec::new();
        if self.args.look || (restart && !self.args.no_look) {
            may_follow.push(look::announced());
        }
        if restart
            && !self.args.no_look
            && let Some(first) = look::next(self.args, self.facts, &self.config, |proxy| proxy.mode.is_err())
        {
            may_follow.insert(0, Announcement { id: step.id.clone(), title: step.title.clone() });
            return Plan { refusals, notes: self.notes(), may_follow, ..first };
        }
        refusals.extend(self.unknown_mode().filter(|_| restart));
        let why = if restart { "look at what kube-proxy runs" } else { "look at the value" };
        Plan { steps: vec![step], refusals, notes: self.notes(), may_follow, then: Then::LookAgain { why: why.into() } }
    }

    /// A kube-proxy that says that it runs something older needs the restart after all.
    fn after_a_look(&self) -> Vec<Announcement> {
        let restart = Announcement { id: RESTART.into(), title: format!("restart {}", daemon_set()) };
        if self.restarts() && !self.restarted() { vec![restart] } else { Vec::new() }
    }

    /// kube-proxy is restarted where that has an effect, or where it is asked for.
    fn restarts(&self) -> bool {
        self.matters() || self.args.restart
    }

    /// By this very run.
    fn restarted(&self) -> bool {
        self.restarts() && self.facts.written
    }

    /// After the restart some say of themselves that they run something else: it does not do what it was to do.
    fn contradicted(&self) -> Option<String> {
        let others: Vec<&Proxy> = self.facts.proxies.iter().filter(|proxy| proxy.uses == Ok(!self.on)).collect();
        let word = if self.on { "off" } else { "on" };
        (!others.is_empty())
            .then(|| format!("kube-proxy says after its restart that strictARP is {word} on {}", listed(&others)))
    }

    /// strictARP is a setting of ipvs mode alone; the configured mode counts from the next restart on.
    fn matters(&self) -> bool {
        matters(&self.config, self.facts)
    }

    fn some_run_something_older(&self) -> bool {
        let changed = self.place.changed();
        self.facts.proxies.iter().any(|proxy| runs(proxy, changed, self.on) == Runs::Older)
    }

    fn step(&self, change: bool, restart: bool) -> Result<Step, Trouble> {
        let (value, place) = (self.on, &self.place);
        let mut step = if change {
            let title = format!("set ipvs.strictARP to {value} in {} (key {})", place.target(), place.key);
            Step::new(WRITE, title, self.why(), vec![place.change(value)?])
        } else {
            let why =
                "the configuration was changed after its pods were started, and kube-proxy reads it only at its start";
            Step::new(RESTART, format!("restart {}", daemon_set()), why, Vec::new())
        };
        if restart {
            let set = daemon_set();
            step = step.settle([Settle::Restart(set.clone()), Settle::Until(Condition::RolledOut, set)]).or_take_back();
        }
        Ok(step)
    }

    fn why(&self) -> String {
        match (&self.config.strict_arp, self.matters(), self.on) {
            (StrictArp::Other(other), ..) => {
                format!("it is {other}, which kube-proxy does not take for a boolean")
            }
            (_, true, true) => {
                "in ipvs mode every node answers ARP for every LoadBalancer address, unless strictARP is on".into()
            }
            (_, true, false) => "in ipvs mode it decides whether nodes answer ARP for LoadBalancer addresses".into(),
            (_, false, _) => {
                format!("asked for; kube-proxy is in {} mode, where this changes nothing", self.config.mode)
            }
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.matters() {
            let default = if self.config.by_default { " (the default; none is configured)" } else { "" };
            notes.push(format!(
                "strictARP changes nothing here: kube-proxy is in {} mode{default}, and only ipvs mode knows it; MetalLB needs nothing either",
                self.config.mode
            ));
            if !self.args.restart && !self.config.strict_arp.is(self.on) {
                notes.push(
                    "nothing is restarted, because there is nothing to gain by it (--restart does it all the same)"
                        .into(),
                );
            }
        } else if !self.on {
            notes.push(
                "the sysctls that kube-proxy has set for it (arp_ignore=1, arp_announce=2) stay until a node restarts"
                    .into(),
            );
        }
        let unknown = reasons(self.facts.proxies.iter().filter_map(|proxy| proxy.mode.as_ref().err()));
        if self.matters() && !unknown.is_empty() {
            notes.push(format!("which mode kube-proxy runs in could not be seen everywhere: {unknown}"));
        }
        if self.facts.daemon_set.is_none() {
            notes.push(match instead::replacement(self.facts) {
                Some((_, what)) => format!("no DaemonSet kube-proxy reads this ConfigMap; {what} runs here"),
                None => "no DaemonSet kube-proxy reads this ConfigMap".into(),
            });
        }
        notes
    }

    fn managed(&self) -> Option<Refusal> {
        let metadata = &self.facts.config_map.as_ref()?.object.metadata;
        manager::refusal(self.facts, metadata, &self.place.target().to_string())
    }

    /// Why a restart cannot work, or why its outcome could not be told from what is wrong already.
    fn no_restart(&self) -> Option<Refusal> {
        let set = daemon_set();
        let Some(seen) = &self.facts.daemon_set else {
            return Some(Refusal::cannot_mend(format!(
                "kube-proxy has to be restarted for this, and there is no {set}"
            )));
        };
        if seen.raw.pointer("/spec/updateStrategy/type").is_some_and(|strategy| strategy == "OnDelete") {
            return Some(
                Refusal::cannot_mend(format!(
                    "kube-proxy has to be restarted for this, and the update strategy of {set} is OnDelete: its pods stay until somebody deletes them"
                ))
                .hint("set it back to the usual: kubectl patch daemonset kube-proxy -n kube-system --type=merge -p '{\"spec\":{\"updateStrategy\":{\"type\":\"RollingUpdate\"}}}'"),
            );
        }
        match Condition::RolledOut.judge(Some(&seen.raw)) {
            Progress::Done => None,
            Progress::Waiting(why) | Progress::Hopeless(why) => Some(
                Refusal::refused(
                    format!("kube-proxy is not well before anything was changed: {set}: {why}"),
                    Some(UNHEALTHY),
                )
                .hint("see why with: kubectl get pods -n kube-system -l k8s-app=kube-proxy -o wide"),
            ),
        }
    }

    /// A restart reads the whole configuration, the mode too.
    fn mode_switch(&self) -> Option<Refusal> {
        let configured = &self.config.mode;
        let others: Vec<&Proxy> = self
            .facts
            .proxies
            .iter()
            .filter(|proxy| proxy.mode.as_ref().is_ok_and(|mode| mode != configured))
            .collect();
        let first = others.first()?;
        let running = first.mode.as_ref().ok()?;
        Some(
            Refusal::refused(
                format!(
                    "kube-proxy runs in {running} mode on {}, but {} says {configured}: the restart that this needs would switch modes",
                    listed(&others),
                    self.place.target()
                ),
                Some(MODE_SWITCH),
            )
            .hint(format!("if {configured} mode is not meant, set `mode: {running}` first: kubectl edit configmap {} -n {NAMESPACE}", self.place.name)),
        )
    }

    /// Nothing tells which mode would be left by the restart. Of a large cluster only a part was looked at.
    fn unknown_mode(&self) -> Option<Refusal> {
        let looked_at = self.facts.proxies.iter().take(look::MOST);
        let unknown: Vec<&Proxy> = looked_at.filter(|proxy| proxy.mode.is_err()).collect();
        let why = reasons(unknown.iter().filter_map(|proxy| proxy.mode.as_ref().err()));
        (!unknown.is_empty()).then(|| {
            Refusal::refused(
                format!(
                    "which mode kube-proxy runs in could not be seen on {} ({why}): the restart that this needs might switch modes, to {}",
                    listed(&unknown),
                    self.config.mode
                ),
                Some(UNKNOWN_MODE),
            )
            .hint(format!(
                "see what each says of itself: kubectl get pods -n {NAMESPACE} -l k8s-app=kube-proxy -o wide, and on its node: curl http://127.0.0.1:10249/proxyMode"
            ))
        })
    }
}

/// The nodes of these, the first few by name.
fn listed(proxies: &[&Proxy]) -> String {
    let nodes: Vec<&str> = proxies.iter().map(|proxy| proxy.node.as_str()).take(5).collect();
    let more = proxies.len() - nodes.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", nodes.join(", "))
}

/// Each reason once, and of many the first few: where kubelets cannot be reached, each has one of its own.
pub fn reasons<'r>(reasons: impl Iterator<Item = &'r String>) -> String {
    const MOST: usize = 2;
    let mut reasons: Vec<&str> = reasons.map(String::as_str).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let more = reasons.len().saturating_sub(MOST);
    reasons.truncate(MOST);
    let more = if more > 0 { format!("; and {more} more of the kind") } else { String::new() };
    format!("{}{more}", reasons.join("; "))
}

pub fn daemon_set() -> Target {
    Target::namespaced("apps/v1", "DaemonSet", NAMESPACE, PROXY)
}

pub fn matters(config: &Config, facts: &Facts) -> bool {
    config.mode == Mode::Ipvs || facts.proxies.iter().any(|proxy| proxy.mode == Ok(Mode::Ipvs))
}

/// Which configuration a pod runs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// By its own word the wanted value.
    Proven,
    /// It was started after the configuration was last changed.
    Likely,
    /// It was started before.
    Older,
    Unknown,
}

pub fn runs(proxy: &Proxy, changed: Option<lab::Timestamp>, on: bool) -> Runs {
    match (&proxy.uses, proxy.created, changed) {
        (Ok(uses), ..) if *uses == on => Runs::Proven,
        (Ok(_), ..) => Runs::Older,
        (Err(_), Some(created), Some(changed)) if created >= changed => Runs::Likely,
        (Err(_), Some(_), Some(_)) => Runs::Older,
        _ => Runs::Unknown,
    }
}

fn no_configuration(facts: &Facts, trouble: &Trouble) -> Refusal {
    let map = |name: &str| format!("ConfigMap {NAMESPACE}/{name}");
    match trouble {
        Trouble::NoConfigMap => instead::nothing_to_change(facts),
        Trouble::NoKey { name, key, keys } => {
            let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
            let refusal = Refusal::cannot_mend(format!("{} has no key {key}; its keys: {keys}", map(name)));
            match instead::distribution(facts) {
                Some((what, how)) => refusal.hint(what).hint(how),
                None => refusal
                    .hint("see which file kube-proxy reads: kubectl get daemonset kube-proxy -n kube-system -o yaml"),
            }
        }
        Trouble::Unreadable { name, key, why } => Refusal::cannot_mend(format!(
            "{} cannot be edited safely at key {key}: {}",
            map(name),
            harmless(&why.to_string())
        ))
        .hint(format!("set ipvs.strictARP by hand: kubectl edit configmap {name} -n {NAMESPACE}")),
        Trouble::AnotherKind { name, key, kind } => {
            Refusal::cannot_mend(format!("{} holds no KubeProxyConfiguration at key {key}, but {kind}", map(name)))
        }
    }
}

/// The same in one line, for the report.
pub fn why_not(facts: &Facts, trouble: &Trouble) -> String {
    no_configuration(facts, trouble).reason
}
