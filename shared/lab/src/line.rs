//! A command line: what a verb brings, and of the flags that verbs share those that have a meaning for it.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgMatches, Args as _, FromArgMatches as _, ValueEnum as _};

use crate::flags::{Allowance, Conduct, Connection, Format, Outcome, Planning};
use crate::report::Report as _;
use crate::verb::{Reach, Verb};

pub(crate) struct Line<V: Verb> {
    pub verb: V::Args,
    pub conduct: Conduct,
    pub connection: Connection,
}

impl<V: Verb> Line<V> {
    /// All that can be typed, without a name.
    pub fn command() -> clap::Command {
        let mut command = V::Args::augment_args(clap::Command::default());
        if Self::has_plan() {
            command = Planning::augment_args(command);
        }
        if Self::has_refusals() {
            command = Allowance::augment_args(command);
        }
        command = Outcome::augment_args(command);
        if !V::Report::HAS_CSV {
            command = command.mut_arg("output", |output| output.value_parser(without_csv()));
        }
        Connection::augment_args(command)
    }

    pub fn read(matches: &ArgMatches) -> Result<Line<V>, clap::Error> {
        let plan = if Self::has_plan() { Planning::from_arg_matches(matches)? } else { Planning::default() };
        let allowance = if Self::has_refusals() { Allowance::from_arg_matches(matches)? } else { Allowance::default() };
        let conduct = Conduct { plan, allowance, outcome: Outcome::from_arg_matches(matches)? };
        let (verb, connection) = (V::Args::from_arg_matches(matches)?, Connection::from_arg_matches(matches)?);
        Ok(Line { verb, conduct, connection })
    }

    fn has_plan() -> bool {
        V::REACH != Reach::Reads
    }

    /// Such as can be answered.
    fn has_refusals() -> bool {
        !V::ALLOWS.is_empty()
    }
}

/// The formats of reports that are no table of numbers.
fn without_csv() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(["table", "wide", "json", "yaml"])
        .map(|word| Format::from_str(&word, false).unwrap_or_default())
}
