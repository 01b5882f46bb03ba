//! What stands in the cells of a terminal, and how long. Lines are counted from the first one that was ever written, so that a letter keeps
//! its place when the screen is scrolled.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::look::Look;

/// A while: from when, and until when if it does not last to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Life {
    pub from: Duration,
    pub until: Option<Duration>,
}

/// A line and a column.
pub type Place = (usize, u16);

/// Neighbours that look alike, and come and go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub place: Place,
    pub width: u16,
    pub text: String,
    pub look: Look,
    pub life: Life,
}

/// What stands in one cell, or in two where it is wide.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Glyph {
    text: String,
    width: u16,
    look: Look,
}

impl Glyph {
    /// `None` where nothing can be seen.
    fn of(cell: &vt100::Cell) -> Option<Glyph> {
        let look = Look::of(cell);
        let text = if cell.has_contents() { cell.contents() } else { " " };
        if cell.is_wide_continuation() || text == " " && look.hides_blanks() {
            return None;
        }
        Some(Glyph { text: text.to_owned(), width: if cell.is_wide() { 2 } else { 1 }, look })
    }
}

#[derive(Default)]
pub struct Cells {
    present: BTreeMap<Place, (Glyph, Duration)>,
    past: Vec<Piece>,
}

impl Cells {
    /// From this moment on, the screen is so.
    pub fn look_at(&mut self, screen: &vt100::Screen, at: Duration) {
        let (rows, columns) = screen.size();
        for row in 0..rows.get() {
            let line = screen.scrollback_len() + usize::from(row);
            for column in 0..columns.get() {
                self.put((line, column), screen.cell(row, column).and_then(Glyph::of), at);
            }
        }
    }

    fn put(&mut self, place: Place, glyph: Option<Glyph>, at: Duration) {
        if self.present.get(&place).map(|(present, _)| present) == glyph.as_ref() {
            return;
        }
        if let Some((glyph, from)) = self.present.remove(&place) {
            self.past.push(piece(place, glyph, Life { from, until: Some(at) }));
        }
        if let Some(glyph) = glyph {
            self.present.insert(place, (glyph, at));
        }
    }

    /// All that was ever seen, in as few pieces as possible.
    pub fn pieces(self) -> Vec<Piece> {
        let present = self.present.into_iter();
        let present = present.map(|(place, (glyph, from))| piece(place, glyph, Life { from, until: None }));
        let mut cells: Vec<Piece> = self.past.into_iter().chain(present).collect();
        cells.sort_by_key(|cell| (cell.life, cell.place));
        let mut pieces: Vec<Piece> = Vec::new();
        for cell in cells {
            match pieces.last_mut() {
                Some(last) if last.goes_on_with(&cell) => last.join(&cell),
                _ => pieces.push(cell),
            }
        }
        pieces
    }
}

fn piece(place: Place, glyph: Glyph, life: Life) -> Piece {
    Piece { place, width: glyph.width, text: glyph.text, look: glyph.look, life }
}

impl Piece {
    fn end(&self) -> u16 {
        self.place.1 + self.width
    }

    /// A single blank between two words is no end. More are: behind them a column of a table begins, and that has to stand where it stood
    /// whatever the letters' own widths are.
    fn goes_on_with(&self, next: &Piece) -> bool {
        let is_near = |gap| gap == 0 || gap == 1 && self.look.hides_blanks();
        self.life == next.life
            && self.look == next.look
            && self.place.0 == next.place.0
            && next.place.1.checked_sub(self.end()).is_some_and(is_near)
    }

    fn join(&mut self, next: &Piece) {
        if next.place.1 > self.end() {
            self.text.push(' ');
        }
        self.text.push_str(&next.text);
        self.width = next.end() - self.place.1;
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;

    /// The pieces of a screen of two lines: life, place and text.
    fn pieces(sent: &[&str]) -> Vec<(u64, Option<u64>, Place, String)> {
        let size = |size| NonZeroU16::new(size).unwrap();
        let mut parser = vt100::Parser::new(size(2), size(20), 100);
        let mut cells = Cells::default();
        for (second, sent) in (0..).zip(sent) {
            parser.process(sent.as_bytes());
            cells.look_at(parser.screen(), Duration::from_secs(second));
        }
        let seconds = |life: Life| (life.from.as_secs(), life.until.map(|until| until.as_secs()));
        let shown = |piece: Piece| {
            let (from, until) = seconds(piece.life);
            (from, until, piece.place, piece.text)
        };
        cells.pieces().into_iter().map(shown).collect()
    }

    fn lasting(from: u64, place: Place, text: &str) -> (u64, Option<u64>, Place, String) {
        (from, None, place, text.to_owned())
    }

    #[test]
    fn words_are_one_piece_and_columns_are_several() {
        let wanted = [lasting(0, (0, 0), "two words"), lasting(0, (0, 11), "column"), lasting(0, (1, 0), "ö…")];
        assert_eq!(pieces(&["two words  column\r\nö…"]), wanted);
        // A look is no part of another, and a blank that is seen is a letter.
        let wanted = [lasting(0, (0, 0), "a"), lasting(0, (0, 2), "b  c")];
        assert_eq!(pieces(&["a \u{1b}[4mb  c"]), wanted);
    }

    #[test]
    fn what_is_typed_comes_letter_by_letter_and_stays_where_it_is_when_the_screen_scrolls() {
        let wanted =
            [lasting(0, (0, 0), "a"), lasting(1, (0, 1), "b"), lasting(2, (1, 0), "c"), lasting(2, (2, 0), "d")];
        assert_eq!(pieces(&["a", "b", "\r\nc\r\nd"]), wanted);
    }

    #[test]
    fn what_is_written_over_ends_and_what_stays_the_same_goes_on() {
        let wanted = [
            lasting(0, (0, 0), "wait"),
            lasting(0, (0, 7), "s"),
            (0, Some(1), (0, 6), "3".to_owned()),
            lasting(1, (0, 6), "4"),
        ];
        assert_eq!(pieces(&["wait  3s", "\r\u{1b}[Kwait  4s"]), wanted);
    }

    #[test]
    fn a_wide_letter_has_two_cells() {
        let size = |size| NonZeroU16::new(size).unwrap();
        let mut parser = vt100::Parser::new(size(1), size(20), 0);
        parser.process("表b".as_bytes());
        let mut cells = Cells::default();
        cells.look_at(parser.screen(), Duration::ZERO);
        let pieces = cells.pieces();
        assert_eq!((pieces.len(), pieces[0].text.as_str(), pieces[0].width), (1, "表b", 3));
    }
}
