//! The files that belong to the repository, by git's word.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use lab_workspace::built::workspace;

pub struct Document {
    /// From the top of the repository.
    pub path: PathBuf,
    pub text: String,
}

/// Those that are there and not ignored, whether they are committed yet or not.
pub fn files() -> Vec<PathBuf> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    let output = Command::new("git").args(arguments).current_dir(workspace()).output().expect("git runs");
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("names of files are UTF-8");
    let files: Vec<PathBuf> = names.split_terminator('\0').map(PathBuf::from).collect();
    // What was deleted but is not committed yet is listed all the same.
    files.into_iter().filter(|file| workspace().join(file).is_file()).collect()
}

/// What people read: every Markdown file.
pub fn documents() -> Vec<Document> {
    let is_markdown = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    files().into_iter().filter(is_markdown).map(document).collect()
}

pub fn readme() -> Document {
    document("README.md".into())
}

fn document(path: PathBuf) -> Document {
    let text =
        fs::read_to_string(workspace().join(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Document { path, text }
}
