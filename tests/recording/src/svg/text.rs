//! Values as SVG writes them.

use crate::look::{INK, Look, Rgb};

pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // Not even as a reference may XML have it.
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

pub fn pixels(tenths: u32) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

pub fn colour(Rgb(red, green, blue): Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// What of a look is not that of all text.
pub fn attributes(look: Look) -> String {
    let ink = (look.ink != INK).then(|| format!(" fill=\"{}\"", colour(look.ink)));
    let others = [
        (look.bold, " font-weight=\"bold\""),
        (look.dim, " fill-opacity=\".6\""),
        (look.italic, " font-style=\"italic\""),
        (look.underlined, " text-decoration=\"underline\""),
    ];
    let others = others.into_iter().filter(|(is_so, _)| *is_so).map(|(_, attribute)| attribute.to_owned());
    ink.into_iter().chain(others).collect()
}
