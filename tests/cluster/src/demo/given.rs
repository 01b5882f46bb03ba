//! The demo on a cluster that the user names. It needs neither root nor Go, and asks before it changes anything.

use std::io::{IsTerminal, Write, stderr, stdin};

use anyhow::{Context, Result};
use serde_json::Value;

use super::stage::{Stage, quoted};
use crate::say::Hinted;
use crate::{built, say};

pub fn on_context(context: &str, yes: bool) -> Result<()> {
    let verbs = built::binaries()?;
    let here = std::env::current_dir().context("could not tell the present directory")?;
    let stage = Stage::new(&here, &[&verbs]);
    check(&stage, context)?;
    let flag = format!("--context {}", quoted(context));

    say::note(format!("1. The cluster of context {context}, as it is"));
    stage.expect(&format!("kubectl get nodes {flag}"))?;
    stage.show(&format!("kubectl top nodes {flag}"))?;

    say::note("\n2. What would be changed (nothing is, yet)");
    let verb = format!("kubectl lab metrics-fix {flag}");
    if !stage.show(&format!("{verb} --dry-run=server --diff"))? {
        let message = "could not go on: metrics-fix has no plan for this cluster (see above)";
        return Err(Hinted::new(message, format!("if metrics-server is not there at all: {verb} --install")).into());
    }
    if nothing_to_do(&stage, &verb)? {
        say::note("\nThere is nothing to change: metrics-server works on this cluster.");
        return Ok(());
    }
    if !yes && !agreed(context)? {
        say::note("Nothing was changed.");
        return Ok(());
    }

    say::note("\n3. Changing it");
    stage.expect(&format!("{verb} --yes"))?;
    stage.expect(&format!("kubectl top nodes {flag}"))?;
    say::note(format!("\nGo on: kubectl lab, with {} on your PATH.", verbs.display()));
    Ok(())
}

/// Whether the verb's plan, which was just shown, is empty.
fn nothing_to_do(stage: &Stage, verb: &str) -> Result<bool> {
    let answer = stage.read(&format!("{verb} --dry-run=client --output json"))?;
    let report: Value = serde_json::from_str(&answer).context("could not read the plan of metrics-fix")?;
    let steps = report.pointer("/plan/steps").and_then(Value::as_array);
    Ok(steps.context("could not find the plan of metrics-fix in its report")?.is_empty())
}

fn check(stage: &Stage, context: &str) -> Result<()> {
    if stage.read("kubectl version --client").is_err() {
        return Err(Hinted::new(
            "could not run kubectl",
            "install kubectl, or leave --context out for a cluster of the demo's own",
        )
        .into());
    }
    let known = stage.read("kubectl config get-contexts --output name")?;
    if !known.lines().any(|name| name == context) {
        let message = format!("could not find the context {context:?} in your kubeconfig");
        return Err(Hinted::new(message, "kubectl config get-contexts").into());
    }
    Ok(())
}

fn agreed(context: &str) -> Result<bool> {
    if !stdin().is_terminal() {
        let message =
            format!("could not ask whether to change the cluster of context {context:?}: this is no terminal");
        return Err(Hinted::new(message, format!("cargo demo --context {} --yes", quoted(context))).into());
    }
    let mut prompt = stderr().lock();
    write!(prompt, "\nChange the cluster of context {context} so? [y/N] ")
        .and_then(|()| prompt.flush())
        .context("could not ask")?;
    let mut answer = String::new();
    stdin().read_line(&mut answer).context("could not read the answer")?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}
