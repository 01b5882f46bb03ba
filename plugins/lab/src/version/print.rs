//! The report as a table, as JSON, and as what the user should do about it.

use std::path::Path;

use crate::exit::Exit;
use crate::here;
use crate::json::Json;
use crate::op::Format;
use crate::text::path_for_shell;
use crate::text::quoted;
use crate::version::judge::Effect;
use crate::version::judge::Elsewhere;
use crate::version::judge::Report;
use crate::version::judge::State;
use crate::version::judge::Verb;

impl Report {
    pub fn print(&self, format: Format) -> String {
        match format {
            Format::Table => self.table(),
            Format::Json => self.json().print(),
        }
    }

    fn table(&self) -> String {
        let mut rows = vec![["COMMAND", "VERSION", "STATE", "FILE"].map(str::to_owned)];
        rows.push(["kubectl lab".to_owned(), self.own_version.clone(), "-".to_owned(), shown(&self.own_path)]);
        rows.extend(self.verbs.iter().map(Verb::row));
        rows.extend(self.elsewhere.iter().map(Elsewhere::row));
        aligned(&rows)
    }

    fn json(&self) -> Json {
        let all_same = self.exit() == Exit::Done;
        Json::Object(vec![
            ("apiVersion", Json::text("lab/v1")),
            ("kind", Json::text("VersionReport")),
            ("version", Json::text(&self.own_version)),
            ("path", Json::text(shown(&self.own_path))),
            ("kubectlRuns", Json::optional(self.kubectl_runs.as_deref().map(shown))),
            ("verdict", Json::text(if all_same { "same" } else { "different" })),
            ("verbs", Json::List(self.verbs.iter().map(Verb::json).collect())),
            ("elsewhere", Json::List(self.elsewhere.iter().map(Elsewhere::json).collect())),
        ])
    }

    /// Talk for stderr; empty where nothing is wrong.
    pub fn findings(&self) -> String {
        let mut talk = String::new();
        let bad: Vec<String> = self.bad_verbs().map(Verb::blame).collect();
        if !bad.is_empty() {
            talk += &format!("error: not of version {} as kubectl lab is: {}\n", self.own_version, bad.join(", "));
            talk += &format!("hint: {}\n", self.how_to_renew());
        }
        for file in &self.elsewhere {
            talk += &file.finding();
        }
        if self.kubectl_runs.is_none() {
            let folder = here::folder_of(&self.own_path);
            talk += "warning: kubectl does not find kubectl-lab: its folder is not on PATH\n";
            talk += &format!("hint: run \"export PATH={}:$PATH\"\n", path_for_shell(&folder));
        }
        talk
    }

    fn how_to_renew(&self) -> String {
        let is_krews = self.own_path.components().any(|part| part.as_os_str() == "store")
            && self.kubectl_runs.as_ref().is_some_and(|path| *path != self.own_path);
        if is_krews {
            return "run \"kubectl krew upgrade lab\"".to_owned();
        }
        let folder = here::folder_of(&self.own_path);
        format!("put all files of one release into {}; run \"ls -l {}\"", shown(&folder), path_for_shell(&folder))
    }
}

impl Verb {
    fn row(&self) -> [String; 4] {
        let command = format!("kubectl lab {}", self.verb);
        [command, version_cell(self.version.as_deref()), self.state.word().to_owned(), shown(&self.path)]
    }

    fn json(&self) -> Json {
        Json::Object(vec![
            ("verb", Json::text(&self.verb)),
            ("path", Json::text(shown(&self.path))),
            ("version", Json::optional(self.version.as_deref())),
            ("state", Json::text(self.state.word())),
            ("why", Json::optional(self.state.why())),
        ])
    }

    fn blame(&self) -> String {
        match (&self.version, self.state.why()) {
            (Some(version), _) => format!("{} {version}", self.verb),
            (None, why) => format!("{} ({})", self.verb, why.unwrap_or("no version")),
        }
    }
}

impl Elsewhere {
    fn row(&self) -> [String; 4] {
        let state = format!("{}, {}", self.state.word(), self.effect.words());
        [self.command.clone(), version_cell(self.version.as_deref()), state, shown(&self.path)]
    }

    fn json(&self) -> Json {
        let other = match &self.effect {
            Effect::RunsInstead { of: other } | Effect::NeverRuns { because_of: other } => Some(shown(other)),
            Effect::Adds => None,
        };
        Json::Object(vec![
            ("command", Json::text(&self.command)),
            ("path", Json::text(shown(&self.path))),
            ("version", Json::optional(self.version.as_deref())),
            ("state", Json::text(self.state.word())),
            ("why", Json::optional(self.state.why())),
            ("effect", Json::text(self.effect.words().to_lowercase().replace(' ', "-"))),
            ("otherPath", Json::optional(other)),
        ])
    }

    fn finding(&self) -> String {
        let (command, path) = (quoted(&self.command), shown(&self.path));
        let version = self.version.as_deref().unwrap_or("version unknown");
        let remove = format!("hint: if it is a leftover, run \"rm {}\"\n", path_for_shell(&self.path));
        match (&self.effect, &self.state) {
            (Effect::RunsInstead { of }, _) => {
                format!("warning: {command} runs {path} ({version}), not {}\n{remove}", shown(of))
            }
            (Effect::NeverRuns { because_of }, _) => {
                format!("warning: {path} ({version}) never runs: {command} runs {}\n{remove}", shown(because_of))
            }
            (Effect::Adds, State::Differs | State::Unknown(_)) => {
                format!("warning: {command} runs {path} ({version}), which is of another release\n{remove}")
            }
            (Effect::Adds, State::Same | State::NotCompared) => String::new(),
        }
    }
}

impl State {
    fn word(&self) -> &'static str {
        match self {
            State::Same => "same",
            State::Differs => "differs",
            State::Unknown(_) => "unknown",
            State::NotCompared => "not-compared",
        }
    }

    fn why(&self) -> Option<&str> {
        match self {
            State::Unknown(why) => Some(why),
            State::Same | State::Differs | State::NotCompared => None,
        }
    }
}

impl Effect {
    fn words(&self) -> &'static str {
        match self {
            Effect::RunsInstead { .. } => "runs instead",
            Effect::NeverRuns { .. } => "never runs",
            Effect::Adds => "only on PATH",
        }
    }
}

fn version_cell(version: Option<&str>) -> String {
    version.unwrap_or("-").to_owned()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn aligned(rows: &[[String; 4]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let [first, second, third] = [width(0), width(1), width(2)];
    rows.iter().map(|[a, b, c, d]| format!("{a:first$}   {b:second$}   {c:third$}   {d}\n")).collect()
}
