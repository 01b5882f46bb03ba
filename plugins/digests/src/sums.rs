//! The list of digests, as sha256sum writes it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::failure::Failure;

pub const NAME: &str = "SHA256SUMS";
/// A list of ten thousand files; more is no list of ours.
const LONGEST: u64 = 1 << 20;

/// By the files' names, which are below the folder of the list.
pub type Sums = BTreeMap<String, String>;

/// `None` if there is none.
pub fn read(folder: &Path) -> Result<Option<Sums>, Failure> {
    let path = folder.join(NAME);
    let trouble = |error: &io::Error| Failure::new(format!("could not read {}", path.display()), error);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(trouble(&error)),
    };
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).map_err(|error| trouble(&error))?;
    let sums = parse(&text).map_err(|line| {
        Failure::because(format!("could not read {}: line {line} is not as sha256sum writes it", path.display()))
    })?;
    Ok(Some(sums))
}

/// The number of the first line that cannot be understood, if there is one.
fn parse(text: &str) -> Result<Sums, usize> {
    let line = |(number, line): (usize, &str)| entry(line).ok_or(number + 1);
    text.lines().enumerate().map(line).collect()
}

fn entry(line: &str) -> Option<(String, String)> {
    let (digest, name) = line.split_at_checked(64)?;
    let name = name.strip_prefix("  ").or_else(|| name.strip_prefix(" *"))?;
    let is_digest = digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    // Printable, because it is shown; and never a way out of the folder.
    let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()) && !name.contains('\\');
    let is_below = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    (is_digest && is_plain && is_below).then(|| (name.to_owned(), digest.to_owned()))
}

/// In lower-case digits, as they stand in the list.
pub fn of_file(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn lines_are_a_digest_and_a_name() {
        let text = format!("{ABC}  kubectl-lab\n{ABC} *man/kubectl-lab.1\n");
        let sums = parse(&text).unwrap();
        assert_eq!(sums.keys().collect::<Vec<_>>(), ["kubectl-lab", "man/kubectl-lab.1"]);
        assert_eq!(parse(""), Ok(Sums::new()));
    }

    #[test]
    fn what_is_no_such_line_is_named_and_no_name_leads_out_of_the_folder() {
        for line in [
            "",
            "kubectl-lab",
            ABC,
            &format!("{ABC}  "),
            &format!("{ABC} kubectl-lab"),
            &format!("{}  kubectl-lab", ABC.to_uppercase()),
            &format!("{ABC}  ../kubectl-lab"),
            &format!("{ABC}  /etc/passwd"),
            &format!("{ABC}  a/../b"),
            &format!("{ABC}  a\\b"),
            &format!("{ABC}  \u{1b}[31m"),
            &format!("{ABC}  a b"),
            &"ä".repeat(40),
        ] {
            assert_eq!(parse(&format!("{ABC}  good\n{line}\n")), Err(2), "{line:?}");
        }
    }

    #[test]
    fn a_file_is_digested_as_sha256sum_does() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "abc").unwrap();
        assert_eq!(of_file(&folder.path().join("file")).unwrap(), ABC);
        assert!(of_file(folder.path()).is_err());
    }
}
