//! What moves, as CSS. A motion is a list of moments, from each of which on something holds until the next; all of them have the same
//! length, and begin again together.

use std::fmt::Write as _;
use std::time::Duration;

pub struct Motions {
    length: Duration,
    count: usize,
    keyframes: String,
}

impl Motions {
    pub fn of_length(length: Duration) -> Motions {
        Motions { length, count: 0, keyframes: String::new() }
    }

    /// The attributes of what moves so.
    pub fn add(&mut self, moments: impl IntoIterator<Item = (Duration, String)>) -> String {
        let name = format!("m{}", self.count);
        self.count += 1;
        let moments: String =
            moments.into_iter().map(|(at, holds)| format!("{}{{{holds}}}", self.portion(at))).collect();
        let _ = writeln!(self.keyframes, "@keyframes {name}{{{moments}}}");
        format!("class=\"m\" style=\"animation-name:{name}\"")
    }

    /// A moment as a part of the whole, to a thousandth of a percent.
    fn portion(&self, at: Duration) -> String {
        let thousandths = at.as_millis() * 100_000 / self.length.as_millis().max(1);
        let portion = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
        format!("{}%", portion.trim_end_matches('0').trim_end_matches('.'))
    }

    pub fn css(&self) -> String {
        let seconds = self.length.as_secs_f64();
        format!(
            ".m{{animation:{seconds}s step-end infinite}}\n\
             @media (prefers-reduced-motion:reduce){{.m{{animation:none!important}}}}\n{}",
            self.keyframes
        )
    }
}
