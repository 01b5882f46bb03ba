//! What the facts mean: which file kubectl runs for each command, and whether all of them are of one version.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::Path;
use std::path::PathBuf;

use crate::exit::Exit;
use crate::siblings;
use crate::version::facts::Facts;
use crate::version::facts::OnPath;
use crate::version::says::Says;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub own_version: String,
    pub own_path: PathBuf,
    /// The file that kubectl runs for `kubectl lab`, if it finds any.
    pub kubectl_runs: Option<PathBuf>,
    pub verbs: Vec<Verb>,
    pub elsewhere: Vec<Elsewhere>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verb {
    pub verb: String,
    pub path: PathBuf,
    pub version: Option<String>,
    pub state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Same,
    Differs,
    Unknown(String),
    /// A script that states no version has none to differ in.
    NotCompared,
}

/// A file of kubectl lab on PATH that is not one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// As it is typed: `kubectl lab probe`.
    pub command: String,
    pub path: PathBuf,
    pub version: Option<String>,
    pub state: State,
    pub effect: Effect,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// kubectl runs it in the place of one of our files.
    RunsInstead { of: PathBuf },
    /// kubectl never gets to it.
    NeverRuns { because_of: PathBuf },
    /// It is the only one of its name.
    Adds,
}

pub fn report(facts: &Facts) -> Report {
    let ours = |path: &Path| facts.verbs.iter().any(|(one, _)| one.path == path) || path == facts.own_path;
    let own_name = facts.own_path.file_name().unwrap_or_default();
    let (mut names_met, mut files_met) = (HashSet::new(), HashSet::new());
    let mut elsewhere = Vec::new();
    for file in &facts.on_path {
        let name = file.path.file_name().unwrap_or_default();
        let is_first = names_met.insert(name);
        // Folders that are links to each other, as /bin and /usr/bin are, show a file twice.
        let is_new = files_met.insert((name, &file.real_path));
        if is_new && !ours(&file.real_path) && !ours(&file.path) {
            elsewhere.push(judged(facts, file, is_first, name));
        }
    }
    Report {
        own_version: facts.own_version.clone(),
        own_path: facts.own_path.clone(),
        kubectl_runs: first_on_path(facts, own_name),
        verbs: facts.verbs.iter().map(|(one, says)| verb(facts, &one.verb, &one.path, says)).collect(),
        elsewhere,
    }
}

fn verb(facts: &Facts, verb: &str, path: &Path, says: &Says) -> Verb {
    let (version, state) = compared(says, &facts.own_version);
    Verb { verb: verb.to_owned(), path: path.to_owned(), version, state }
}

fn judged(facts: &Facts, file: &OnPath, is_first: bool, name: &OsStr) -> Elsewhere {
    let (version, state) = compared(&file.says, &facts.own_version);
    let ours = our_file_named(facts, name);
    let effect = match (is_first, ours) {
        (true, Some(of)) => Effect::RunsInstead { of },
        (true, None) => Effect::Adds,
        (false, _) => Effect::NeverRuns { because_of: first_on_path(facts, name).unwrap_or_default() },
    };
    let typed = siblings::verb_of(&file.path).map_or("kubectl lab".to_owned(), |verb| format!("kubectl lab {verb}"));
    Elsewhere { command: typed, path: file.path.clone(), version, state, effect }
}

fn our_file_named(facts: &Facts, name: &OsStr) -> Option<PathBuf> {
    let ours = facts.verbs.iter().map(|(one, _)| &one.path).chain([&facts.own_path]);
    ours.into_iter().find(|path| path.file_name() == Some(name)).cloned()
}

fn first_on_path(facts: &Facts, name: &OsStr) -> Option<PathBuf> {
    facts.on_path.iter().find(|file| file.path.file_name() == Some(name)).map(|file| file.path.clone())
}

fn compared(says: &Says, own_version: &str) -> (Option<String>, State) {
    match says {
        Says::Version(version) if version == own_version => (Some(version.clone()), State::Same),
        Says::Version(version) => (Some(version.clone()), State::Differs),
        Says::Nothing(why) => (None, State::Unknown(why.clone())),
        Says::NoVersion => (None, State::NotCompared),
    }
}

impl State {
    fn is_bad(&self) -> bool {
        matches!(self, State::Differs | State::Unknown(_))
    }
}

impl Report {
    pub fn bad_verbs(&self) -> impl Iterator<Item = &Verb> {
        self.verbs.iter().filter(|verb| verb.state.is_bad())
    }

    /// What never runs may be as old as it likes.
    pub fn bad_elsewhere(&self) -> impl Iterator<Item = &Elsewhere> {
        let runs = |file: &&Elsewhere| !matches!(file.effect, Effect::NeverRuns { .. });
        self.elsewhere.iter().filter(runs).filter(|file| file.state.is_bad())
    }

