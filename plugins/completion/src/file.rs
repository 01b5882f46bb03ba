//! The files by which kubectl finds out whom to ask.

use lab::local::quoted;

const HEAD: &str =
    "#!/bin/sh\n# Written by \"kubectl lab completion install\"; \"kubectl lab completion uninstall\" removes it.\n";

/// The name of the file that kubectl runs for what stands behind `kubectl lab`.
pub const HELLO: &str = "kubectl_complete-lab";

/// A file's name and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub name: String,
    pub text: String,
}

/// For the verbs, and for all behind them where kubectl finds kubectl-lab alone.
pub fn of_kubectl_lab() -> Script {
    Script { name: HELLO.into(), text: text("__complete_in_kubectl") }
}

/// For what stands behind a verb whose own file is on PATH. The name has underscores where the verb's file has them.
pub fn of_verb(verb: &str) -> Script {
    let name = format!("{HELLO}-{}", verb.replace('-', "_"));
    Script { name, text: text(&format!("__complete {}", quoted(verb))) }
}

/// kubectl-lab is found on PATH as kubectl finds it, so that the file outlives an upgrade. It knows where the verbs are, and which of
/// them can be asked. A file that is left behind must not spoil the line that is being typed.
fn text(words: &str) -> String {
    format!("{HEAD}exec kubectl-lab {words} \"$@\" 2>/dev/null\n")
}

/// Whether the file with this text is one of ours.
pub fn is_ours(text: &str) -> bool {
    text.starts_with(HEAD)
}

/// Whether a file of this name is about us at all.
pub fn is_about_us(name: &str) -> bool {
    name.strip_prefix(HELLO).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_named_as_kubectl_looks_for_them() {
        assert_eq!(of_kubectl_lab().name, "kubectl_complete-lab");
        assert_eq!(of_verb("metrics-fix").name, "kubectl_complete-lab-metrics_fix");
        for (name, about_us) in [
            ("kubectl_complete-lab", true),
            ("kubectl_complete-lab-x", true),
            ("kubectl_complete-labour", false),
            ("kubectl_complete-ctx", false),
        ] {
            assert_eq!(is_about_us(name), about_us, "{name}");
        }
    }

    #[test]
    fn a_file_is_ours_by_what_stands_in_it() {
        assert!(is_ours(&of_kubectl_lab().text) && is_ours(&of_verb("probe").text));
        assert!(!is_ours("#!/bin/sh\nexec kubectl-lab __complete \"$@\"\n") && !is_ours(""));
    }
}
