//! Scripts are verbs too. They describe themselves in comments near their first line, because asking them would mean
//! running them:
//!
//! ```sh
//! #!/bin/sh
//! # about: Show which pod answers
//! # version: 0.1.0
//! ```

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Comments further down are not looked for.
const HEAD: u64 = 2048;

/// The value of `# NAME: value` in the head of a script.
pub fn comment(path: &Path, name: &str) -> Option<String> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    find(&String::from_utf8_lossy(&head), name)
}

fn find(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let value = line.strip_prefix('#')?.trim_start().strip_prefix(name)?.strip_prefix(':')?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_read_by_their_name() {
        let head = "#!/bin/sh\n# about: Show which pod answers \n#version:0.1.0\necho about: no\n# empty:\n";
        assert_eq!(find(head, "about").as_deref(), Some("Show which pod answers"));
        assert_eq!(find(head, "version").as_deref(), Some("0.1.0"));
        assert_eq!(find(head, "empty"), None);
        assert_eq!(find(head, "author"), None);
    }
}
