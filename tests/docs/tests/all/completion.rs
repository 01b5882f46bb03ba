use std::collections::BTreeSet;

use lab_docs::verbs;

/// A name that no argument has would be a promise that nobody keeps.
#[test]
fn what_the_cluster_has_is_offered_for_arguments_that_exist() {
    let mut checked = 0;
    for name in verbs::names() {
        let line = verbs::command_line(&name).unwrap_or_else(|| panic!("add {name} to tests/docs/src/verbs.rs"));
        for part in &line.parts {
            let command = part.words.iter().fold(&line.command, |command, word| {
                command.find_subcommand(word).unwrap_or_else(|| panic!("{name}: there is no {word}"))
            });
            let known: BTreeSet<&str> = command.get_arguments().map(|arg| arg.get_id().as_str()).collect();
            for (id, _) in part.live {
                assert!(known.contains(id), "{name} {}: there is no argument {id:?}", part.words.join(" "));
                checked += 1;
            }
        }
    }
    assert!(checked >= 5, "hardly an argument was found");
}
