//! What stands below the flags in a help text, taken apart: examples, and what else there is to say.

/// The lines of the examples without their indentation, and the paragraphs behind them.
pub struct Below {
    pub examples: Vec<String>,
    pub notes: Vec<String>,
}

const EXAMPLES: &str = "Examples:";

pub fn below(help: &str) -> Below {
    let behind = help.split_once(&format!("{EXAMPLES}\n")).map_or(help, |(_, behind)| behind);
    let is_example = |line: &&str| line.is_empty() || line.starts_with("  ");
    let mut examples: Vec<String> =
        behind.lines().take_while(is_example).map(|line| line.strip_prefix("  ").unwrap_or(line).to_owned()).collect();
    let notes = behind.lines().skip(examples.len()).collect::<Vec<_>>().join("\n");
    while examples.last().is_some_and(String::is_empty) {
        examples.pop();
    }
    Below { examples, notes: notes.split("\n\n").filter(|note| !note.is_empty()).map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_and_notes_are_told_apart() {
        let found =
            below("Codes for --allow:\n  a  x\n\nExamples:\n  # One\n  one\n\n  # Two\n  two\n\nA note.\n\nAnother.");
        assert_eq!(found.examples, ["# One", "one", "", "# Two", "two"]);
        assert_eq!(found.notes, ["A note.", "Another."]);
    }
}
