//! The template that krew-release-bot fills at a release, filled here from archives that are at hand.
//!
//! The bot hands it to Go's template language. Two forms of that are enough: `{{ .TagName }}`, and `{{addURIAndSha "URL" .TagName }}`, for
//! which it downloads the archive and writes the URL and the digest, the latter on a line of its own behind four spaces.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// Where the project is, as the template spells it while nobody knows.
const SOMEWHERE: &str = "OWNER/REPOSITORY";

/// The template for a project that is at `repository`, such as `someone/lab`.
pub fn at(template: &str, repository: &str) -> Result<String> {
    let mut parts = repository.split('/');
    let is_part = |part: Option<&str>| {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        part.is_some_and(|part| !part.is_empty() && part.chars().all(is_letter))
    };
    if !(is_part(parts.next()) && is_part(parts.next()) && parts.next().is_none()) {
        bail!("{repository:?} is no repository's name, such as owner/name");
    }
    Ok(template.replace(SOMEWHERE, repository))
}

/// The manifest of a release. `digests` are those of the archives, by their names.
pub fn filled(template: &str, tag: &str, digests: &BTreeMap<String, String>) -> Result<String> {
    if template.contains(SOMEWHERE) {
        bail!("the template does not say yet where the project is: {SOMEWHERE}");
    }
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, part)) = rest.split_once("{{") {
        text.push_str(before);
        if let Some(behind) = part.trim_start().strip_prefix("addURIAndSha \"") {
            let (url, behind) = behind.split_once('"').context("addURIAndSha has no end of its URL")?;
            let behind = behind.trim_start().strip_prefix(".TagName").map(str::trim_start);
            rest = behind.and_then(|behind| behind.strip_prefix("}}")).with_context(|| not_understood(part))?;
            let url = with_tag(url, tag)?;
            let name = url.rsplit('/').next().unwrap_or_default();
            let digest = digests.get(name).with_context(|| format!("there is no archive {name}"))?;
            text.push_str(&format!("uri: {url}\n    sha256: {digest}"));
        } else {
            let (inner, behind) = part.split_once("}}").with_context(|| not_understood(part))?;
            text.push_str(&with_tag(&format!("{{{{{inner}}}}}"), tag)?);
            rest = behind;
        }
    }
    text.push_str(rest);
    Ok(text)
}

fn with_tag(text: &str, tag: &str) -> Result<String> {
    let text = text.replace("{{ .TagName }}", tag).replace("{{.TagName}}", tag);
    if text.contains("{{") {
        bail!(not_understood(text.trim_start_matches("{{")));
    }
    Ok(text)
}

fn not_understood(part: &str) -> String {
    let end = part.find(['\n', '}']).unwrap_or(part.len());
    format!("the template has a part that is not understood: {{{{{}", &part[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests() -> BTreeMap<String, String> {
        BTreeMap::from([("lab-v1.2.3.tar.gz".to_owned(), "abc".to_owned())])
    }

    #[test]
    fn archives_are_named_by_url_and_digest() {
        let template = "version: {{ .TagName }}\n  - os\n    {{addURIAndSha \"https://example.org/{{ .TagName }}/lab-{{ .TagName }}.tar.gz\" .TagName }}\n    bin: x\n";
        assert_eq!(
            filled(template, "v1.2.3", &digests()).unwrap(),
            "version: v1.2.3\n  - os\n    uri: https://example.org/v1.2.3/lab-v1.2.3.tar.gz\n    sha256: abc\n    bin: x\n"
        );
    }

    #[test]
    fn what_is_missing_or_not_understood_is_named() {
        for (template, why) in [
            ("{{addURIAndSha \"https://example.org/other.zip\" .TagName }}", "there is no archive other.zip"),
            ("{{ .Version }}", "the template has a part that is not understood: {{ .Version "),
            ("{{ .TagName", "the template has a part that is not understood: {{ .TagName"),
            (
                "{{addURIAndSha \"lab-v1.2.3.tar.gz\" .TagName | indent 6 }}",
                "the template has a part that is not understood: {{addURIAndSha \"lab-v1.2.3.tar.gz\" .TagName | indent 6 ",
            ),
            (
                "https://github.com/OWNER/REPOSITORY",
                "the template does not say yet where the project is: OWNER/REPOSITORY",
            ),
        ] {
            assert_eq!(filled(template, "v1.2.3", &digests()).unwrap_err().to_string(), why);
        }
    }

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        assert_eq!(
            at("https://github.com/OWNER/REPOSITORY/x", "some-one/k8s.lab").unwrap(),
            "https://github.com/some-one/k8s.lab/x"
        );
        for wrong in ["", "lab", "a/b/c", "a/", "/b", "a b/c", "https://github.com/a/b"] {
            assert_eq!(
                at("", wrong).unwrap_err().to_string(),
                format!("{wrong:?} is no repository's name, such as owner/name")
            );
        }
    }
}
