//! kube-proxy in ipvs mode without strictARP: there every node would answer for MetalLB's addresses, so it comes first.

use k8s_openapi::api::apps::v1::DaemonSet;
use lab::{Reader, Result, Seen};
use lab_plan::{Plan, Refusal, Step, Then};
use lab_topics::kube_proxy::{self, Config, KubeProxy, Mode, Place, Runs, Trouble, gather, runs, step};

use super::args::Args;
use super::facts::Facts;
use super::objects::run_of;
use crate::present::Present;

/// Only while MetalLB or its pool is still to come; and the pods only where their mode makes a difference.
pub async fn look(
    reader: &Reader<'_>,
    args: &Args,
    present: &Present,
    sets: &[Seen<DaemonSet>],
) -> Result<Option<KubeProxy>> {
    if !is_to_come(args, present) {
        return Ok(None);
    }
    let mut found = gather::configured(reader, sets).await?;
    if let Ok(config) = found.config() {
        // Had there been anything to restart, this run had done it before it brought MetalLB.
        let by_us = present.controller.as_ref().and_then(|seen| run_of(&seen.raw)) == Some(reader.run_id());
        let settled = config.strict_arp.is(true) && by_us;
        if config.mode == Mode::Ipvs && !settled {
            found.proxies = gather::proxies(reader, found.daemon_set.as_ref(), Some(&config)).await?;
        }
    }
    Ok(Some(found))
}

fn is_to_come(args: &Args, present: &Present) -> bool {
    let asked = !args.pool.is_empty() && present.pool(&args.pool_name).is_none();
    present.controller.is_none() || present.pools.is_empty() || asked
}

/// The plan, with what has to be done about kube-proxy before it.
pub fn before(facts: &Facts, mut plan: Plan) -> Plan {
    let Some(kube_proxy) = &facts.kube_proxy else { return plan };
    let (config, place) = match configuration(kube_proxy) {
        Ok(found) => found,
        // It is configured elsewhere, if it is there at all.
        Err(Trouble::NoConfigMap | Trouble::NoKey { .. }) => return plan,
        Err(trouble) => {
            plan.notes.push(format!("whether MetalLB needs strictARP here could not be told: {trouble}"));
            return plan;
        }
    };
    let Some((step, refusals)) = work(facts, kube_proxy, &config, &place) else { return plan };
    plan.refusals.extend(refusals);
    let goes_on = !plan.steps.is_empty() || matches!(plan.then, Then::LookAgain { .. });
    if let (Some(step), true) = (step, goes_on) {
        plan.steps.insert(0, step);
        plan.notes.push(
            "MetalLB needs strictARP, because kube-proxy is in ipvs mode; once it is set, prove it with: kubectl lab strict-arp status --look".into(),
        );
    }
    plan
}

fn configuration(kube_proxy: &KubeProxy) -> std::result::Result<(Config, Place<'_>), Trouble> {
    let place = kube_proxy.place()?;
    Ok((place.read()?, place))
}

/// What sets it, or restarts what has not read it yet; and all that speaks against that.
fn work(
    facts: &Facts,
    kube_proxy: &KubeProxy,
    config: &Config,
    place: &Place<'_>,
) -> Option<(Option<Step>, Vec<Refusal>)> {
    let nobody_reads_it = kube_proxy.daemon_set.is_none() && kube_proxy.proxies.is_empty();
    let change = !config.strict_arp.is(true);
    let is_older = |proxy: &kube_proxy::Proxy| runs(proxy, place.changed(), true) == Runs::Older;
    let is_needed = change || kube_proxy.proxies.iter().any(is_older);
    if config.mode != Mode::Ipvs || nobody_reads_it || !is_needed {
        return None;
    }
    let mut refusals: Vec<Refusal> = Vec::new();
    let step = if change {
        refusals.extend(kube_proxy::managed(&facts.nodes, place));
        let step = step::write(place, true, step::why_in_ipvs_mode(&config.strict_arp, true)).map(step::with_restart);
        step.map_err(|trouble| refusals.push(trouble.refusal())).ok()
    } else {
        Some(step::restart())
    };
    refusals.extend(kube_proxy::cannot_restart(kube_proxy));
    refusals.extend(kube_proxy::mode_switch(kube_proxy, place, config));
    let by_pods = "or set it first by a command that asks each by a short pod on its node: kubectl lab strict-arp on";
    refusals.extend(kube_proxy::unknown_mode(kube_proxy, config).map(|refusal| refusal.hint(by_pods)));
    Some((step, refusals))
}
