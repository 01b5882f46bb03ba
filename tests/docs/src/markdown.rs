//! Just enough Markdown to find in a document what can be checked.

/// The lines of a fenced block, and the word behind its fence.
#[derive(Debug, PartialEq, Eq)]
pub struct Block<'t> {
    pub language: &'t str,
    pub lines: Vec<&'t str>,
}

pub fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some(Block { language: language.trim(), lines: Vec::new() }),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.lines.push(line),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fenced block is not closed");
    blocks
}

/// Everything outside fenced blocks.
pub fn prose(text: &str) -> Vec<&str> {
    let mut inside = false;
    let is_prose = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !fence && !inside
    };
    text.lines().filter(is_prose).collect()
}

/// What stands between single backquotes in the prose.
pub fn spans(text: &str) -> Vec<&str> {
    prose(text).into_iter().flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

/// The targets of links and images.
pub fn links(text: &str) -> Vec<&str> {
    let of_line = |line| str::split(line, "](").skip(1).filter_map(|rest| rest.split(')').next());
    prose(text).into_iter().flat_map(of_line).collect()
}

/// The names by which headings can be linked to.
pub fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).into_iter().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

fn anchor(heading: &str) -> String {
    let letters = heading.to_lowercase().replace(' ', "-");
    letters.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_')).collect()
}

/// The cells of each row of the table whose first heading is this, without the headings.
pub fn table(text: &str, first_heading: &str) -> Vec<Vec<String>> {
    let lines = prose(text).into_iter().skip_while(|line| {
        !line.trim_start().starts_with('|') || cells(line).first().is_none_or(|cell| cell != first_heading)
    });
    // Behind the headings is the line of dashes.
    lines.skip(2).take_while(|line| line.trim_start().starts_with('|')).map(cells).collect()
}

fn cells(row: &str) -> Vec<String> {
    row.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Title: of `it`

A [link](a/b.md#c) and `some code`, [another](https://example.org).

| code | meaning |
|---|---|
| 0 | all is `well` |
| 1 | it is not |

```sh
echo `not a span` [no](link)
# no heading
```
Done.
";

    #[test]
    fn blocks_and_prose_are_told_apart() {
        let lines = vec!["echo `not a span` [no](link)", "# no heading"];
        assert_eq!(blocks(TEXT), [Block { language: "sh", lines }]);
        assert_eq!(prose(TEXT).last(), Some(&"Done."));
    }

    #[test]
    fn spans_links_and_anchors_are_of_the_prose() {
        assert_eq!(spans(TEXT), ["it", "some code", "well"]);
        assert_eq!(links(TEXT), ["a/b.md#c", "https://example.org"]);
        assert_eq!(anchors(TEXT), ["title-of-it"]);
    }

    #[test]
    fn a_table_is_found_by_its_first_heading() {
        assert_eq!(table(TEXT, "code"), [["0", "all is `well`"], ["1", "it is not"]]);
        assert_eq!(table(TEXT, "none"), Vec::<Vec<String>>::new());
    }
}
