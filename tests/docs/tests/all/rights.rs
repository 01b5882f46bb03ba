use std::collections::BTreeSet;
use std::fs;

use lab_docs::command_line::words;
use lab_docs::markdown::{links, spans, table};
use lab_docs::repository::documents;
use lab_docs::verbs;
use lab_workspace::built::workspace;

/// The rows of the table: the commands, and the file of the rights that they need.
fn rows() -> Vec<(Vec<String>, String)> {
    let page = documents().into_iter().find(|document| document.path.ends_with("docs/security.md")).expect("the page");
    let row = |cells: Vec<String>| {
        let commands = spans(&cells[0]).into_iter().map(str::to_owned).collect();
        (commands, links(&cells[1])[0].to_owned())
    };
    table(&page.text, "command").into_iter().map(row).collect()
}

fn files() -> BTreeSet<String> {
    let folder = fs::read_dir(workspace().join("docs/rights")).expect("the folder");
    folder.map(|entry| format!("rights/{}", entry.expect("a file").file_name().to_string_lossy())).collect()
}

/// What a file says that it is for, without the words that each has in front.
fn is_for(file: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(workspace().join("docs").join(file)).expect("a file");
    let head = text.lines().map_while(|line| line.strip_prefix("# "));
    let lines = head.filter_map(|line| line.trim_start_matches("Also: ").strip_prefix("kubectl lab "));
    lines.flat_map(words).collect()
}

#[test]
fn each_file_of_rights_is_told_with_the_commands_that_it_is_for() {
    let rows = rows();
    assert_eq!(rows.iter().map(|(_, file)| file.clone()).collect::<BTreeSet<_>>(), files());
    for (commands, file) in &rows {
        let lines = is_for(file);
        assert!(!lines.is_empty(), "{file} does not say what it is for");
        for line in &lines {
            let command = verbs::command(&line[0]).unwrap_or_else(|| panic!("{file}: there is no {}", line[0]));
            command.try_get_matches_from(line).unwrap_or_else(|error| panic!("{file}: {error}"));
        }
        for command in commands {
            let told: Vec<&str> = command.split(' ').skip(2).collect();
            let has = lines.iter().any(|line| told.iter().all(|word| line.contains(&(*word).to_owned())));
            assert!(has, "{file} is not for {command}: {lines:?}");
        }
    }
}

#[test]
fn every_verb_that_asks_a_cluster_has_one() {
    let told: BTreeSet<String> = rows().iter().flat_map(|(_, file)| is_for(file)).map(|line| line[0].clone()).collect();
    let without_cluster = ["completion", "digests"];
    let wanted = verbs::names().into_iter().filter(|name| !without_cluster.contains(&name.as_str()));
    assert_eq!(told, wanted.collect());
}
