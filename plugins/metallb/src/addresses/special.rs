//! Addresses that mean something else than a machine on the network (RFC 6890 and the registries it made).

use super::range::{Family, Range};

/// No packet to these reaches a load balancer.
const NEVER: [(&str, &str); 9] = [
    ("0.0.0.0/8", "which stands for \"this host\" and is no destination"),
    ("127.0.0.0/8", "the loopback addresses, which never leave a machine"),
    ("169.254.0.0/16", "the link-local addresses, which no router passes on"),
    ("224.0.0.0/4", "the multicast addresses"),
    ("240.0.0.0/4", "which is reserved, and most systems drop it"),
    ("::/128", "the unspecified address"),
    ("::1/128", "the loopback address, which never leaves a machine"),
    ("fe80::/10", "the link-local addresses, which no router passes on"),
    ("ff00::/8", "the multicast addresses"),
];

const DOCUMENTATION: [&str; 5] = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"];

/// Why no pool can hold it, if that is so.
pub fn never(range: &Range) -> Option<String> {
    let all = if range.family() == Family::V4 { "0.0.0.0/0" } else { "::/0" };
    if block(all).is_some_and(|all| range.covers(&all)) {
        return Some(format!("this is every {} address there is", range.family()));
    }
    NEVER.iter().find_map(|(text, what)| {
        let meets = block(text)?.intersection(range)?;
        let how = match meets == *range {
            true if range.size() == 1 && block(text)?.size() == 1 => "it is",
            true => "it is in",
            false => "it reaches into",
        };
        Some(format!("{how} {}, {what}", text.trim_end_matches("/128")))
    })
}

/// Addresses that books use; a lab without a way out may use them too.
pub fn documentation(range: &Range) -> Option<&'static str> {
    DOCUMENTATION.into_iter().find(|text| block(text).is_some_and(|block| block.overlaps(range)))
}

fn block(text: &str) -> Option<Range> {
    Range::in_pool(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_of_the_tables_can_be_read() {
        for text in NEVER.iter().map(|(text, _)| *text).chain(DOCUMENTATION) {
            assert_eq!(block(text).map(|block| block.to_string()).as_deref(), Some(text));
        }
    }
}
