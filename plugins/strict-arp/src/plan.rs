//! From facts to a plan: whether the value has to change, whether that matters, and whether kube-proxy has to restart.

use lab_plan::{Announcement, Plan, Refusal, Step, Then};
use lab_topics::kube_proxy::{self, Config, Mode, Place, Proxy, Runs, StrictArp, Trouble, listed, reasons, runs, step};

use crate::args::{Args, Want};
use crate::facts::Facts;
use crate::instead;
use crate::look;

pub fn plan(args: &Args, facts: &Facts) -> Plan {
    let on = match args.want {
        Want::Status => return status(args, facts),
        Want::On => true,
        Want::Off => false,
    };
    let (config, place) = match configuration(facts) {
        Ok(found) => found,
        Err(trouble) => return Plan::refuse(no_configuration(facts, &trouble)),
    };
    let case = Case { args, facts, config, place, on };
    case.plan()
}

/// What is configured, and where.
pub fn configuration(facts: &Facts) -> Result<(Config, Place<'_>), Trouble> {
    let place = facts.kube_proxy.place()?;
    Ok((place.read()?, place))
}

fn status(args: &Args, facts: &Facts) -> Plan {
    let config = facts.kube_proxy.config().ok().filter(|_| args.look);
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
            refusals.extend(kube_proxy::managed(&self.facts.nodes, &self.place));
        }
        if restart {
            refusals.extend(kube_proxy::cannot_restart(&self.facts.kube_proxy));
            refusals.extend(kube_proxy::mode_switch(&self.facts.kube_proxy, &self.place, &self.config));
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
        refusals.extend(kube_proxy::unknown_mode(&self.facts.kube_proxy, &self.config).filter(|_| restart));
        let why = if restart { "look at what kube-proxy runs" } else { "look at the value" };
        Plan { steps: vec![step], refusals, notes: self.notes(), may_follow, then: Then::LookAgain { why: why.into() } }
    }

    /// A kube-proxy that says that it runs something older needs the restart after all.
    fn after_a_look(&self) -> Vec<Announcement> {
        let restart = Announcement { id: step::RESTART.into(), title: step::restart_title() };
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
        let others: Vec<&Proxy> =
            self.facts.kube_proxy.proxies.iter().filter(|proxy| proxy.uses == Ok(!self.on)).collect();
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
        self.facts.kube_proxy.proxies.iter().any(|proxy| runs(proxy, changed, self.on) == Runs::Older)
    }

    fn step(&self, change: bool, restart: bool) -> Result<Step, Trouble> {
        if !change {
            return Ok(step::restart());
        }
        let step = step::write(&self.place, self.on, self.why())?;
        Ok(if restart { step::with_restart(step) } else { step })
    }

    fn why(&self) -> String {
        let value = &self.config.strict_arp;
        if self.matters() || matches!(value, StrictArp::Other(_)) {
            return step::why_in_ipvs_mode(value, self.on);
        }
        format!("asked for; kube-proxy is in {} mode, where this changes nothing", self.config.mode)
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
        let unknown = reasons(self.facts.kube_proxy.proxies.iter().filter_map(|proxy| proxy.mode.as_ref().err()));
        if self.matters() && !unknown.is_empty() {
            notes.push(format!("which mode kube-proxy runs in could not be seen everywhere: {unknown}"));
        }
        if self.facts.kube_proxy.daemon_set.is_none() {
            notes.push(match instead::replacement(self.facts) {
                Some((_, what)) => format!("no DaemonSet kube-proxy reads this ConfigMap; {what} runs here"),
                None => "no DaemonSet kube-proxy reads this ConfigMap".into(),
            });
        }
        notes
    }
}

pub fn matters(config: &Config, facts: &Facts) -> bool {
    config.mode == Mode::Ipvs || facts.kube_proxy.proxies.iter().any(|proxy| proxy.mode == Ok(Mode::Ipvs))
}

fn no_configuration(facts: &Facts, trouble: &Trouble) -> Refusal {
    let refusal = trouble.refusal();
    match trouble {
        Trouble::NoConfigMap => instead::nothing_to_change(facts),
        Trouble::NoKey { .. } => match instead::distribution(facts) {
            Some((what, how)) => refusal.hint(what).hint(how),
            None => {
                refusal.hint("see which file kube-proxy reads: kubectl get daemonset kube-proxy -n kube-system -o yaml")
            }
        },
        Trouble::Unreadable { .. } | Trouble::AnotherKind { .. } => refusal,
    }
}

/// The same in one line, for the report.
pub fn why_not(facts: &Facts, trouble: &Trouble) -> String {
    no_configuration(facts, trouble).reason
}