    pub fn exit(&self) -> Exit {
        let all_same = self.bad_verbs().next().is_none() && self.bad_elsewhere().next().is_none();
        if all_same { Exit::Done } else { Exit::Negative }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::siblings::Kind;
    use crate::siblings::Sibling;

    /// Version 1.0 in the folder /lab, with the verb probe.
    fn facts(on_path: &[(&str, &str, &str)]) -> Facts {
        let path = PathBuf::from("/lab/kubectl-lab-probe");
        let probe = Sibling { verb: "probe".into(), path, kind: Kind::Program };
        let on_path = on_path.iter().map(|(path, real_path, version)| OnPath {
            path: path.into(),
            real_path: real_path.into(),
            says: Says::Version((*version).into()),
        });
        Facts {
            own_version: "1.0".into(),
            own_path: "/lab/kubectl-lab".into(),
            verbs: vec![(probe, Says::Version("1.0".into()))],
            on_path: on_path.collect(),
        }
    }

    #[test]
    fn our_own_files_on_path_are_not_elsewhere() {
        let report = report(&facts(&[
            ("/bin/kubectl-lab", "/lab/kubectl-lab", "1.0"),
            ("/lab/kubectl-lab-probe", "/lab/kubectl-lab-probe", "1.0"),
        ]));
        assert_eq!((report.elsewhere.len(), report.exit()), (0, Exit::Done));
        assert_eq!(report.kubectl_runs, Some("/bin/kubectl-lab".into()));
    }

    #[test]
    fn a_sibling_that_is_a_link_to_another_folder_is_ours() {
        let report = report(&facts(&[("/lab/kubectl-lab-probe", "/build/kubectl-lab-probe", "1.0")]));
        assert_eq!(report.elsewhere, []);
    }

    #[test]
    fn an_older_file_earlier_on_path_runs_instead() {
        let old = ("/old/kubectl-lab-probe", "/old/kubectl-lab-probe", "0.9");
        let new = ("/lab/kubectl-lab-probe", "/lab/kubectl-lab-probe", "1.0");
        let shadows = report(&facts(&[old, new]));
        assert_eq!(shadows.elsewhere[0].effect, Effect::RunsInstead { of: "/lab/kubectl-lab-probe".into() });
        assert_eq!(shadows.exit(), Exit::Negative);

        let shadowed = report(&facts(&[new, old]));
        let because_of = "/lab/kubectl-lab-probe".into();
        assert_eq!(shadowed.elsewhere[0].effect, Effect::NeverRuns { because_of });
        assert_eq!(shadowed.exit(), Exit::Done);
    }

    #[test]
    fn a_file_that_is_met_twice_is_told_once() {
        let once = ("/usr/bin/kubectl-lab-load", "/usr/bin/kubectl-lab-load", "1.0");
        let report = report(&facts(&[once, ("/bin/kubectl-lab-load", "/usr/bin/kubectl-lab-load", "1.0")]));
        assert_eq!(report.elsewhere.len(), 1);
    }

    #[test]
    fn kubectl_prefers_any_file_on_path_to_our_folder_off_path() {
        let report = report(&facts(&[("/old/kubectl-lab-probe", "/old/kubectl-lab-probe", "1.0")]));
        assert_eq!(report.elsewhere[0].effect, Effect::RunsInstead { of: "/lab/kubectl-lab-probe".into() });
        assert_eq!((report.exit(), report.kubectl_runs), (Exit::Done, None));
    }

    #[test]
    fn a_verb_that_is_only_on_path_adds_to_ours() {
        let report = report(&facts(&[("/more/kubectl-lab-load", "/more/kubectl-lab-load", "0.9")]));
        assert_eq!(report.elsewhere[0].command, "kubectl lab load");
        assert_eq!((&report.elsewhere[0].effect, report.exit()), (&Effect::Adds, Exit::Negative));
    }

    #[test]
    fn another_dispatcher_first_on_path_is_the_one_that_kubectl_runs() {
        let report = report(&facts(&[("/old/kubectl-lab", "/old/kubectl-lab", "0.9")]));
        assert_eq!(report.elsewhere[0].command, "kubectl lab");
        assert_eq!(report.elsewhere[0].effect, Effect::RunsInstead { of: "/lab/kubectl-lab".into() });
        assert_eq!((report.exit(), report.kubectl_runs), (Exit::Negative, Some("/old/kubectl-lab".into())));
    }

    #[test]
    fn a_verb_that_gives_no_answer_is_not_taken_for_the_same() {
        let mut facts = facts(&[]);
        facts.verbs[0].1 = Says::Nothing("not executable".into());
        assert_eq!(report(&facts).exit(), Exit::Negative);
        facts.verbs[0].1 = Says::NoVersion;
        assert_eq!(report(&facts).exit(), Exit::Done);
    }
}
