use clap::{CommandFactory as _, Parser, ValueEnum};

/// Compare the files of this installation with the digests of their release
///
/// The archive of a release has a list of the SHA-256 of every file in it, SHA256SUMS. Every file of that list and every kubectl-lab file
/// beside it is read and compared. "kubectl lab version --verify" does the same.
///
/// This finds files that are broken, left over or of another release. Whether the archive was the project's own, its signature tells.
#[derive(Parser)]
#[command(
    name = "kubectl-lab-digests",
    bin_name = "kubectl lab digests",
    after_help = "Exit codes: 0 all files are those of the release, 1 there is no list to compare with, 3 they are not\n\n\
                  Examples:\n  kubectl lab digests\n  kubectl lab version --verify -o json"
)]
pub struct Args {
    /// Form of the report
    #[arg(short, long, value_enum, default_value = "table")]
    pub output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Json,
}

pub fn command() -> clap::Command {
    Args::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_well_formed() {
        super::command().debug_assert();
    }
}
