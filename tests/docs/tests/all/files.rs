use std::fs;
use std::path::Path;

use lab_docs::markdown::{anchors, links};
use lab_docs::repository::{documents, files};
use lab_workspace::built::workspace;

#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut followed = 0;
    for document in documents() {
        let folder = document.path.parent().unwrap_or(Path::new(""));
        for link in links(&document.text).into_iter().filter(|link| !link.contains("://")) {
            let what = format!("{}: {link}", document.path.display());
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { document.path.clone() } else { folder.join(path) };
            let target = workspace().join(target);
            assert!(target.exists(), "{what}");
            if !anchor.is_empty() {
                let text = fs::read_to_string(&target).unwrap_or_else(|error| panic!("{what}: {error}"));
                assert!(anchors(&text).iter().any(|known| known == anchor), "{what}: no such heading");
            }
            followed += 1;
        }
    }
    assert!(followed >= 5, "hardly a link was found in the documents");
}

/// Places of one machine, and the hosts that packages come from: neither is any business of the sources. Put together
/// here, so that this file does not contain them.
fn forbidden() -> Vec<String> {
    let folders = ["work", "root"].map(|folder| format!("/{folder}/"));
    let hosts = [
        ["crates", "io"].join("."),
        ["proxy", "golang", "org"].join("."),
        ["sum", "golang", "org"].join("."),
        ["deb", "debian", "org"].join("."),
        ["security", "debian", "org"].join("."),
        ["pypi", "org"].join("."),
        ["registry", "npmjs", "org"].join("."),
    ];
    folders.into_iter().chain(hosts).collect()
}

#[test]
fn no_file_names_a_machines_paths_or_a_package_host() {
    let forbidden = forbidden();
    let mut found = Vec::new();
    // Cargo writes its lock file itself, and names its registry there.
    for file in files().into_iter().filter(|file| file != Path::new("Cargo.lock")) {
        let bytes = fs::read(workspace().join(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let text = String::from_utf8_lossy(&bytes);
        for (number, line) in text.lines().enumerate() {
            let words = forbidden.iter().filter(|word| line.contains(*word));
            found.extend(words.map(|word| format!("{}:{}: {word}", file.display(), number + 1)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
