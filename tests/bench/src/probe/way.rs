//! The ways to get many answers.

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use lab_faults::Seen;

use crate::ground::{Ground, NAMESPACE, SERVICE};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// A pod for each answer: kubectl run --rm -i
    Run,
    /// One pod, and one loop in it: kubectl exec
    Exec,
    /// kubectl lab probe, once
    Probe,
    /// kubectl lab probe --count 1, for each answer
    Single,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Got {
    pub answers: usize,
    pub requests: usize,
    pub pods: usize,
}

const IMAGE: &str = "--image=busybox:1.37.0";

impl Way {
    pub const ALL: [Way; 4] = [Way::Probe, Way::Exec, Way::Single, Way::Run];

    pub fn title(self) -> &'static str {
        match self {
            Self::Run => "kubectl run --rm -i, for each",
            Self::Exec => "kubectl exec, one loop",
            Self::Probe => "kubectl lab probe",
            Self::Single => "kubectl lab probe, for each",
        }
    }

    pub fn take(self, ground: &Ground, answers: u16) -> Result<Got> {
        match self {
            Self::Run => run(ground, answers),
            Self::Exec => exec(ground, answers),
            Self::Probe => probe(ground, answers),
            Self::Single => single(ground, answers),
        }
    }
}

fn run(ground: &Ground, answers: u16) -> Result<Got> {
    let url = format!("http://{SERVICE}/");
    let mut got = Got::default();
    for number in 1..=answers {
        let name = format!("ask-{number}");
        let words =
            ["run", &name, "--rm", "-i", "--restart=Never", IMAGE, "--", "timeout", "5", "wget", "-q", "-O-", &url];
        let before = got.answers;
        got.add(ground, &words)?;
        // What was both attached to and read from the log is printed twice.
        got.answers = got.answers.min(before + 1);
    }
    Ok(got)
}

fn exec(ground: &Ground, answers: u16) -> Result<Got> {
    let mut got = Got::default();
    got.add(ground, &["run", "asker", "--restart=Never", IMAGE, "--", "sleep", "3600"])?;
    got.add(ground, &["wait", "pod/asker", "--for=condition=Ready", "--timeout=60s"])?;
    let script =
        format!("i=0; while [ $i -lt {answers} ]; do timeout 5 wget -q -O- http://{SERVICE}/; i=$((i+1)); done");
    got.add(ground, &["exec", "asker", "--", "sh", "-c", &script])?;
    got.add(ground, &["delete", "pod", "asker", "--grace-period=1"])?;
    Ok(got)
}

fn probe(ground: &Ground, answers: u16) -> Result<Got> {
    let count = answers.to_string();
    let answers = asked(ground, &count)?;
    Ok(Got { answers, ..by_proxy(&ground.requests()) })
}

fn single(ground: &Ground, answers: u16) -> Result<Got> {
    let mut got = 0;
    for _ in 0..answers {
        got += asked(ground, "1")?;
    }
    Ok(Got { answers: got, ..by_proxy(&ground.requests()) })
}

/// How many answers the report has.
fn asked(ground: &Ground, count: &str) -> Result<usize> {
    let output =
        ground.verb().args(["lab", "probe", SERVICE, "-n", NAMESPACE, "-o", "json", "--count", count]).output()?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("no report: {}", String::from_utf8_lossy(&output.stderr)))?;
    let answered = report["places"][0]["answered"].as_u64().with_context(|| format!("no answers: {report}"))?;
    Ok(usize::try_from(answered)?)
}

/// Each Job has one pod, which the Job controller makes.
fn by_proxy(requests: &[Seen]) -> Got {
    let jobs = requests.iter().filter(|seen| seen.method == "POST" && seen.path.ends_with("/jobs")).count();
    Got { answers: 0, requests: requests.len(), pods: jobs }
}

impl Got {
    fn add(&mut self, ground: &Ground, words: &[&str]) -> Result<()> {
        let output = ground.telling_kubectl().args(words).output().context("could not run kubectl")?;
        let (out, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        self.answers += out.matches("Running ").count();
        self.count(&told);
        // A run whose output was lost may fail too; that is what is measured.
        if !output.status.success() && words[0] != "run" {
            bail!("kubectl {}: {}", words.join(" "), told.lines().last().unwrap_or_default());
        }
        Ok(())
    }

    /// kubectl tells each request in a line.
    fn count(&mut self, told: &str) {
        for line in told.lines().filter(|line| line.contains("\"Response\" verb=")) {
            self.requests += 1;
            let path = line.split("url=\"").nth(1).and_then(|rest| rest.split(['?', '"']).next()).unwrap_or_default();
            self.pods += usize::from(line.contains("verb=\"POST\"") && path.ends_with("/pods"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectls_requests_are_counted_by_what_it_tells() {
        let told = r#"I1123 06:09:43.6 1 loader.go:408] Config loaded from file:  x
I1123 06:09:43.6 1 round_trippers.go:632] "Response" verb="POST" url="https://127.0.0.1:1/api/v1/namespaces/a/pods?fieldManager=kubectl-run" status="201 Created" milliseconds=10
I1123 06:09:44.3 1 round_trippers.go:632] "Response" verb="GET" url="https://127.0.0.1:1/api/v1/namespaces/a/pods/t1/attach?container=t1" status="101 Switching Protocols" milliseconds=14
"#;
        let mut got = Got::default();
        got.count(told);
        assert_eq!(got, Got { answers: 0, requests: 2, pods: 1 });
    }
}
