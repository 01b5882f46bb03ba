//! What a terminal shows in the end, if it is so large that nothing is wrapped or scrolled out.

use std::num::NonZeroU16;

const LARGE: NonZeroU16 = NonZeroU16::new(1_000).unwrap();

/// The lines with something in them.
pub fn lines(output: &str) -> Vec<String> {
    let mut parser = vt100::Parser::new(LARGE, LARGE, 0);
    parser.process(output.as_bytes());
    let lines = parser.screen().rows(0, LARGE.get()).map(|line| line.trim_end().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn what_was_erased_is_not_there() {
        let output = format!("\u{1b}[1mb\u{1b}[0m\r\nwaiting\u{1b}[2K\r{}\r\n\r\nc \r\n", "x".repeat(200));
        assert_eq!(lines(&output), ["b", &"x".repeat(200), "c"]);
    }
}
