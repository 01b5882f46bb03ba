//! Long lines on a terminal, broken between words, and going on under where their text begins. Left to the terminal, they would break in the
//! middle of words.

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};

/// What is going to be copied stays in one piece: what stands in backticks, any word that is longer than a line, and a line with a command
/// that is not marked. The terminal breaks those, and a copy is whole.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| one_wrapped(line, width)).collect();
    lines.join("\n")
}

fn one_wrapped(line: &str, width: usize) -> String {
    if line.split('`').step_by(2).any(|outside| outside.contains("kubectl ")) {
        return line.to_owned();
    }
    let indent = " ".repeat(start_of_text(line).min(width / 2));
    let options = Options::new(width)
        .subsequent_indent(&indent)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::fill(line, options)
}

/// The column behind what a line begins with: spaces, and `3. ` or a label such as `may follow: `.
fn start_of_text(line: &str) -> usize {
    let text = line.trim_start_matches(' ');
    let is_number = |start: &str| start.chars().all(|letter| letter.is_ascii_digit());
    let is_label = |start: &str| start.chars().all(|letter| letter.is_ascii_lowercase() || letter == ' ');
    let number = text.split_once(". ").filter(|(start, _)| is_number(start));
    let label = text.split_once(": ").filter(|(start, _)| is_label(start));
    let rest = number.or(label).map_or(text, |(_, rest)| rest);
    line.len() - rest.len()
}

fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut rest = line;
    Box::new(std::iter::from_fn(move || {
        let (word, after) = rest.split_at(end_of_word(rest)?);
        rest = after;
        Some(Word::from(word))
    }))
}

/// Behind the first word and the spaces that follow it.
fn end_of_word(text: &str) -> Option<usize> {
    let (mut in_code, mut spaces, mut begun) = (false, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            ' ' if !in_code && begun => spaces = true,
            _ if spaces => return Some(at),
            '`' => in_code = !in_code && text[at + 1..].contains('`'),
            _ => {}
        }
        begun |= letter != ' ';
    }
    (!text.is_empty()).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_on_under_where_its_text_begins() {
        let plan = "plan:\n  1. append --flag in container a of Deployment b\n     why: the certificates cannot be checked\n  may follow: create c with all of d\n  A: not a label, but text";
        insta::assert_snapshot!(wrapped(plan, 30), @r"
        plan:
          1. append --flag in
             container a of Deployment
             b
             why: the certificates
                  cannot be checked
          may follow: create c with
                      all of d
          A: not a label, but text
        ");
    }

    #[test]
    fn what_is_copied_stays_in_one_piece() {
        insta::assert_snapshot!(
            wrapped("note: better are others: `kubectl lab metrics-fix --secure`, and a lone ` is a word", 32),
            @r"
        note: better are others:
              `kubectl lab metrics-fix --secure`,
              and a lone ` is a word
        "
        );
        let bare = "to go back: kubectl lab metallb install --version v0.13.12, and then wait";
        assert_eq!(wrapped(bare, 20), bare);
        let long = "why: https://example.com/a/very/long/address/that/has/no/end";
        assert_eq!(wrapped(long, 20), "why:\n     https://example.com/a/very/long/address/that/has/no/end");
    }

    #[test]
    fn nothing_is_lost_and_wide_letters_count_twice() {
        assert_eq!(wrapped("", 10), "");
        assert_eq!(wrapped("a  b\n\nc", 80), "a  b\n\nc");
        assert_eq!(wrapped("日本 日本 日本", 10), "日本 日本\n日本");
    }
}
