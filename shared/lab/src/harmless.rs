//! Makes text from outside safe to show: names, messages and logs come from the cluster or the network, and whoever
//! wrote them must not move the cursor, recolour the terminal or reorder what the reader sees.

use std::fmt::Write as _;

/// The longest foreign text that fits into one line of ours.
const LINE: usize = 2000;

/// Text of several lines: line breaks and tabs stay, everything that a terminal would obey is written out.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.replace("\r\n", "\n").chars() {
        if is_harmful(c) && c != '\n' && c != '\t' {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The same as one line of bounded length, for messages and table cells.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LINE));
    for word in text.split([' ', '\n', '\t', '\r']).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&harmless(word));
    }
    if let Some((cut, _)) = line.char_indices().nth(LINE) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

/// JSON as it was, every character that a terminal would obey written as JSON's own escape: the same data.
pub(crate) fn harmless_json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) && c != '\n' {
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Control characters of both sets, and the invisible ones that turn the direction of what follows.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(harmless("ready: 3/3\n\tünïcode ✓"), "ready: 3/3\n\tünïcode ✓");
    }

    #[test]
    fn escapes_are_written_out() {
        assert_eq!(harmless("a\x1b[31mred\x1b[0m"), "a\\u{1b}[31mred\\u{1b}[0m");
        assert_eq!(harmless("c1 \u{9b}31m"), "c1 \\u{9b}31m");
        assert_eq!(harmless("bell\x07 back\x08 del\x7f"), "bell\\u{7} back\\u{8} del\\u{7f}");
    }

    #[test]
    fn a_carriage_return_cannot_overwrite_the_line() {
        assert_eq!(harmless("bad\rgood"), "bad\\u{d}good");
        assert_eq!(harmless("dos\r\nlines\x00"), "dos\nlines\\u{0}");
    }

    #[test]
    fn text_cannot_be_reordered() {
        assert_eq!(harmless("x\u{202e}y\u{2066}z"), "x\\u{202e}y\\u{2066}z");
    }

    #[test]
    fn json_stays_the_same_data() {
        let data = serde_json::json!({ "a": "x\x1b[2J\u{9b}31m\u{202e}\x7f\ny" });
        let shown = harmless_json(&serde_json::to_string_pretty(&data).unwrap());
        assert!(!shown.chars().any(|c| is_harmful(c) && c != '\n'), "{shown:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), data);
    }

    #[test]
    fn one_line_joins_and_bounds() {
        assert_eq!(one_line("  a\r\n\n b\tc \x1b[2J"), "a b c \\u{1b}[2J");
        assert_eq!(one_line(&"x".repeat(LINE * 2)).chars().count(), LINE + 1);
    }
}
