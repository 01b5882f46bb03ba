//! Names for the parts of an output that differ from run to run.

use std::path::Path;

/// Replaces paths of the home folder (`$HOME`), of the binaries (`$BIN`), ports on 127.0.0.1 (`$PORT`), points in time (`$TIME`),
/// names of runs (`$RUN`) and durations that were measured (`in 1.2s`, `after 3s`, `4s ago`: `$ELAPSED`).
pub fn of(text: &str, home: &Path) -> String {
    let mut text = text.replace(&home.display().to_string(), "$HOME");
    let binaries = super::binaries_if_built().display().to_string();
    text = text.replace(&binaries, "$BIN");
    text = after_each(&text, "127.0.0.1:", |rest| (digits(rest) > 1).then(|| digits(rest)), "$PORT");
    text = times(&text);
    text = runs(&text);
    for word in ["in ", "after "] {
        text = after_each(&text, word, duration, "$ELAPSED");
    }
    before_each_ago(&text)
}

/// Replaces what `length` finds right after each occurrence of `mark`.
fn after_each(text: &str, mark: &str, length: impl Fn(&str) -> Option<usize>, name: &str) -> String {
    let mut parts = text.split(mark);
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        made.push_str(mark);
        match length(part) {
            Some(length) => {
                made.push_str(name);
                made.push_str(&part[length..]);
            }
            None => made.push_str(part),
        }
    }
    made
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The length of `1.2s`, `300ms`, `1m30s` at the start, if it is a word of its own.
fn duration(text: &str) -> Option<usize> {
    let mut length = 0;
    loop {
        let rest = &text[length..];
        let whole = digits(rest);
        let fraction = rest[whole..].strip_prefix('.').map_or(0, |rest| digits(rest) + 1);
        let number = whole + fraction;
        let unit = ["ms", "h", "m", "s"].into_iter().find(|unit| rest[number..].starts_with(unit));
        match unit {
            Some(unit) if whole > 0 => length += number + unit.len(),
            _ => break,
        }
    }
    let ends = !text[length..].starts_with(|next: char| next.is_alphanumeric());
    (length > 0 && ends).then_some(length)
}

fn before_each_ago(text: &str) -> String {
    let lines = text.split(" ago").collect::<Vec<_>>();
    let Some((last, before)) = lines.split_last() else { return text.to_owned() };
    let before = before.iter().map(|part| {
        let start = part.rfind([' ', '\n', '(']).map_or(0, |at| at + 1);
        let is_duration = duration(&part[start..]) == Some(part.len() - start);
        if is_duration { format!("{}$ELAPSED ago", &part[..start]) } else { format!("{part} ago") }
    });
    before.collect::<String>() + last
}

/// Replaces `2026-11-22T22:34:53Z`, with or without a fraction, and the stamps of log lines (`E1122 22:34:53.123456`).
fn times(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(length) = time(rest) {
            made.push_str("$TIME");
            rest = &rest[length..];
        } else if fits("E0000 00:00:00.000000", rest) {
            made.push(first);
            made.push_str("$TIME");
            rest = &rest["E0000 00:00:00.000000".len()..];
        } else {
            made.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    made
}

/// Replaces the names of runs, `20261122-223453-1a2b3c`.
pub fn runs(text: &str) -> String {
    const SHAPE: &str = "00000000-000000-";
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let tail = if fits(SHAPE, rest) { &rest[SHAPE.len()..] } else { "" };
        let length = tail.bytes().take_while(u8::is_ascii_hexdigit).count();
        if length > 0 {
            made.push_str("$RUN");
            rest = &tail[length..];
        } else {
            made.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    made
}

fn time(text: &str) -> Option<usize> {
    let shape = "0000-00-00T00:00:00";
    let rest = fits(shape, text).then(|| &text[shape.len()..])?;
    let fraction = rest.strip_prefix('.').map_or(0, |rest| digits(rest) + 1);
    rest[fraction..].starts_with('Z').then_some(shape.len() + fraction + 1)
}

/// Whether a text begins with this shape: `0` is any digit, `E` the letter of a severity, the rest itself.
fn fits(shape: &str, text: &str) -> bool {
    let fits = |(wanted, letter): (u8, u8)| match wanted {
        b'0' => letter.is_ascii_digit(),
        b'E' => b"IWEF".contains(&letter),
        other => other == letter,
    };
    text.len() >= shape.len() && shape.bytes().zip(text.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        of(text, Path::new("/home/somebody"))
    }

    #[test]
    fn names_what_differs_from_run_to_run() {
        assert_eq!(normal("at http://127.0.0.1:41234/x"), "at http://127.0.0.1:$PORT/x");
        assert_eq!(normal("since 2026-11-22T22:34:53.123Z, /home/somebody/.kube"), "since $TIME, $HOME/.kube");
        assert_eq!(normal("E1122 22:40:31.118127       1 scraper.go:149]"), "E$TIME       1 scraper.go:149]");
        assert_eq!(normal("run 20261122-223453-1a2b3c4d is open"), "run $RUN is open");
        assert_eq!(normal("done in 1.2s, after 1m30s (4s ago)"), "done in $ELAPSED, after $ELAPSED ($ELAPSED ago)");
    }

    #[test]
    fn leaves_alone_what_was_written_down() {
        for text in ["--metric-resolution=15s", "waits up to 60s", "in 3steps", "created long ago", "after 5 tries"] {
            assert_eq!(normal(text), text);
        }
    }
}
