//! Slips of the hand and of the clipboard: characters that only look right, what was copied along with a range, and
//! several ranges in one text.

use super::reading::{EXAMPLE, RangeError, odd, plain};

/// What is wrong with a text before it is looked at as addresses.
pub fn around(text: &str) -> Option<RangeError> {
    strange_characters(text).or_else(|| pasted(text)).or_else(|| several(text))
}

/// Dashes and digits that only look like those of a keyboard. Of spaces MetalLB takes any kind.
fn strange_characters(text: &str) -> Option<RangeError> {
    let is_strange = |found: &char| !found.is_whitespace() && (!found.is_ascii() || found.is_ascii_control());
    let strange = text.chars().find(is_strange)?;
    let meant: String = text.chars().filter_map(keyboard).collect();
    let code = format!("U+{:04X}", u32::from(strange));
    let reason = match keyboard(strange) {
        Some('-') => format!("{strange} ({code}) is another dash than the - of the keyboard"),
        Some(plain) if plain.is_ascii() => format!("{strange} ({code}) is not the {plain} of the keyboard"),
        None => format!("it has a character that cannot be seen, {code}"),
        Some(_) => format!("{strange} ({code}) belongs to no address"),
    };
    Some(odd(reason).perhaps(&meant))
}

/// The character of the keyboard that it looks like, none if it looks like nothing, else itself.
fn keyboard(found: char) -> Option<char> {
    match found {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' => Some('-'),
        // The full-width forms repeat ASCII from `!` on.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(found) - 0xFF01 + 0x21),
        '\u{3002}' => Some('.'),
        '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' => None,
        hidden if hidden.is_control() => None,
        other => Some(other),
    }
}

/// A range with something of the place that it was copied from.
fn pasted(text: &str) -> Option<RangeError> {
    const AROUND: [char; 7] = ['"', '\'', '`', '(', ')', '<', '>'];
    if let Some(item) = text.strip_prefix("- ") {
        return Some(odd("it begins as an item of a YAML list").perhaps(item.trim()));
    }
    if text.contains("://") {
        return Some(odd("this is a URL; a pool holds addresses").hint(EXAMPLE));
    }
    if text.contains(AROUND) {
        return Some(odd("it has quotes or brackets around it").perhaps(text.trim_matches(AROUND)));
    }
    if text.contains(['[', ']']) {
        let without_port = text.split("]:").next().unwrap_or_default();
        let error = odd("an address in a pool has no brackets and no port");
        return Some(error.perhaps(&without_port.replace(['[', ']'], "")));
    }
    if let Some((_, value)) = text.split_once('=') {
        return Some(odd("it has a name and a = before it").perhaps(value));
    }
    [" to ", "...", "..", "~"].into_iter().find_map(|word| {
        let meant = text.contains(word).then(|| text.replacen(word, "-", 1))?;
        plain(&meant).ok()?;
        let reason = format!("the two ends of a range have a - between them, not {}", word.trim());
        Some(odd(reason).perhaps(&meant))
    })
}

/// More than one range, or one with a space in the wrong place.
fn several(text: &str) -> Option<RangeError> {
    let halves: Vec<&str> = text.split('-').map(str::trim).collect();
    let joined = halves.join("-");
    let is_separator = |found: char| found == ',' || found == ';' || found.is_whitespace();
    if !joined.contains(is_separator) {
        return None;
    }
    let parts: Vec<&str> = joined.split(is_separator).filter(|part| !part.is_empty()).collect();
    if let [only] = parts[..] {
        return Some(odd("it has a comma or a semicolon before or after the range").perhaps(only));
    }
    let ranges: Vec<String> = parts.iter().filter_map(|part| Some(plain(part).ok()?.to_string())).collect();
    if ranges.len() == parts.len() {
        let reason = format!("these are {} ranges in one", ranges.len());
        return Some(odd(reason).hint(format!("give each by itself: {}", ranges.join(" and "))));
    }
    let separator = if joined.contains(char::is_whitespace) { "a space" } else { "a comma or a semicolon" };
    Some(odd(format!("it has {separator} in it")).perhaps(&parts.concat()))
}
