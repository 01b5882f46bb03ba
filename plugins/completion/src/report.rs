//! What the user gets to see when all is done.

use crate::args::{Args, Wish};
use crate::facts::Facts;
use crate::file::is_ours;

pub fn report(args: &Args, facts: &Facts) -> String {
    let folder = facts.folder.as_ref().map(|folder| folder.display().to_string()).unwrap_or_default();
    match args.wish() {
        Wish::Print(shell) => shell.script().to_owned(),
        Wish::Uninstall => format!("no file of ours is left in {folder}\n"),
        Wish::Install => {
            let files = facts.present.iter().filter(|file| file.text.as_deref().is_some_and(is_ours)).count();
            let path = if facts.is_on_path { "" } else { "\nput that folder on PATH, so that kubectl looks into it" };
            format!(
                "{files} files for kubectl are in {folder}: TAB completes kubectl lab and its verbs{path}\n\
                 if it does not, load kubectl's own completion: source <(kubectl completion bash)\n"
            )
        }
    }
}
