use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::programs::{self, Program};
use crate::release_site::{Contents, Planted};
use crate::{release_site, say};

/// Serve releases of metrics-server and MetalLB as the real sites do, on 127.0.0.1, until Ctrl-C
#[derive(Args)]
pub struct ReleaseSite {
    /// The port; 0 for any that is free
    #[arg(long, default_value_t = 8765)]
    port: u16,
    /// What goes wrong: KIND, or KIND=PATH for addresses that begin so. Kinds: rate-limited, too-fast, not-found, server-error, login-page,
    /// truncated, slow, huge, no-answer, redirect-loop
    #[arg(long = "fault", value_name = "KIND[=PATH]")]
    faults: Vec<Planted>,
}

impl ReleaseSite {
    pub fn run(self) -> Result<ExitCode> {
        // The manifests are made with the kubectl that is built with Kubernetes.
        let programs = programs::ensure(&[Program::Kubernetes])?;
        let site = release_site::ReleaseSite::start(Contents::published(&programs)?, self.faults, self.port)?;
        say::note(format!("serving releases; try: curl -iL {}{EXAMPLE}", site.url()));
        say::note("give the verbs this address: --release-site URL");
        say::data(site.url());
        site.wait();
        Ok(ExitCode::SUCCESS)
    }
}

const EXAMPLE: &str = "/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml";

#[cfg(test)]
mod tests {
    use crate::release_site::Fault;

    #[test]
    fn help_names_every_fault() {
        let command = <super::ReleaseSite as clap::Args>::augment_args(clap::Command::new("release-site"));
        let help = command.get_arguments().find_map(|argument| {
            (argument.get_long() == Some("fault")).then(|| argument.get_help().map(ToString::to_string)).flatten()
        });
        let help = help.expect("--fault has a help text");
        assert!(Fault::words().all(|word| help.contains(word)), "{help}");
    }
}
