//! Phrases that several hops need.

use lab::Timestamp;

/// `a`, `a and b`, `a, b and c`; of many the first ones and how many more.
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    const MOST: usize = 8;
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match &items[..] {
        [] => "none".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] if items.len() <= MOST => format!("{} and {last}", first.join(", ")),
        many => format!("{} and {} more", many[..MOST].join(", "), many.len() - MOST),
    }
}

/// `1 endpoint`, `2 endpoints`
pub fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// As kubectl shows ages.
pub fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// The labels as a selector on the command line.
pub fn pairs(labels: &std::collections::BTreeMap<String, String>) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_people_write_them() {
        let items: Vec<String> = (1..=10).map(|number| format!("lab-{number}")).collect();
        assert_eq!(list(&items[..0]), "none");
        assert_eq!(list(&items[..1]), "lab-1");
        assert_eq!(list(&items[..3]), "lab-1, lab-2 and lab-3");
        assert_eq!(list(&items), "lab-1, lab-2, lab-3, lab-4, lab-5, lab-6, lab-7, lab-8 and 2 more");
    }
}
