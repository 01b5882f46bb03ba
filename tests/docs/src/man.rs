//! Man pages, made from the programs' own help: one for `kubectl lab`, and one for each command that can be typed behind it.

use anyhow::{Context, Result};
use clap::Command;
use clap_mangen::Man;

use crate::verbs;

pub struct ManPage {
    /// `kubectl-lab-metallb-install.1`
    pub file_name: String,
    pub text: String,
}

pub fn pages() -> Result<Vec<ManPage>> {
    let mut pages = vec![page(&of_kubectl_lab(), "kubectl-lab")?];
    for verb in verbs::names() {
        let command = verbs::command(&verb).with_context(|| format!("add {verb} to tests/docs/src/verbs.rs"))?;
        let name = format!("kubectl-lab-{verb}");
        let mut command = command.name(name.clone());
        command.build();
        with_those_behind(&command, &name, &mut pages)?;
    }
    Ok(pages)
}

fn with_those_behind(command: &Command, name: &str, pages: &mut Vec<ManPage>) -> Result<()> {
    pages.push(page(command, name)?);
    command
        .get_subcommands()
        .try_for_each(|inner| with_those_behind(inner, &format!("{name}-{}", inner.get_name()), pages))
}

fn page(command: &Command, name: &str) -> Result<ManPage> {
    let mut text = Vec::new();
    // What the short help leaves out would stand there without its explanation.
    let command = command.clone().mut_args(|arg| arg.hide_short_help(false));
    // No date: the same sources make the same bytes.
    let man = Man::new(command.name(name.to_owned()).display_name(name.to_owned()));
    let man = man.title(name.to_uppercase()).section("1").source(format!("kubectl lab {}", env!("CARGO_PKG_VERSION")));
    let made = man.manual("kubectl lab").render(&mut text).map_err(anyhow::Error::from);
    let text = made
        .and_then(|()| Ok(String::from_utf8(text)?))
        .with_context(|| format!("could not make the man page of {name}"))?;
    // Examples and codes: pages of other programs have such things under this heading.
    Ok(ManPage { file_name: format!("{name}.1"), text: text.replace(".SH EXTRA\n", ".SH NOTES\n") })
}

/// kubectl-lab does without the library that the verbs parse with, so what can be typed is said here once more. Which verbs there
/// are, nobody says: they are found.
fn of_kubectl_lab() -> Command {
    let verb = |name: String| {
        let about = verbs::command(&name).and_then(|command| command.get_about().map(ToString::to_string));
        Command::new(name).about(about.unwrap_or_default())
    };
    let mut command = Command::new("kubectl-lab")
        .bin_name("kubectl lab")
        .about("The steps of a Kubernetes autoscaling and load-balancing lab, one command each")
        .long_about(LONG_ABOUT)
        .subcommands(verbs::names().into_iter().map(verb))
        .after_long_help(EXAMPLES)
        .subcommand_value_name("VERB")
        .subcommand_help_heading("Verbs")
        .disable_help_subcommand(true)
        .disable_help_flag(true);
    command.build();
    command
}

const LONG_ABOUT: &str = "The steps of a Kubernetes autoscaling and load-balancing lab, one command each. Each command looks first, \
says what it will do and why, does it, and proves that it worked.";

const EXAMPLES: &str = "Examples:
  # The verbs that are installed
  kubectl lab

  # The help of a verb
  kubectl lab help VERB

  # Are all files of one version, and are they those that kubectl runs?
  kubectl lab version";
