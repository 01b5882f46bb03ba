//! The list of tags that `git ls-remote` reads over HTTP: lines with their length before them.

use sha2::{Digest, Sha256};

use super::contents::Repository;
use super::http::{Request, Response};

/// Some forty digits that are always the same for the same tag.
pub(super) fn commit(repository: &Repository, name: &str) -> String {
    let digest = Sha256::digest(format!("{} {name}", repository.full_name()));
    digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

/// Answers `/OWNER/NAME/info/refs?service=git-upload-pack`.
pub(super) fn refs(repository: &Repository, request: &Request) -> Response {
    if request.asked("service") != Some("git-upload-pack") {
        return Response::new(403, "text/plain", "Please upgrade your git client.\n");
    }
    let main = commit(repository, "main");
    let mut body = line("# service=git-upload-pack\n") + "0000";
    body += &line(&format!("{main} HEAD\0multi_ack ofs-delta symref=HEAD:refs/heads/main agent=stand-in\n"));
    body += &line(&format!("{main} refs/heads/main\n"));
    let mut tags: Vec<_> = repository.tags.iter().collect();
    tags.sort();
    for tag in tags {
        // An annotated tag is an object of its own; the line with ^{} names the commit that it marks.
        body += &line(&format!("{} refs/tags/{tag}\n", commit(repository, &format!("tag {tag}"))));
        body += &line(&format!("{} refs/tags/{tag}^{{}}\n", commit(repository, tag)));
    }
    body += "0000";
    Response::new(200, "application/x-git-upload-pack-advertisement", body).with("Cache-Control", "no-cache")
}

fn line(text: &str) -> String {
    format!("{:04x}{text}", text.len() + 4)
}
