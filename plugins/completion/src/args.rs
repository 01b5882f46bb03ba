//! What can be typed after `kubectl lab completion`.

use std::path::PathBuf;

use clap::ValueHint;
use lab::local::Conduct;

use crate::script::Shell;

#[derive(clap::Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    pub action: Action,
}

#[derive(clap::Subcommand, Clone, Debug)]
pub enum Action {
    /// Write the small files by which kubectl knows whom to ask behind `kubectl lab`
    #[command(after_long_help = OF_INSTALL)]
    Install(Where),
    /// Remove these files, and no others
    #[command(after_long_help = OF_UNINSTALL)]
    Uninstall(Where),
    /// Print a script for bash, for those who type kubectl-lab with a dash
    #[command(after_long_help = OF_BASH)]
    Bash,
    /// Print the same for zsh
    #[command(after_long_help = OF_ZSH)]
    Zsh,
    /// Print the same for fish
    #[command(after_long_help = OF_FISH)]
    Fish,
    /// Print the same for PowerShell
    #[command(after_long_help = OF_POWERSHELL)]
    Powershell,
}

#[derive(clap::Args, Clone, Debug, Default)]
pub struct Where {
    /// Folder for the files; without it the one on PATH in which kubectl finds kubectl-lab
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
    #[command(flatten)]
    pub conduct: Conduct,
}

/// What is asked for, and whether it is about files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Install,
    Uninstall,
    Print(Shell),
}

impl Args {
    pub fn wish(&self) -> Wish {
        match &self.action {
            Action::Install(_) => Wish::Install,
            Action::Uninstall(_) => Wish::Uninstall,
            Action::Bash => Wish::Print(Shell::Bash),
            Action::Zsh => Wish::Print(Shell::Zsh),
            Action::Fish => Wish::Print(Shell::Fish),
            Action::Powershell => Wish::Print(Shell::Powershell),
        }
    }

    pub fn place(&self) -> Where {
        match &self.action {
            Action::Install(place) | Action::Uninstall(place) => place.clone(),
            _ => Where::default(),
        }
    }

    pub fn conduct(&self) -> Conduct {
        self.place().conduct
    }
}

const EXAMPLES: &str = "Examples:
  # Once after the installation, and again after an upgrade that brought verbs
  kubectl lab completion install

  # kubectl's own completion has to be loaded too, such as in ~/.bashrc
  source <(kubectl completion bash)";

const OF_INSTALL: &str = "Examples:
  # Beside kubectl-lab, where kubectl looks as well
  kubectl lab completion install

  # See first what would be written
  kubectl lab completion install --dry-run=client

  # Where the folder of kubectl-lab cannot be written to: another one that is on PATH
  kubectl lab completion install --dir ~/.local/bin

kubectl runs a file kubectl_complete-lab for what stands behind `kubectl lab`, and one like kubectl_complete-lab-metallb \
where a verb's own file is on PATH. Each of these files is a line of shell that asks kubectl-lab. kubectl's own completion \
has to be loaded in the shell: see `kubectl completion --help`.";

const OF_UNINSTALL: &str = "Examples:
  # Take back what `kubectl lab completion install` has written
  kubectl lab completion uninstall";

const OF_BASH: &str = "Examples:
  # In this shell, or for good in ~/.bashrc
  source <(kubectl lab completion bash)

It completes kubectl-lab, and loads kubectl's own completion unless that is there. For `kubectl lab` with a space, run \
`kubectl lab completion install` once beside it.";

const OF_ZSH: &str = "Examples:
  # In this shell, or for good in ~/.zshrc behind compinit
  source <(kubectl lab completion zsh)

It completes kubectl-lab, and loads kubectl's own completion unless that is there. For `kubectl lab` with a space, run \
`kubectl lab completion install` once beside it.";

const OF_FISH: &str = "Examples:
  # In this shell
  kubectl lab completion fish | source

  # For good
  kubectl lab completion fish > ~/.config/fish/completions/kubectl-lab.fish

It completes kubectl-lab. For `kubectl lab` with a space, run `kubectl lab completion install` once, and load \
`kubectl completion fish`.";

const OF_POWERSHELL: &str = "Examples:
  # In this shell, or for good in $PROFILE
  kubectl lab completion powershell | Out-String | Invoke-Expression

It completes kubectl-lab. What kubectl needs for `kubectl lab` with a space is not made for Windows yet.";
