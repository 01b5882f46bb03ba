use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use lab_cli::run::Run;
use lab_docs::seen::{met, promised};
use lab_workspace::built::binaries;

use crate::schemas::{objections, schema, validator};

/// The dispatcher and the verb alone, and a list of their digests.
fn installed(folder: &Path) {
    let built = binaries().expect("they build");
    let mut sums = String::new();
    for name in ["kubectl-lab", "kubectl-lab-digests"] {
        fs::hard_link(built.join(name), folder.join(name)).expect("a link");
        sums += &format!("{}  {name}\n", lab_dist::sums::digest(&fs::read(folder.join(name)).expect("a file")));
    }
    fs::write(folder.join("SHA256SUMS"), sums).expect("a file");
}

#[test]
fn reports_of_digests_are_as_promised() {
    let schema = schema("digests.v1.json");
    let validator = validator(&schema);
    let mut never_met = promised(&schema);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    installed(folder.path());
    let file = |name: &str| folder.path().join(name);
    let mut check = |verdict: &str, code: i32| {
        let output = Run::program(file("kubectl-lab-digests")).args(["-o", "json"]).run();
        let document = output.json();
        assert_eq!(objections(&validator, &document), "", "{output}");
        assert_eq!((document["verdict"].as_str(), output.code), (Some(verdict), Some(code)), "{output}");
        never_met = &never_met - &met(&schema, &document);
        document
    };
    let same = check("same", 0);
    let handed_over = Run::program(file("kubectl-lab")).args(["version", "--verify", "-o", "json"]).run();
    assert_eq!(handed_over.succeeds().json(), same);

    fs::write(file("kubectl-lab-more"), "").expect("a file");
    fs::remove_file(file("kubectl-lab")).expect("removed");
    check("different", 3);
    fs::remove_file(file("SHA256SUMS")).expect("removed");
    check("unproven", 1);
    assert_eq!(never_met, BTreeSet::new(), "the schema speaks of what is never printed");
}
