//! Digests, one a line, as sha256sum writes and checks them.

use sha2::{Digest, Sha256};

pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// In the order of the names.
pub fn text<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> String {
    let mut lines: Vec<(&str, String)> = files.into_iter().map(|(name, bytes)| (name, digest(bytes))).collect();
    lines.sort();
    lines.iter().map(|(name, digest)| format!("{digest}  {name}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_written_as_sha256sum_does() {
        let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(text([("b", &b""[..]), ("a", b"abc")]), format!("{of_abc}  a\n{of_nothing}  b\n"));
    }
}
