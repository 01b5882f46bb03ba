//! What krew asks of a manifest. All that is wrong is said, not only the first.

use super::manifest::{Manifest, Operation, Platform, Selector};
use super::path::clean;

const API_VERSION: &str = "krew.googlecontainertools.github.com/v1alpha2";

/// Names that Windows keeps for devices.
const DEVICES: [&str; 22] = [
    "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "LPT1", "LPT2",
    "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];

/// Empty where krew takes it. `file` is the manifest's name less `.yaml`.
pub fn objections(file: &str, manifest: &Manifest) -> Vec<String> {
    let mut all = of_the_head(file, manifest);
    all.extend(of_the_spec(manifest));
    for (number, platform) in manifest.spec.platforms.iter().enumerate() {
        let place = |objection| format!("platform {}: {objection}", number + 1);
        all.extend(of_a_platform(platform).into_iter().map(place));
    }
    all.extend(overlaps(&manifest.spec.platforms));
    all
}

/// The texts of those rules that are broken.
fn broken(rules: &[(bool, String)]) -> Vec<String> {
    rules.iter().filter(|(is_broken, _)| *is_broken).map(|(_, objection)| objection.clone()).collect()
}

fn of_the_head(file: &str, manifest: &Manifest) -> Vec<String> {
    let Manifest { api_version, kind, metadata, .. } = manifest;
    let name = &metadata.name;
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    broken(&[
        (api_version != API_VERSION, format!("apiVersion is {api_version:?}, and krew knows {API_VERSION:?}")),
        (kind != "Plugin", format!("kind is {kind:?}, not \"Plugin\"")),
        (name != file, format!("the plugin is named {name:?}, and its file {file:?}")),
        (
            name.is_empty() || !name.chars().all(is_word),
            format!("the name {name:?} is not made of letters, digits, _ and - alone"),
        ),
        (
            DEVICES.iter().any(|device| device.eq_ignore_ascii_case(name)),
            format!("the name {name:?} is that of a device on Windows"),
        ),
    ])
}

fn of_the_spec(manifest: &Manifest) -> Vec<String> {
    let spec = &manifest.spec;
    let is_version = |text: &str| text.strip_prefix('v').is_some_and(|number| semver::Version::parse(number).is_ok());
    broken(&[
        (
            !is_version(&spec.version),
            format!("the version {:?} is no semantic version behind a v, such as v1.2.3", spec.version),
        ),
        (spec.short_description.is_empty(), "there is no short description".to_owned()),
        (spec.short_description.contains(['\r', '\n']), "the short description is more than one line".to_owned()),
        (spec.platforms.is_empty(), "there is no platform".to_owned()),
    ])
}

fn of_a_platform(platform: &Platform) -> Vec<String> {
    let Platform { selector, uri, sha256, files, bin } = platform;
    let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut all = broken(&[
        (uri.is_empty(), "there is no uri".to_owned()),
        (
            !uri.is_empty() && !uri.ends_with(".tar.gz") && !uri.ends_with(".zip"),
            format!("the uri {uri:?} ends neither in .tar.gz nor in .zip"),
        ),
        (!is_digest(sha256), format!("the sha256 {sha256:?} is not 64 digits of 0-9 and a-f")),
        (bin.is_empty(), "there is no bin".to_owned()),
        (files.as_ref().is_some_and(Vec::is_empty), "files is there and empty: leave it out to take all".to_owned()),
    ]);
    all.extend(files.iter().flatten().flat_map(of_an_operation));
    match selector {
        None => all.push("there is no selector".to_owned()),
        Some(selector) => all.extend(of_a_selector(selector)),
    }
    all
}

fn of_an_operation(operation: &Operation) -> Vec<String> {
    let Operation { from, to } = operation;
    let cleaned = clean(to);
    broken(&[
        (from.is_empty(), "a file has no from".to_owned()),
        (to.is_empty(), "a file has no to".to_owned()),
        (!to.is_empty() && *to != cleaned, format!("the path {to:?} is not clean, it should be {cleaned:?}")),
        (clean(from).starts_with("..") || from.starts_with('/'), format!("the path {from:?} leads out of the archive")),
        (cleaned.starts_with("..") || to.starts_with('/'), format!("the path {to:?} leads out of the plugin's folder")),
    ])
}

fn of_a_selector(selector: &Selector) -> Vec<String> {
    let is_empty = selector.keys().next().is_none();
    let mut all = broken(&[(is_empty, "the selector is empty".to_owned())]);
    let unknown = selector.keys().filter(|key| !matches!(*key, "os" | "arch"));
    all.extend(unknown.map(|key| format!("the selector asks for {key:?}, and krew knows os and arch")));
    if all.is_empty() && selector.systems().next().is_none() {
        all.push("the selector fits none of the systems that krew knows".to_owned());
    }
    all
}

fn overlaps(platforms: &[Platform]) -> Vec<String> {
    let selects = |platform: &Platform, (os, arch): (&str, &str)| {
        platform.selector.as_ref().is_some_and(|selector| selector.selects(os, arch))
    };
    let met = super::selector::SYSTEMS.into_iter().filter_map(|system| {
        let chosen = platforms.iter().enumerate().filter(|(_, platform)| selects(platform, system));
        let numbers: Vec<String> = chosen.map(|(number, _)| (number + 1).to_string()).collect();
        let (os, arch) = system;
        (numbers.len() > 1).then(|| format!("platforms {} are all for {os}/{arch}", numbers.join(" and ")))
    });
    met.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata: {name: lab}
spec:
  version: v0.1.0
  homepage: https://example.org
  shortDescription: Steps of a lab
  platforms:
  - selector: {matchLabels: {os: linux, arch: amd64}}
    uri: https://example.org/lab.tar.gz
    sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    files: [{from: '*', to: .}]
    bin: kubectl-lab
";

    fn objections_to(file: &str, text: &str) -> Vec<String> {
        objections(file, &Manifest::parse(text).unwrap())
    }

    #[test]
    fn a_good_manifest_is_taken() {
        assert_eq!(objections_to("lab", GOOD), [""; 0]);
    }

    #[test]
    fn what_krew_refuses_is_named() {
        let upper = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
        let lower = upper.to_lowercase();
        for (from, to, objection) in [
            (
                "krew.googlecontainertools.github.com/v1alpha2",
                "krew.googlecontainertools.github.com/v1",
                "apiVersion is \"krew.googlecontainertools.github.com/v1\", and krew knows \"krew.googlecontainertools.github.com/v1alpha2\"",
            ),
            ("kind: Plugin", "kind: Receipt", "kind is \"Receipt\", not \"Plugin\""),
            (
                "version: v0.1.0",
                "version: 0.1.0",
                "the version \"0.1.0\" is no semantic version behind a v, such as v1.2.3",
            ),
            (
                "version: v0.1.0",
                "version: v0.1",
                "the version \"v0.1\" is no semantic version behind a v, such as v1.2.3",
            ),
            ("version: v0.1.0", "version: ''", "the version \"\" is no semantic version behind a v, such as v1.2.3"),
            ("shortDescription: Steps of a lab", "shortDescription: ''", "there is no short description"),
            (
                "shortDescription: Steps of a lab",
                "shortDescription: \"Steps\\nof a lab\"",
                "the short description is more than one line",
            ),
            ("uri: https://example.org/lab.tar.gz", "uri: ''", "platform 1: there is no uri"),
            (
                "lab.tar.gz",
                "lab.tgz",
                "platform 1: the uri \"https://example.org/lab.tgz\" ends neither in .tar.gz nor in .zip",
            ),
            (
                lower.as_str(),
                upper,
                "platform 1: the sha256 \"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855\" is not 64 digits of 0-9 and a-f",
            ),
            (lower.as_str(), "''", "platform 1: the sha256 \"\" is not 64 digits of 0-9 and a-f"),
            ("bin: kubectl-lab", "bin: ''", "platform 1: there is no bin"),
            ("[{from: '*', to: .}]", "[]", "platform 1: files is there and empty: leave it out to take all"),
            ("{from: '*', to: .}", "{to: .}", "platform 1: a file has no from"),
            ("{from: '*', to: .}", "{from: '*'}", "platform 1: a file has no to"),
            ("to: .}", "to: ./x}", "platform 1: the path \"./x\" is not clean, it should be \"x\""),
            ("to: .}", "to: x/}", "platform 1: the path \"x/\" is not clean, it should be \"x\""),
            ("to: .}", "to: ../x}", "platform 1: the path \"../x\" leads out of the plugin's folder"),
            ("from: '*'", "from: ../x", "platform 1: the path \"../x\" leads out of the archive"),
            ("selector: {matchLabels: {os: linux, arch: amd64}}", "selector: {}", "platform 1: the selector is empty"),
            (
                "selector: {matchLabels: {os: linux, arch: amd64}}",
                "selector: {matchLabels: {}}",
                "platform 1: the selector is empty",
            ),
            ("selector: {matchLabels: {os: linux, arch: amd64}}", "selector: null", "platform 1: there is no selector"),
            ("arch: amd64}", "libc: musl}", "platform 1: the selector asks for \"libc\", and krew knows os and arch"),
            ("arch: amd64}", "arch: s390x}", "platform 1: the selector fits none of the systems that krew knows"),
        ] {
            let text = GOOD.replacen(from, to, 1);
            assert_ne!(text, GOOD, "{from}");
            assert_eq!(objections_to("lab", &text), [objection], "{to}");
        }
    }

    #[test]
    fn names_that_are_no_file_names_everywhere_are_refused() {
        for (name, objection) in [
            ("a b", "the name \"a b\" is not made of letters, digits, _ and - alone"),
            ("", "the name \"\" is not made of letters, digits, _ and - alone"),
            ("Con", "the name \"Con\" is that of a device on Windows"),
        ] {
            let text = GOOD.replace("{name: lab}", &format!("{{name: {name:?}}}"));
            assert_eq!(objections_to(name, &text), [objection]);
        }
        assert_eq!(objections_to("lap", GOOD), ["the plugin is named \"lab\", and its file \"lap\""]);
    }

    #[test]
    fn two_platforms_for_one_system_are_refused() {
        let platform = &GOOD[GOOD.find("  - selector").unwrap()..];
        let second = platform.replace("{matchLabels: {os: linux, arch: amd64}}", "{matchLabels: {os: linux}}");
        let text = format!("{GOOD}{}", second.trim_start_matches('\n'));
        assert_eq!(objections_to("lab", &text), ["platforms 1 and 2 are all for linux/amd64"]);
        let none = format!("{}  platforms: []\n", &GOOD[..GOOD.find("  platforms:").unwrap()]);
        assert_eq!(objections_to("lab", &none), ["there is no platform"]);
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        assert!(objections("lab", &Manifest::default()).len() >= 5);
        assert!(Manifest::parse(&GOOD.replace("bin:", "binary:")).is_err(), "a field that krew does not know");
    }
}
