//! A share as a bar, for tables.

/// A bar of this many cells stands for everything.
const CELLS: f64 = 20.0;
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// The bar of a share from 0 to 1, to an eighth of a cell.
pub fn bar(share: f64) -> String {
    let whole = "█";
    let mut left = (share.clamp(0.0, 1.0) * CELLS * 8.0).round();
    let mut text = String::new();
    while left >= 8.0 {
        text.push_str(whole);
        left -= 8.0;
    }
    let last = EIGHTHS.iter().enumerate().find(|(eighths, _)| (left - *eighths as f64).abs() < 0.5);
    text.push_str(last.map_or("", |(_, part)| part));
    text
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn a_bar_is_as_long_as_the_share() {
        for (share, text) in
            [(0.0, ""), (1.0 / 160.0, "▏"), (0.05, "█"), (0.5, "██████████"), (2.0, "████████████████████")]
        {
            assert_eq!(bar(share), text, "{share}");
        }
    }
}
