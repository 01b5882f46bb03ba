//! When what is shown.

use std::time::Duration;

use crate::recording::Recording;

/// What follows faster than this is seen at once.
const FRAME: Duration = Duration::from_millis(25);

/// Moments, each with what the terminal was sent then. The first one is the beginning, and pauses are no longer than the recording says.
pub fn frames(recording: &Recording) -> Vec<(Duration, String)> {
    let mut frames: Vec<(Duration, String)> = Vec::new();
    let mut shown = Duration::ZERO;
    let mut last = recording.events.first().map(|event| event.at).unwrap_or_default();
    for event in &recording.events {
        shown += event.at.saturating_sub(last).min(recording.longest_pause);
        last = event.at;
        match frames.last_mut() {
            Some((at, output)) if shown < *at + FRAME => output.push_str(&event.output),
            _ => frames.push((shown, event.output.clone())),
        }
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::tests::recording;

    #[test]
    fn pauses_are_shortened_and_bursts_are_one_frame() {
        let recording = recording(&[(7_000, "a"), (7_020, "b"), (7_030, "c"), (20_000, "d"), (20_500, "e")]);
        let frame = |at, output: &str| (Duration::from_millis(at), output.to_owned());
        assert_eq!(frames(&recording), [frame(0, "ab"), frame(30, "c"), frame(1_530, "d"), frame(2_030, "e")]);
    }
}
