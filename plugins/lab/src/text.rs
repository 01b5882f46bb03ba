//! Making words fit to be shown: quoted, harmless, typeable.

use std::path::Path;

/// In double quotes, with control characters spelled out.
pub fn quoted(word: &str) -> String {
    format!("{word:?}")
}

/// One line without terminal escapes, whatever a program printed. What is too long for a list ends in "…".
pub fn harmless(line: &str, longest: usize) -> String {
    let clean: String = line.chars().map(|letter| if is_harmful(letter) { ' ' } else { letter }).collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    let whole = words.join(" ");
    if whole.chars().count() <= longest {
        return whole;
    }
    whole.chars().take(longest - 1).chain(['…']).collect()
}

fn is_harmful(letter: char) -> bool {
    // Besides control characters: the marks that make a terminal show text in another order than it is written.
    letter.is_control() || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// As it has to be typed into a shell.
pub fn for_shell(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-./:=,@%+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

pub fn path_for_shell(path: &Path) -> String {
    for_shell(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_are_made_harmless() {
        assert_eq!(harmless("\u{1b}[31mred\u{1b}[0m\ttext\u{202e}\r\n", 80), "[31mred [0m text");
    }

    #[test]
    fn long_lines_are_cut_between_letters() {
        assert_eq!(harmless("äöüäöü", 4), "äöü…");
        assert_eq!(harmless("äöüä", 4), "äöüä");
    }

    #[test]
    fn only_what_a_shell_would_change_is_quoted_for_it() {
        for (word, typed) in [("-n", "-n"), ("a b", "'a b'"), ("", "''"), ("it's", r"'it'\''s'"), ("$HOME", "'$HOME'")]
        {
            assert_eq!(for_shell(word), typed);
        }
    }
}
