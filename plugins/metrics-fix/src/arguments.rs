//! metrics-server's arguments: where they stand, what they mean, and the least edit that makes them right.

use k8s_openapi::api::core::v1::Container;
use lab_plan::{Change, Path, Target, put};
use serde_json::{Value, json};

use crate::deployment::container_path;

const INSECURE: &str = "--kubelet-insecure-tls";
/// What the program listens on where no argument says otherwise.
const DEFAULT_PORT: i32 = 443;
const DEFAULT_RESOLUTION: u64 = 60;

/// The arguments in effect: what follows the program in `command`, then `args`; of a shell line, its words.
pub fn effective(container: &Container) -> Vec<&str> {
    let command = container.command.iter().flatten().skip(1);
    let words = command.chain(container.args.iter().flatten()).map(String::as_str);
    if in_shell(container) { words.flat_map(str::split_whitespace).collect() } else { words.collect() }
}

/// Whether a shell starts the program: its arguments are then words of a script, which nobody should edit blindly.
pub fn in_shell(container: &Container) -> bool {
    let words: Vec<&String> = container.command.iter().chain(&container.args).flatten().collect();
    let shell = |word: &String| matches!(word.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash"));
    words.first().is_some_and(|word| shell(word)) && words.iter().any(|word| *word == "-c")
}

fn value<'a>(container: &'a Container, name: &str) -> Option<&'a str> {
    let arguments = effective(container);
    let mut found = None;
    for (i, argument) in arguments.iter().enumerate() {
        if let Some(value) = argument.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            found = Some(value);
        } else if *argument == name {
            found = arguments.get(i + 1).copied();
        }
    }
    found
}

/// `None` where it is given in a way that cannot be read here, such as `$(PORT)`.
pub fn secure_port(container: &Container) -> Option<i32> {
    value(container, "--secure-port").map_or(Some(DEFAULT_PORT), |port| port.parse().ok())
}

/// The label query by which nodes are chosen, where not all are.
pub fn node_selector(container: &Container) -> Option<&str> {
    value(container, "--node-selector").or_else(|| value(container, "-l")).filter(|query| !query.is_empty())
}

/// Seconds between two scrapes.
pub fn resolution(container: &Container) -> u64 {
    value(container, "--metric-resolution").and_then(duration).unwrap_or(DEFAULT_RESOLUTION)
}

/// Seconds of a duration as Go writes it (`15s`, `1m30s`, `1500ms`); longer than a day is no resolution.
fn duration(text: &str) -> Option<u64> {
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?);
        let unit = after.find(|c: char| c.is_ascii_digit()).map_or(after, |end| &after[..end]);
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * factor;
        rest = &after[unit.len()..];
    }
    (0.0..=86_400.0).contains(&seconds).then_some(seconds as u64).filter(|_| !text.is_empty())
}

/// Whether kubelet certificates go unchecked. Of several the last one counts, as in the program.
pub fn is_insecure(container: &Container) -> bool {
    effective(container).iter().rev().find_map(|argument| switched(argument)).unwrap_or(false)
}

fn switched(argument: &str) -> Option<bool> {
    match argument.strip_prefix(INSECURE)? {
        "" => Some(true),
        rest => rest.strip_prefix('=').map(|value| matches!(value, "true" | "1" | "t" | "T" | "TRUE" | "True")),
    }
}

/// An argument that is meant to be the insecure flag and is not: a slip of a few letters, as in `--kubectl-insecure-tls`.
pub fn misspelt(container: &Container) -> Option<&str> {
    effective(container).into_iter().find(|argument| is_misspelt(argument))
}

fn is_misspelt(argument: &str) -> bool {
    let name = argument.split('=').next().unwrap_or_default();
    name != INSECURE && name.starts_with('-') && strsim::levenshtein(name, INSECURE) <= 3
}

/// The list that holds the flags: `args`, or `command` where they were put behind the program there. Where both have
/// some, the one that has the flag in question.
fn list_path(container: &Container, is_it: impl Fn(&str) -> bool) -> Path {
    let has = |list: &Option<Vec<String>>, is: &dyn Fn(&str) -> bool| list.iter().flatten().any(|word| is(word));
    let only_there = container.args.is_none() && has(&container.command, &|word| word.starts_with('-'));
    let there = only_there || (has(&container.command, &is_it) && !has(&container.args, &is_it));
    container_path(container).key(if there { "command" } else { "args" })
}

/// Edits one after the other, each planned on the object as the ones before it leave it.
struct Editor<'e> {
    target: &'e Target,
    list: Path,
    object: Value,
    changes: Vec<Change>,
}

impl Editor<'_> {
    fn elements(&self) -> Vec<String> {
        let list = self.list.get(&self.object).and_then(Value::as_array);
        list.into_iter().flatten().map(|element| element.as_str().unwrap_or_default().to_owned()).collect()
    }

    fn make(&mut self, change: Change) {
        // The change was planned on this very object; it fits.
        if let Ok(changed) = put([&change], &self.object) {
            self.object = changed;
            self.changes.push(change);
        }
    }

    fn set(&mut self, index: usize, argument: Option<&str>) {
        let argument = argument.map(|text| json!(text));
        self.make(Change::member(self.target.clone(), &self.object, self.list.clone(), index, argument));
    }

    fn append(&mut self, argument: &str) {
        if self.list.get(&self.object).is_some_and(Value::is_array) {
            self.make(Change::append(self.target.clone(), &self.object, self.list.clone(), json!(argument)));
        } else {
            self.make(Change::set(self.target.clone(), &self.object, self.list.clone(), Some(json!([argument]))));
        }
    }
}

