//! Where a manifest's text comes from: a file, or an address.

use std::fs::File;
use std::io::Read as _;

use super::Object;
use crate::download::{Site, sha256};
use crate::error::{Error, Result};

/// Forty times as much as the largest manifest that a verb applies.
pub const LARGEST: u64 = 4 << 20;

/// The text of a manifest, and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub text: String,
    /// Of the bytes as they came, in hex.
    pub sha256: String,
    /// The path of the file, or the address.
    pub from: String,
}

impl Text {
    pub fn new(bytes: Vec<u8>, from: &str) -> Result<Text> {
        let sha256 = sha256(&bytes);
        let broken = || Error::failed(format!("could not read the manifest from {from}"));
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            let error = broken().cause("it is written in UTF-16, as PowerShell does it");
            return Err(error.hint("write it anew with: … | Out-File -Encoding utf8 FILE"));
        }
        let mut text = String::from_utf8(bytes).map_err(|_| broken().cause("it is not text"))?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Ok(Text { text, sha256, from: from.to_owned() })
    }

    pub fn objects(&self) -> Result<Vec<Object>> {
        super::parse(&self.text, &self.from)
    }
}

/// What a user names on the command line: a file, or an https address.
pub async fn given(site: &Site, name: &str) -> Result<Text> {
    if name.contains("://") { downloaded(site, name).await } else { from_file(name) }
}

/// See [`Site::fetch`] for addresses.
pub async fn downloaded(site: &Site, address: &str) -> Result<Text> {
    let download = site.fetch(address, LARGEST).await?;
    Text::new(download.bytes, &download.url)
}

/// Never reads more than the largest manifest may have, whatever the path leads to.
pub fn from_file(path: &str) -> Result<Text> {
    let unreadable = |error: std::io::Error| {
        Error::usage(format!("could not read the manifest {path}")).cause(error).hint("give a file, or an https URL")
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        let larger = format!("it is larger than {} MiB, and no manifest is", LARGEST >> 20);
        return Err(Error::failed(format!("could not read the manifest {path}")).cause(larger));
    }
    Text::new(bytes, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::download::ReleaseSite;
    use crate::fake_server::{FakeServer, answer};

    fn written(bytes: &[u8]) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("my.yaml");
        std::fs::write(&file, bytes).unwrap();
        let file = file.to_str().unwrap().to_owned();
        (folder, file)
    }

    fn refused(bytes: &[u8]) -> String {
        let (_folder, file) = written(bytes);
        from_file(&file).unwrap_err().to_string().replace(&file, "my.yaml")
    }

    #[test]
    fn a_file_is_read_with_its_digest() {
        let (_folder, file) = written(b"\xef\xbb\xbfkind: A\n");
        let text = from_file(&file).unwrap();
        assert_eq!(text.text, "kind: A\n");
        assert_eq!(text.sha256, sha256(b"\xef\xbb\xbfkind: A\n"));
        assert_eq!(text.from, file);
    }

    #[test]
    fn what_is_no_text_of_ours_is_refused() {
        insta::assert_snapshot!(refused(b"\xff\xfek\0i\0"), @"could not read the manifest from my.yaml: it is written in UTF-16, as PowerShell does it");
        insta::assert_snapshot!(refused(b"\x1f\x8b\x08\0"), @"could not read the manifest from my.yaml: it is not text");
        let error = from_file("/dev/null/my.yaml").unwrap_err();
        assert_eq!(error.exit, lab_plan::Exit::Usage);
        assert_eq!(error.hints, ["give a file, or an https URL"]);
    }

    #[test]
    fn a_file_without_end_is_not_read_to_its_end() {
        insta::assert_snapshot!(from_file("/dev/zero").unwrap_err(), @"could not read the manifest /dev/zero: it is larger than 4 MiB, and no manifest is");
    }

    #[tokio::test]
    async fn an_address_is_downloaded_and_a_path_is_read() {
        let server = FakeServer::http(|_| answer("200 OK", &[], "kind: A\n"));
        let site = Site::new(&ReleaseSite::default()).unwrap();
        let address = format!("{}/my.yaml", server.url());
        assert_eq!(given(&site, &address).await.unwrap().from, address);
        let (_folder, file) = written(b"kind: B\n");
        assert_eq!(given(&site, &file).await.unwrap().text, "kind: B\n");
        insta::assert_snapshot!(given(&site, "ftp://files.example/my.yaml").await.unwrap_err(), @"could not use the address ftp://files.example/my.yaml: only https addresses are downloaded");
    }
}
