//! Bars of a chart: blocks whose seams a font would show.

/// The blocks that are full from the left on, by eighths.
const BLOCKS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// How many eighths of a cell the bar is long, if the text is one.
pub fn eighths(text: &str) -> Option<u32> {
    let filled = |block: char| (1..).zip(BLOCKS).find(|(_, known)| *known == block).map(|(eighths, _)| eighths);
    let blocks: Vec<u32> = text.chars().map(filled).collect::<Option<_>>()?;
    let (_, before) = blocks.split_last()?;
    before.iter().all(|eighths| *eighths == 8).then(|| blocks.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::eighths;

    #[test]
    fn a_bar_is_full_but_at_its_end() {
        for (text, wanted) in
            [("██▎", Some(18)), ("█", Some(8)), ("▏", Some(1)), ("▎█", None), ("█ █", None), ("█x", None), ("", None)]
        {
            assert_eq!(eighths(text), wanted, "{text}");
        }
    }
}