/// One right insecure flag, and no wrong one beside it.
pub fn make_insecure(target: &Target, seen: &Value, container: &Container) -> Vec<Change> {
    let list = list_path(container, |argument| switched(argument).is_some() || is_misspelt(argument));
    let mut editor = Editor { target, list, object: seen.clone(), changes: Vec::new() };
    let is_flag = |argument: &String| switched(argument).is_some() || is_misspelt(argument);
    let elements = editor.elements();
    let keep = elements.iter().position(|argument| switched(argument) == Some(true));
    let keep = keep.or_else(|| elements.iter().position(is_flag));
    for (index, argument) in elements.iter().enumerate().rev() {
        if Some(index) == keep {
            if switched(argument) != Some(true) {
                editor.set(index, Some(INSECURE));
            }
        } else if is_flag(argument) {
            editor.set(index, None);
        }
    }
    if keep.is_none() {
        editor.append(INSECURE);
    }
    editor.changes
}

/// What was meant to be the insecure flag and is not, taken out.
pub fn without_misspelt(target: &Target, seen: &Value, container: &Container) -> Vec<Change> {
    let mut editor =
        Editor { target, list: list_path(container, is_misspelt), object: seen.clone(), changes: Vec::new() };
    for (index, argument) in editor.elements().iter().enumerate().rev() {
        if is_misspelt(argument) {
            editor.set(index, None);
        }
    }
    editor.changes
}

/// `--secure-port` set to this port, the other arguments kept.
pub fn set_secure_port(target: &Target, seen: &Value, container: &Container, port: i32) -> Vec<Change> {
    let list = list_path(container, |argument| argument.split('=').next() == Some("--secure-port"));
    let mut editor = Editor { target, list, object: seen.clone(), changes: Vec::new() };
    let elements = editor.elements();
    let right = format!("--secure-port={port}");
    let last =
        elements.iter().rposition(|argument| argument == "--secure-port" || argument.starts_with("--secure-port="));
    match last {
        Some(index) if elements[index] == "--secure-port" && index + 1 < elements.len() => {
            editor.set(index + 1, Some(&port.to_string()));
        }
        Some(index) => editor.set(index, Some(&right)),
        None => editor.append(&right),
    }
    editor.changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(args: &Value, edit: impl Fn(&Target, &Value, &Container) -> Vec<Change>) -> Value {
        let object = json!({ "metadata": { "uid": "u" }, "spec": { "template": { "spec": { "containers": [
            { "name": "sidecar", "args": ["--kubelet-insecure-tls=false"] },
            { "name": "metrics-server", "args": args },
        ] } } } });
        let container = serde_json::from_value(object["spec"]["template"]["spec"]["containers"][1].clone()).unwrap();
        let target = Target::namespaced("apps/v1", "Deployment", "kube-system", "metrics-server");
        let changed = put(&edit(&target, &object, &container), &object).unwrap();
        assert_eq!(
            changed["spec"]["template"]["spec"]["containers"][0],
            object["spec"]["template"]["spec"]["containers"][0]
        );
        changed["spec"]["template"]["spec"]["containers"][1]["args"].clone()
    }

    #[test]
    fn one_right_flag_remains() {
        for (before, after) in [
            (json!(["-v=2", "--cert-dir=/tmp"]), json!(["-v=2", "--cert-dir=/tmp", INSECURE])),
            (json!([format!("{INSECURE}=false"), "-v=2"]), json!([INSECURE, "-v=2"])),
            (json!([INSECURE, "-v=2", INSECURE]), json!([INSECURE, "-v=2"])),
            (json!([INSECURE, format!("{INSECURE}=false")]), json!([INSECURE])),
            (json!(["--kubectl-insecure-tls", "-v=2"]), json!([INSECURE, "-v=2"])),
            (json!(["--kubelet-insecure-tsl", INSECURE]), json!([INSECURE])),
            (json!([format!("{INSECURE}=true")]), json!([format!("{INSECURE}=true")])),
            (json!([]), json!([INSECURE])),
        ] {
            assert_eq!(edited(&before, make_insecure), after, "from {before}");
        }
    }

    #[test]
    fn flags_are_added_where_there_are_none() {
        assert_eq!(edited(&Value::Null, make_insecure), json!([INSECURE]));
    }

    #[test]
    fn only_the_port_is_set() {
        let set =
            |target: &Target, seen: &Value, container: &Container| set_secure_port(target, seen, container, 10250);
        for (before, after) in [
            (
                json!(["--cert-dir=/tmp", "--secure-port=4443", "-v=2"]),
                json!(["--cert-dir=/tmp", "--secure-port=10250", "-v=2"]),
            ),
            (json!(["--secure-port", "4443"]), json!(["--secure-port", "10250"])),
            (json!(["-v=2"]), json!(["-v=2", "--secure-port=10250"])),
        ] {
            assert_eq!(edited(&before, set), after, "from {before}");
        }
    }

    #[test]
    fn knows_a_slip_from_another_flag() {
        assert!(is_misspelt("--kubectl-insecure-tls"));
        assert!(is_misspelt("-kubelet-insecure-tls"));
        for other in [
            "--kubelet-insecure-tls=false",
            "--kubelet-port=10250",
            "--kubelet-use-node-status-port",
            "--cert-dir=/tmp",
        ] {
            assert!(!is_misspelt(other), "{other}");
        }
    }
}
