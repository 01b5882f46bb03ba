//! One verb's page.

use clap::{Arg, Command};
use lab::{CommandLine, Part};

use super::examples::below;

/// The headings of the flags that the verbs share; they are told once.
const PLAN: &str = "Plan and output";
const CONNECTION: &str = "Connection (as in kubectl)";

pub fn page(line: &CommandLine) -> String {
    let mut text = String::new();
    command(&line.command, line, &mut Vec::new(), &mut text);
    text
}

/// All verbs, and what every verb has.
pub fn index(lines: &[(String, CommandLine)]) -> String {
    let mut text = "# The verbs\n\n".to_owned();
    for (name, line) in lines {
        text.push_str(&format!("- [kubectl lab {name}]({name}.md): {}\n", about(&line.command)));
    }
    text.push_str("\n## Flags of every verb that works on a cluster\n\n");
    if let Some((_, line)) = lines.iter().find(|(_, line)| line.part(&[]).is_some()) {
        for heading in [PLAN, CONNECTION] {
            text.push_str(&format!("### {heading}\n\n"));
            line.command
                .get_arguments()
                .filter(|arg| arg.get_help_heading() == Some(heading))
                .for_each(|arg| text.push_str(&flag(arg)));
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

/// A command and those behind it, each under a heading of its own.
fn command<'c>(command: &'c Command, line: &CommandLine, words: &mut Vec<&'c str>, text: &mut String) {
    let deep = "#".repeat(words.len().min(1) + 1);
    let title = command.get_bin_name().unwrap_or(command.get_name());
    text.push_str(&format!("{deep} {title}\n\n{}\n\n", about(command)));
    text.push_str(&format!("```text\n{}\n```\n\n", usage(command)));
    for inner in command.get_subcommands() {
        let (name, anchor) =
            (inner.get_bin_name().unwrap_or_default(), inner.get_bin_name().unwrap_or_default().replace(' ', "-"));
        text.push_str(&format!("- [{name}](#{anchor}): {}\n", about(inner)));
    }
    if command.has_subcommands() {
        text.push('\n');
    }
    arguments(command, text);
    codes(line.part(words), text);
    let below = below(&command.get_after_long_help().map(ToString::to_string).unwrap_or_default());
    if !below.examples.is_empty() {
        text.push_str(&format!("**Examples**\n\n```sh\n{}\n```\n\n", below.examples.join("\n")));
    }
    below.notes.iter().for_each(|note| text.push_str(&format!("{note}\n\n")));
    for inner in command.get_subcommands() {
        words.push(inner.get_name());
        self::command(inner, line, words, text);
        words.pop();
    }
    text.truncate(text.trim_end().len());
    text.push_str(if words.is_empty() { "\n" } else { "\n\n" });
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn usage(command: &Command) -> String {
    command.clone().render_usage().to_string().trim_start_matches("Usage: ").to_owned()
}

fn arguments(command: &Command, text: &mut String) {
    let positions: Vec<&Arg> = command.get_positionals().collect();
    if !positions.is_empty() {
        text.push_str("**Arguments**\n\n");
        positions.iter().for_each(|arg| text.push_str(&item(&value_of(arg), arg)));
        text.push('\n');
    }
    let is_own = |arg: &&Arg| arg.get_help_heading().is_none() && !arg.is_positional() && !arg.is_hide_set();
    let flags: Vec<&Arg> = command.get_arguments().filter(is_own).filter(|arg| arg.get_id() != "help").collect();
    let shares = |heading: &str| command.get_arguments().any(|arg| arg.get_help_heading() == Some(heading));
    if !flags.is_empty() {
        text.push_str("**Flags**\n\n");
        flags.iter().for_each(|arg| text.push_str(&flag(arg)));
        text.push('\n');
    }
    if shares(CONNECTION) {
        text.push_str(
            "It also has [the flags of every verb](README.md#flags-of-every-verb-that-works-on-a-cluster).\n\n",
        );
    } else if shares(PLAN) {
        let of_plan = command.get_arguments().filter(|arg| arg.get_help_heading() == Some(PLAN));
        text.push_str(&format!("**{PLAN}**\n\n{}\n", of_plan.map(flag).collect::<String>()));
    }
}

fn flag(arg: &Arg) -> String {
    let short = arg.get_short().map(|letter| format!("-{letter}, ")).unwrap_or_default();
    let long = arg.get_long().map(|name| format!("--{name}")).unwrap_or_default();
    let takes = arg.get_action().takes_values();
    let value = if takes {
        format!("{}{}", if arg.is_require_equals_set() { "=" } else { " " }, value_of(arg))
    } else {
        String::new()
    };
    item(&format!("{short}{long}{value}"), arg)
}

fn value_of(arg: &Arg) -> String {
    arg.get_value_names().map(|names| names.join(" ")).unwrap_or_default()
}

/// `- `--count N`: how many. Default: `100`.`
fn item(name: &str, arg: &Arg) -> String {
    let mut text = format!("- `{name}`: {}", arg.get_help().map(ToString::to_string).unwrap_or_default());
    let takes = arg.get_action().takes_values();
    let values = arg.get_possible_values();
    let helped: Vec<String> = values
        .iter()
        .filter(|value| takes && !value.is_hide_set())
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}` ({help})", value.get_name()),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    if !helped.is_empty() {
        text.push_str(&format!(". One of {}", helped.join(", ")));
    }
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    if takes && !defaults.is_empty() {
        text.push_str(&format!(". Default: {}", defaults.join(", ")));
    }
    if let Some(variable) = arg.get_env() {
        text.push_str(&format!(". From the environment: `{}`", variable.to_string_lossy()));
    }
    text + "\n"
}

fn codes(part: Option<&Part>, text: &mut String) {
    let Some(part) = part.filter(|part| !part.allows.is_empty()) else { return };
    text.push_str("**Codes for `--allow`** ([what they are about](../troubleshooting.md#by-the-code-for---allow))\n\n");
    part.allows.iter().for_each(|(code, what)| text.push_str(&format!("- `{code}`: {what}\n")));
    text.push('\n');
}
