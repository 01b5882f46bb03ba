//! What was probably meant.

use std::ffi::OsString;
use std::path::Path;

use crate::failure::Failure;
use crate::op::OWN_WORDS;
use crate::siblings::Sibling;
use crate::text::for_shell;
use crate::text::quoted;

/// More than this many guesses help nobody.
const MOST: usize = 3;

pub fn verb_like(typed: &str, found: &[Sibling], folder: &Path) -> Failure {
    let failure = Failure::usage(format!("unknown verb {}", quoted(typed)));
    let verbs: Vec<&str> = found.iter().filter(|one| one.is_usable()).map(|one| &*one.verb).collect();
    let near = nearest(typed, &verbs);
    if !near.is_empty() {
        return near.into_iter().fold(failure, |failure, verb| {
            failure.hint(format!("did you mean {}? run \"kubectl lab {verb}\"", quoted(verb)))
        });
    }
    if verbs.is_empty() {
        return failure.hint(format!("there is no verb in {}; run \"kubectl lab --help\"", folder.display()));
    }
    failure.hint(format!("the verbs are: {}; run \"kubectl lab --help\"", verbs.join(", ")))
}

/// kubectl itself wants flags behind the name of a plugin, so does a plugin behind the name of a verb.
pub fn verb_before_flags(words: &[OsString], found: &[Sibling]) -> Failure {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let flag = words.first().map_or("", AsRef::as_ref);
    let failure = Failure::usage(format!("flags come after the verb, but {} stands before it", quoted(flag)));
    let is_verb = |word: &str| found.iter().any(|one| one.is_usable() && one.verb == word.replace('_', "-"));
    let Some(place) = words.iter().position(|word| is_verb(word)) else {
        return failure.hint("the order is \"kubectl lab VERB [FLAGS]\"; run \"kubectl lab --help\"");
    };
    let reordered: Vec<String> = [place]
        .into_iter()
        .chain((0..words.len()).filter(|other| *other != place))
        .map(|place| for_shell(&words[place]))
        .filter(|word| word != "--")
        .collect();
    failure.hint(format!("run \"kubectl lab {}\"", reordered.join(" ")))
}

/// The verbs at the smallest distance, if that is small enough to be a slip of the fingers.
fn nearest<'a>(typed: &str, verbs: &[&'a str]) -> Vec<&'a str> {
    let typed = typed.replace('_', "-").to_lowercase();
    let candidates = verbs.iter().copied().chain(OWN_WORDS);
    let near: Vec<(usize, &str)> = candidates
        .map(|verb| (distance(&typed, verb), verb))
        .filter(|(slips, verb)| *slips <= allowed_slips(verb) || is_start(&typed, verb))
        .collect();
    let least = near.iter().map(|(slips, _)| *slips).min();
    near.into_iter().filter(|(slips, _)| Some(*slips) == least).map(|(_, verb)| verb).take(MOST).collect()
}

/// One slip in a short word, two from five letters on, three from nine on.
fn allowed_slips(verb: &str) -> usize {
    1 + usize::from(verb.len() >= 5) + usize::from(verb.len() >= 9)
}

/// `metrics` for `metrics-fix`; two letters say too little.
fn is_start(typed: &str, verb: &str) -> bool {
    typed.len() > 2 && verb.starts_with(typed)
}

/// How many letters have to be put in, left out, replaced or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::siblings::Kind;

    fn siblings(verbs: &[&str]) -> Vec<Sibling> {
        let sibling = |verb: &&str| Sibling { verb: (*verb).into(), path: "/x".into(), kind: Kind::Program };
        verbs.iter().map(sibling).collect()
    }

    #[test]
    fn distance_counts_slips_of_the_fingers() {
        for (from, to, slips) in [
            ("", "", 0),
            ("", "abc", 3),
            ("probe", "probe", 0),
            ("prob", "probe", 1),
            ("porbe", "probe", 1),
            ("kitten", "sitting", 3),
            ("ö", "o", 1),
        ] {
            assert_eq!(distance(from, to), slips, "{from} {to}");
            assert_eq!(distance(to, from), slips, "{to} {from}");
        }
    }

    #[test]
    fn the_nearest_verb_is_meant() {
        let verbs = ["hpa", "load", "metallb", "metrics-fix", "probe", "prove", "strict-arp"];
        for (typed, meant) in [
            ("metric-fix", vec!["metrics-fix"]),
            ("metrics_fxi", vec!["metrics-fix"]),
            ("Metrics-Fix", vec!["metrics-fix"]),
            ("metrics", vec!["metrics-fix"]),
            ("strictarp", vec!["strict-arp"]),
            ("hpaa", vec!["hpa"]),
            ("verison", vec!["version"]),
            ("proxe", vec!["probe", "prove"]),
            ("me", vec![]),
            ("deploy", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(nearest(typed, &verbs).into_iter().collect::<Vec<_>>(), meant, "{typed:?}");
        }
    }

    #[test]
    fn one_guess_is_offered_with_its_command() {
        let failure = verb_like("metric-fix", &siblings(&["metrics-fix", "probe"]), Path::new("/lab"));
        insta::assert_snapshot!(failure, @r#"
        error: unknown verb "metric-fix"
        hint: did you mean "metrics-fix"? run "kubectl lab metrics-fix"
        "#);
    }

    #[test]
    fn all_verbs_are_named_when_none_is_near() {
        let failure = verb_like("deploy", &siblings(&["metrics-fix", "probe"]), Path::new("/lab"));
        insta::assert_snapshot!(failure, @r#"
        error: unknown verb "deploy"
        hint: the verbs are: metrics-fix, probe; run "kubectl lab --help"
        "#);
    }

    #[test]
    fn a_folder_without_verbs_is_named() {
        let failure = verb_like("deploy\u{1b}[31m", &[], Path::new("/lab"));
        insta::assert_snapshot!(failure, @r#"
        error: unknown verb "deploy\u{1b}[31m"
        hint: there is no verb in /lab; run "kubectl lab --help"
        "#);
    }

    #[test]
    fn the_right_order_is_spelled_out() {
        for (line, right) in [
            ("-n my-ns metrics-fix --yes", "run \"kubectl lab metrics-fix -n my-ns --yes\""),
            ("--context=a metrics_fix", "run \"kubectl lab metrics_fix --context=a\""),
            ("-- metrics-fix", "run \"kubectl lab metrics-fix\""),
            ("-n x", "the order is \"kubectl lab VERB [FLAGS]\"; run \"kubectl lab --help\""),
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let flag = line.split(' ').next().expect("a word");
            let failure = verb_before_flags(&words, &siblings(&["metrics-fix"])).to_string();
            let wanted = format!("error: flags come after the verb, but {flag:?} stands before it\nhint: {right}\n");
            assert_eq!(failure, wanted);
        }
    }
}
