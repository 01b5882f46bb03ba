//! What TAB offers. The other programs have this of the shared crate, which would make this one many times as large; so few flags need
//! little of it.

use clap::Arg;

use crate::args;

/// The word with which a shell, or kubectl-lab, asks.
pub const WORD: &str = "__complete";

/// A candidate a line, with what it is, and in the end that no names of files are wanted. The last word is being typed.
pub fn answer(words: &[String]) -> String {
    let mut command = args::command();
    command.build();
    let (word, before) = words
        .split_last()
        .map_or(("", ""), |(word, before)| (word.as_str(), before.last().map(String::as_str).unwrap_or_default()));
    let is_named = |arg: &&Arg, flag: &str| {
        let short = arg.get_short().map(|letter| format!("-{letter}"));
        short.as_deref() == Some(flag) || arg.get_long().is_some_and(|name| flag == format!("--{name}"))
    };
    let value_of =
        |flag: &str| command.get_arguments().find(|arg| arg.get_action().takes_values() && is_named(arg, flag));
    // Of a flag with an equals sign the shell itself keeps what stands before it.
    let with_equals = word.split_once('=').and_then(|(flag, text)| Some((value_of(flag)?, text)));
    let lines: Vec<String> = match with_equals.or_else(|| Some((value_of(before)?, word))) {
        Some((arg, text)) => {
            let names = arg.get_possible_values().into_iter().map(|value| value.get_name().to_owned());
            names.filter(|name| name.starts_with(text)).collect()
        }
        None => {
            let about = |arg: &Arg| arg.get_help().map(ToString::to_string).unwrap_or_default();
            let flags = command.get_arguments().filter(|arg| !arg.is_hide_set());
            let flags = flags.filter_map(|arg| Some(format!("--{}\t{}", arg.get_long()?, about(arg))));
            flags.filter(|flag| flag.starts_with(word)).collect()
        }
    };
    lines.into_iter().chain([":4".to_owned()]).map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_their_values_are_offered() {
        let values = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let lines: Vec<String> =
                answer(&words).lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect();
            lines.join(" ")
        };
        assert_eq!(values("--hel"), "--help :4");
        assert_eq!(values("--out"), "--output :4");
        assert_eq!(values("-o j"), "json :4");
        assert_eq!(values("--output="), values("--output "));
        assert_eq!(values("x"), ":4");
        assert!(answer(&[]).ends_with(":4\n"));
    }
}
