//! Who gave an answer.

use lab_topics::service::Endpoint;

/// The endpoint that a text names, by the name or an address of it as a whole word. A text that names several names nobody.
pub fn named<'e>(text: &str, endpoints: &'e [Endpoint]) -> Option<&'e str> {
    let mut found: Option<&Endpoint> = None;
    for endpoint in endpoints {
        let mut words = endpoint.pod.iter().chain(&endpoint.addresses);
        if words.any(|word| has_word(text, word)) {
            if found.is_some() {
                return None;
            }
            found = Some(endpoint);
        }
    }
    found.map(Endpoint::name)
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    // `10.0.0.1` is no word of `110.0.0.1`, of `10.0.0.12` or of `10.0.0.1.2`; the end of a sentence is none of it.
    let goes_on = |rest: &str| {
        let mut next = rest.chars();
        match next.next() {
            Some('.' | ':') if word.contains(['.', ':']) => {
                next.next().is_some_and(|c| c.is_ascii_digit() && !rest.starts_with(':'))
            }
            Some(c) => is_part(c),
            None => false,
        }
    };
    let follows =
        |before: &str| before.chars().next_back().is_some_and(|c| is_part(c) || (c == '.' && word.contains('.')));
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| !follows(&text[..at]) && !goes_on(&text[at + word.len()..]))
}

/// The place and number of the request that a line of a pod's log is about, by how it has named itself.
pub fn marked(line: &str, run: &str) -> Option<(usize, u32)> {
    let mark = format!("kubectl-lab-probe/{run}.");
    let (_, rest) = line.split_once(&mark)?;
    let (place, rest) = rest.split_once('.')?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some((place.parse().ok()?, rest[..end].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints() -> Vec<Endpoint> {
        let one = |pod: &str, address: &str| Endpoint {
            pod: Some(pod.into()),
            addresses: vec![address.into()],
            ..Endpoint::default()
        };
        vec![one("web-1", "10.244.1.5"), one("web-10", "10.244.1.50"), one("web-2", "fd00::7")]
    }

    #[test]
    fn a_name_or_an_address_as_a_whole_word_names_the_pod() {
        for (text, pod) in [
            ("Running web-1 (10.244.1.5) on lab-1", Some("web-1")),
            ("Running web-10 (10.244.1.50) on lab-1", Some("web-10")),
            ("<p>web-2</p>", Some("web-2")),
            ("Server address: 10.244.1.5:80", Some("web-1")),
            ("I am 10.244.1.5.", Some("web-1")),
            ("[fd00::7]:8080", Some("web-2")),
            ("web-1 and web-2", None),
            ("my-web-1 web-1-x web-11 110.244.1.5 10.244.1.5.9", None),
            ("", None),
        ] {
            assert_eq!(named(text, &endpoints()), pod, "{text}");
        }
    }

    #[test]
    fn a_request_is_known_again_in_a_log() {
        let line = r#"10.244.2.9 - - [23/Nov/2026:05:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "kubectl-lab-probe/20261123-050000-1.0.17""#;
        assert_eq!(marked(line, "20261123-050000-1"), Some((0, 17)));
        assert_eq!(marked(line, "another"), None);
    }
}
