//! No program says where it was built: that would differ from one machine to another, and is nobody's business.

use std::path::PathBuf;

use anyhow::{Result, bail};

pub(super) fn none_of(bytes: &[u8], places: &[PathBuf]) -> Result<()> {
    for place in places {
        let place = place.to_string_lossy();
        // A folder of one letter would be found anywhere; with what follows it, it is a path.
        let path = format!("{}{}", place.trim_end_matches(std::path::MAIN_SEPARATOR), std::path::MAIN_SEPARATOR);
        if let Some(start) = find(bytes, path.as_bytes()) {
            let end = bytes[start..].iter().take(120).take_while(|byte| byte.is_ascii_graphic()).count();
            bail!("it names a place of this machine: {}", String::from_utf8_lossy(&bytes[start..start + end]));
        }
    }
    Ok(())
}

fn find(bytes: &[u8], words: &[u8]) -> Option<usize> {
    let first = *words.first()?;
    let mut from = 0;
    while let Some(next) = bytes[from..].iter().position(|byte| *byte == first) {
        let start = from + next;
        if bytes[start..].starts_with(words) {
            return Some(start);
        }
        from = start + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_with_what_follows_it() {
        let bytes = b"\0\x01/home/someone/lab/src/main.rs\0/home/else";
        let error = none_of(bytes, &["/opt".into(), "/home/someone".into()]).unwrap_err().to_string();
        assert_eq!(error, "it names a place of this machine: /home/someone/lab/src/main.rs");
        assert!(none_of(bytes, &["/home/some".into(), "/home/else".into()]).is_ok());
    }
}
