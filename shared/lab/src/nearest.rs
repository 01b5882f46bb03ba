//! The name that was probably meant, for the hint below a name that does not exist.

/// The existing name that is a typing error or a missing piece away from `wanted`, if there is one.
pub fn nearest<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wanted = wanted.to_lowercase();
    let furthest = (wanted.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let lower = name.to_lowercase();
        let part = wanted.len() >= 3 && lower.contains(&wanted) || lower.len() >= 3 && wanted.contains(&lower);
        let distance = if part { 1 } else { strsim::damerau_levenshtein(&wanted, &lower) };
        if distance <= furthest && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_a_typing_error_and_a_missing_piece() {
        let names = ["kind-demo", "lecture", "prod"];
        assert_eq!(nearest("kind-dmeo", names), Some("kind-demo"));
        assert_eq!(nearest("demo", names), Some("kind-demo"));
        assert_eq!(nearest("Prod", names), Some("prod"));
    }

    #[test]
    fn does_not_guess_wildly() {
        assert_eq!(nearest("staging", ["kind-demo", "prod"]), None);
        assert_eq!(nearest("ab", ["xyz"]), None);
        assert_eq!(nearest("a", []), None);
    }
}
