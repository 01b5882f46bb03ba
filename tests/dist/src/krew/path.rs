//! Paths inside archives and manifests: text, with `/` between folders.

/// What Go makes of a path: no empty parts, no `.`, and no `..` but at the beginning.
pub(super) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if path.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    let start = if path.starts_with('/') { "/" } else { "" };
    match (start, parts.as_slice()) {
        ("", []) => ".".to_owned(),
        (start, parts) => format!("{start}{}", parts.join("/")),
    }
}

/// Whether a path is one that a pattern means: part by part, `*` for any letters of one part and `?` for one of them.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let (patterns, parts): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    patterns.len() == parts.len() && patterns.iter().zip(parts).all(|(pattern, part)| part_fits(pattern, part))
}

fn part_fits(pattern: &str, part: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => part.is_empty(),
        Some('*') => part
            .char_indices()
            .map(|(start, _)| start)
            .chain([part.len()])
            .any(|start| part_fits(letters.as_str(), &part[start..])),
        Some(letter) => {
            let mut given = part.chars();
            given.next().is_some_and(|given| letter == '?' || letter == given)
                && part_fits(letters.as_str(), given.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, cleaned) in [
            ("a/b", "a/b"),
            ("./a", "a"),
            ("a/", "a"),
            ("a//b/./c", "a/b/c"),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("../../a", "../../a"),
            ("/../a", "/a"),
            (".", "."),
            ("", "."),
            ("a/..", "."),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        for (pattern, path, wanted) in [
            ("*", "kubectl-lab", true),
            ("*", "man/page", false),
            ("kubectl-*", "kubectl-lab", true),
            ("*.1", "page.1", true),
            ("*.1", "page.12", false),
            ("man/*", "man/page", true),
            ("pag?", "page", true),
            ("pag?", "pag", false),
            ("LICENSE", "LICENSE", true),
            ("ä*", "äö", true),
        ] {
            assert_eq!(fits(pattern, path), wanted, "{pattern} {path}");
        }
    }
}
