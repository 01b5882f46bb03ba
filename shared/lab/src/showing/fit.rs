//! How much of a page there is room for.

/// The lines that fit, less the last one of the screen, which says what can be done and what is missing.
pub(super) fn fit(page: &str, height: u16) -> (Vec<&str>, String) {
    let room = usize::from(height).saturating_sub(1);
    let lines: Vec<&str> = page.lines().collect();
    let hidden = lines.len().saturating_sub(room);
    let mut footer = "q: end".to_owned();
    if hidden > 0 {
        footer.push_str(&format!("   {hidden} more lines: a larger window shows them"));
    }
    (lines.into_iter().take(room).collect(), footer)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn what_has_no_room_is_counted() {
        assert_eq!(fit("a\nb\n", 4), (vec!["a", "b"], "q: end".into()));
        let (lines, footer) = fit("a\nb\nc\nd", 3);
        assert_eq!((lines, footer.as_str()), (vec!["a", "b"], "q: end   2 more lines: a larger window shows them"));
        assert_eq!(fit("a", 0).0, Vec::<&str>::new());
    }
}
