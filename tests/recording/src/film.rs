//! A recording played on a terminal: what was seen where, and when.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::cells::{Cells, Piece, Place};
use crate::pace::frames;
use crate::recording::Recording;

/// More lines than any session has.
const SCROLLED_OUT: usize = 100_000;

pub struct Film {
    pub pieces: Vec<Piece>,
    /// Which line is the uppermost, from when on.
    pub scrolled: Vec<(Duration, usize)>,
    /// Where the cursor is, from when on; `None` while it is hidden.
    pub cursor: Vec<(Duration, Option<Place>)>,
    pub length: Duration,
}

impl Film {
    pub fn of(recording: &Recording) -> Result<Film> {
        let mut parser = vt100::Parser::new(recording.rows, recording.columns, SCROLLED_OUT);
        let mut cells = Cells::default();
        let (mut scrolled, mut cursor) = (Vec::new(), Vec::new());
        let mut length = Duration::ZERO;
        for (at, output) in frames(recording) {
            parser.process(output.as_bytes());
            let screen = parser.screen();
            ensure!(!screen.alternate_screen(), "could not draw a page that is put before the session");
            cells.look_at(screen, at);
            note(&mut scrolled, at, screen.scrollback_len());
            note(&mut cursor, at, cursor_of(screen));
            length = at;
        }
        Ok(Film { pieces: cells.pieces(), scrolled, cursor, length })
    }
}

fn cursor_of(screen: &vt100::Screen) -> Option<Place> {
    let (row, column) = screen.cursor_position();
    (!screen.hide_cursor()).then(|| (screen.scrollback_len() + usize::from(row), column))
}

/// What is as it was is not worth a word.
fn note<T: PartialEq>(history: &mut Vec<(Duration, T)>, at: Duration, now: T) {
    if history.last().is_none_or(|(_, last)| *last != now) {
        history.push((at, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::tests::recording;

    #[test]
    fn the_screen_scrolls_and_the_cursor_moves() {
        let film =
            Film::of(&recording(&[(0, "a"), (100, "\r\n\n\n\n"), (200, "\u{1b}[?25l"), (300, "\u{1b}[?25h")])).unwrap();
        let at = Duration::from_millis;
        assert_eq!(film.scrolled, [(at(0), 0), (at(100), 2)]);
        let end = Some((4, 0));
        assert_eq!(film.cursor, [(at(0), Some((0, 1))), (at(100), end), (at(200), None), (at(300), end)]);
        assert_eq!(film.length, at(300));
    }

    #[test]
    fn a_page_of_its_own_is_refused() {
        assert!(Film::of(&recording(&[(0, "\u{1b}[?1049h")])).is_err());
    }
}
