//! What can be typed after `kubectl lab undo`.

use lab::Live;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Take back the run of this ID, as --list shows it
    #[arg(value_name = "ID", conflicts_with_all = ["last", "all"])]
    pub id: Option<String>,
    /// Take back the last run that is not an undo itself
    #[arg(long)]
    pub last: bool,
    /// Take back all runs, newest first
    #[arg(long, conflicts_with = "last")]
    pub all: bool,
    /// List what could be taken back (also without any other argument)
    #[arg(long, conflicts_with_all = ["id", "last", "all"])]
    pub list: bool,
}

/// What the cluster has for them.
pub const LIVE: &[(&str, Live)] = &[("id", Live::Runs)];

impl Args {
    pub fn only_lists(&self) -> bool {
        self.list || (self.id.is_none() && !self.last && !self.all)
    }
}

const EXAMPLES: &str = "Examples:
  # What was changed, by which run
  kubectl lab undo --list

  # Take back the last change; see it first
  kubectl lab undo --last --dry-run=server --diff
  kubectl lab undo --last";
