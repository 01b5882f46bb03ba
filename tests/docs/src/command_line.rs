//! The command lines that a document tells its reader to type.

use crate::markdown::{blocks, spans};

/// Every line for a shell, as words: those of blocks marked `sh`, those behind a prompt in blocks marked `console`, and
/// code in the prose. Only lines that begin with one of these words.
pub fn commands(text: &str, programs: &[&str]) -> Vec<Vec<String>> {
    let parts = lines(text).into_iter().chain(spans(text)).flat_map(words);
    parts.filter(|words| words.first().is_some_and(|first| programs.contains(&first.as_str()))).collect()
}

/// Those of the blocks, as they stand there.
pub fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    for block in blocks(text) {
        match block.language {
            "sh" => lines.extend(block.lines),
            "console" => lines.extend(block.lines.iter().filter_map(|line| line.trim_start().strip_prefix("$ "))),
            _ => {}
        }
    }
    lines
}

/// The words of each command of a line, as a shell would part them: quotes, comments, pipes and what else ends a command.
pub fn words(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' => {}
            '#' => break,
            '|' | '&' | ';' | '(' | ')' | '>' | '<' => commands.push(Vec::new()),
            '$' if letters.peek() == Some(&'(') => {}
            _ => {
                let word = word(letter, &mut letters);
                commands.last_mut().expect("there is always one").push(word);
            }
        }
    }
    commands.retain(|command| !command.is_empty());
    commands
}

fn word(first: char, letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut word = String::new();
    let mut next = Some(first);
    let mut quote = None;
    while let Some(letter) = next {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            _ => word.push(letter),
        }
        let ends =
            |next: &char| quote.is_none() && matches!(next, ' ' | '\t' | '|' | '&' | ';' | '(' | ')' | '>' | '<');
        if letters.peek().is_some_and(ends) {
            break;
        }
        next = letters.next();
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_parted_as_a_shell_would() {
        for (line, commands) in [
            ("kubectl lab  version", vec![vec!["kubectl", "lab", "version"]]),
            ("cargo ci   # everything", vec![vec!["cargo", "ci"]]),
            (
                "a --b='c d' \"e # f\" | g 2>/dev/null",
                vec![vec!["a", "--b=c d", "e # f"], vec!["g", "2"], vec!["/dev/null"]],
            ),
            (
                "export K=$(cargo cluster kubeconfig)",
                vec![vec!["export", "K=$"], vec!["cargo", "cluster", "kubeconfig"]],
            ),
            ("a && b; c", vec![vec!["a"], vec!["b"], vec!["c"]]),
            ("# nothing", vec![]),
        ] {
            assert_eq!(words(line), commands, "{line}");
        }
    }

    #[test]
    fn commands_are_found_in_blocks_and_in_prose() {
        let text = "Say `kubectl lab` or `lab`.\n```sh\nkubectl get nodes\n```\n```console\n$ kubectl top nodes\nkubectl: output\n```\n```\nkubectl drawing\n```\n";
        let found: Vec<String> = commands(text, &["kubectl"]).iter().map(|words| words.join(" ")).collect();
        assert_eq!(found, ["kubectl get nodes", "kubectl top nodes", "kubectl lab"]);
    }
}
