//! The one line that each verb says of itself, for the list.
//!
//! The list of verbs must not be written here, so the line comes from the verb: the first paragraph of its `-h`. Every
//! program knows `-h` and none does its work on it; a hidden word of our own would be quicker by 0.3 ms, and would be
//! taken for an argument by a program that does not know it.
//!
//! Starting a verb takes 1 to 2 ms, so a list of ten would take longer than kubectl's users should feel. What was said is
//! therefore kept (`remembered`), by the identity of the file that said it: a listing takes about 1 ms however many verbs
//! there are, and only the first after an installation or an upgrade asks.

use std::path::Path;
use std::time::Duration;

use crate::ask;
use crate::ask::Answer;
use crate::remembered;
use crate::remembered::Identity;
use crate::remembered::Memory;
use crate::text::harmless;

const LONGEST: usize = 160;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    Says(String),
    Nothing,
    NotStarted(String),
}

/// In the order of the programs.
pub fn all(programs: &[&Path], bound: Duration) -> Vec<About> {
    let place = remembered::place();
    let memory = place.as_deref().map(remembered::read).unwrap_or_default();
    let (abouts, memory) = with_memory(programs, memory, |unknown| ask::all(unknown, &["-h"], bound));
    if let (Some(memory), Some(place)) = (memory, place) {
        // Without a memory (a read-only home) the next list asks again; nobody needs to hear of it.
        let _ = remembered::write(&place, &memory);
    }
    abouts
}

/// The answers, and the new memory if there is something new in it.
fn with_memory(
    programs: &[&Path],
    mut memory: Memory,
    ask: impl FnOnce(&[&Path]) -> Vec<Answer>,
) -> (Vec<About>, Option<Memory>) {
    // Looked at before asking: a file that is replaced while it is asked must not be remembered by its new identity.
    let identities: Vec<Option<Identity>> = programs.iter().map(|program| Identity::of(program)).collect();
    let remembered =
        |(program, identity): (&&Path, &Option<Identity>)| Some(says(memory.says(program, identity.as_ref()?)?));
    let mut abouts: Vec<Option<About>> = programs.iter().zip(&identities).map(remembered).collect();
    let unknown: Vec<usize> = (0..programs.len()).filter(|place| abouts[*place].is_none()).collect();
    let unknown_programs: Vec<&Path> = unknown.iter().map(|place| programs[*place]).collect();
    let answers = if unknown.is_empty() { Vec::new() } else { ask(&unknown_programs) };
    let mut is_news = false;
    for (place, answer) in unknown.into_iter().zip(answers) {
        abouts[place] = Some(match answer {
            Answer::Said(help) => {
                let line = first_paragraph(&help);
                // Silence may come from a missing library or a full machine, so it is not what is remembered.
                if let Some(identity) = identities[place].as_ref().filter(|_| !line.is_empty()) {
                    memory.keep(programs[place], identity, &line);
                    is_news = true;
                }
                says(&line)
            }
            // Neither is a property of the file: the next time may go better.
            Answer::TooLate => About::Nothing,
            Answer::NotStarted(why) => About::NotStarted(why),
        });
    }
    (abouts.into_iter().map(|about| about.unwrap_or(About::Nothing)).collect(), is_news.then_some(memory))
}

fn says(line: &str) -> About {
    if line.is_empty() { About::Nothing } else { About::Says(line.to_owned()) }
}

/// The description at the top of a help text, as one line. A help text that begins with its usage has none.
fn first_paragraph(help: &str) -> String {
    let lines = help.lines().map(str::trim).skip_while(|line| line.is_empty());
    let paragraph: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    let text = paragraph.join(" ");
    let is_usage = text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("usage"));
    if is_usage { String::new() } else { harmless(&text, LONGEST) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_is_the_first_paragraph_of_the_help() {
        for (help, about) in [
            ("Say why metrics do not work\n\nUsage: x\n", "Say why metrics do not work"),
            ("\n\nA line that was\n  wrapped\n\nUsage: x", "A line that was wrapped"),
            ("\u{1b}[1mBold\u{1b}[0m words\n", "[1mBold [0m words"),
            ("Usage: x [FLAGS]\n\nText", ""),
            ("usage: x", ""),
            ("ä€", "ä€"),
            ("", ""),
            ("\n \n", ""),
        ] {
            assert_eq!(first_paragraph(help), about, "{help:?}");
        }
    }

    #[test]
    fn only_what_is_not_remembered_is_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = ["a", "b", "c"].map(|name| folder.path().join(name));
        files.iter().for_each(|file| std::fs::write(file, "x").expect("a file"));
        let programs: Vec<&Path> = files.iter().map(|file| &**file).collect();

        let (abouts, memory) = with_memory(&programs, Memory::default(), |unknown| {
            assert_eq!(unknown, programs);
            vec![Answer::Said("About a".into()), Answer::Said("Usage: b".into()), Answer::TooLate]
        });
        assert_eq!(abouts, [About::Says("About a".into()), About::Nothing, About::Nothing]);

        let (abouts, memory) = with_memory(&programs, memory.expect("news"), |unknown| {
            assert_eq!(unknown, [programs[1], programs[2]], "who said nothing is asked again");
            vec![Answer::Said("About b".into()), Answer::Said("About c".into())]
        });
        assert_eq!(abouts, ["About a", "About b", "About c"].map(|line| About::Says(line.into())));

        let (again, memory) = with_memory(&programs, memory.expect("news"), |_| panic!("all is known"));
        assert_eq!((again, memory), (abouts, None));
    }

    #[test]
    fn a_file_that_changed_is_asked_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a");
        std::fs::write(&file, "x").expect("a file");
        let (_, memory) = with_memory(&[&file], Memory::default(), |_| vec![Answer::Said("Old".into())]);
        std::fs::write(&file, "longer").expect("a file");
        let (abouts, _) = with_memory(&[&file], memory.expect("news"), |_| vec![Answer::Said("New".into())]);
        assert_eq!(abouts, [About::Says("New".into())]);
    }
}
