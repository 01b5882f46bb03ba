//! What the process's environment says about connecting, taken once, so that all that follows is a function of values.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// `$KUBECONFIG`
    pub kubeconfig: Option<OsString>,
    pub home: Option<PathBuf>,
    pub https_proxy: String,
    pub http_proxy: String,
    pub no_proxy: String,
    /// Whether this process runs in a pod that knows its API server.
    pub in_pod: bool,
    /// Whether somebody can answer a credential plugin's question.
    pub has_terminal: bool,
    /// The program's name, as the API server's audit log shall show it.
    pub program: String,
}

impl Environment {
    pub fn of_this_process() -> Environment {
        Environment {
            kubeconfig: env::var_os("KUBECONFIG"),
            home: env::home_dir(),
            https_proxy: either_case("HTTPS_PROXY"),
            http_proxy: either_case("HTTP_PROXY"),
            no_proxy: either_case("NO_PROXY"),
            in_pod: crate::here::is_in_pod(),
            has_terminal: std::io::stdin().is_terminal(),
            program: program_name(env::args_os().next().as_deref()),
        }
    }

    /// `kubectl-lab-metrics_fix/0.1.0`
    pub fn user_agent(&self) -> String {
        format!("{}/{}", self.program, env!("CARGO_PKG_VERSION"))
    }
}

/// As Go programs read such a variable: the first of the two spellings that is not empty.
fn either_case(name: &str) -> String {
    [name.to_owned(), name.to_lowercase()]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .map(|value| value.trim().to_owned())
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}

/// The file name of what was called, limited to what a header can carry.
fn program_name(argv0: Option<&OsStr>) -> String {
    let name = argv0.map(Path::new).and_then(Path::file_stem).and_then(|name| name.to_str()).unwrap_or("");
    if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        name.to_owned()
    } else {
        "kubectl-lab".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_names_the_program_that_was_called() {
        let named = |argv0: &str| program_name(Some(argv0.as_ref()));
        assert_eq!(named("/opt/bin/kubectl-lab-metrics_fix"), "kubectl-lab-metrics_fix");
        assert_eq!(named("kubectl-lab-probe.exe"), "kubectl-lab-probe");
        assert_eq!(named("bad\nname"), "kubectl-lab");
        assert_eq!(program_name(None), "kubectl-lab");
        let environment = Environment { program: "kubectl-lab-probe".into(), ..Environment::default() };
        assert_eq!(environment.user_agent(), format!("kubectl-lab-probe/{}", env!("CARGO_PKG_VERSION")));
    }
}
