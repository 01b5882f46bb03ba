//! The project's own commands, as cargo knows them.

use std::fs;

use lab_workspace::built::workspace;

/// What cargo itself knows; everything else has to be an alias.
pub const CARGOS_OWN: [&str; 6] = ["build", "clippy", "fmt", "install", "run", "test"];

/// The words that an alias stands for.
pub fn alias(name: &str) -> Option<Vec<String>> {
    let config = fs::read_to_string(workspace().join(".cargo/config.toml")).expect("cargo's configuration");
    let aliases =
        config.lines().skip_while(|line| *line != "[alias]").skip(1).take_while(|line| !line.starts_with('['));
    let mut aliases = aliases.filter_map(|line| line.split_once(" = "));
    let (_, meaning) = aliases.find(|(alias, _)| *alias == name)?;
    Some(meaning.trim_matches('"').split(' ').map(str::to_owned).collect())
}
