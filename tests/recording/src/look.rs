//! How a letter looks: the terminal's attributes as colours, with the palette of the picture.

use vt100::Color;

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// The picture brings its own ground, so it is the same on a light page and on a dark one.
pub const GROUND: Rgb = Rgb(13, 17, 23);
pub const INK: Rgb = Rgb(230, 237, 243);
/// Around it, for a page of its own colour.
pub const FRAME: Rgb = Rgb(48, 54, 61);

const SIXTEEN: [Rgb; 16] = [
    Rgb(72, 79, 88),
    Rgb(255, 123, 114),
    Rgb(63, 185, 80),
    Rgb(210, 153, 34),
    Rgb(88, 166, 255),
    Rgb(188, 140, 255),
    Rgb(57, 197, 207),
    Rgb(177, 186, 196),
    Rgb(110, 118, 129),
    Rgb(255, 161, 152),
    Rgb(86, 211, 100),
    Rgb(227, 179, 65),
    Rgb(121, 192, 255),
    Rgb(210, 168, 255),
    Rgb(86, 212, 221),
    Rgb(255, 255, 255),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub ink: Rgb,
    /// `None` where the ground shows.
    pub ground: Option<Rgb>,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underlined: bool,
}

impl Look {
    pub fn of(cell: &vt100::Cell) -> Look {
        let (mut ink, mut ground) = (rgb(cell.fgcolor()).unwrap_or(INK), rgb(cell.bgcolor()));
        if cell.inverse() {
            (ink, ground) = (ground.unwrap_or(GROUND), Some(ink));
        }
        Look { ink, ground, bold: cell.bold(), dim: cell.dim(), italic: cell.italic(), underlined: cell.underline() }
    }

    /// A blank of this look cannot be seen.
    pub fn hides_blanks(self) -> bool {
        self.ground.is_none() && !self.underlined
    }
}

/// `None` for the terminal's own colour.
fn rgb(color: Color) -> Option<Rgb> {
    match color {
        Color::Default => None,
        Color::Idx(number) => Some(indexed(number)),
        Color::Rgb(red, green, blue) => Some(Rgb(red, green, blue)),
    }
}

/// The 256 colours: sixteen with names, a cube with six steps each way, and greys.
fn indexed(number: u8) -> Rgb {
    let step = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match number {
        0..16 => SIXTEEN[usize::from(number)],
        16..232 => {
            let place = number - 16;
            Rgb(step(place / 36), step(place / 6 % 6), step(place % 6))
        }
        232.. => {
            let grey = 8 + 10 * (number - 232);
            Rgb(grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;

    fn look(attributes: &str) -> Look {
        let mut parser = vt100::Parser::new(NonZeroU16::MIN, NonZeroU16::MIN, 0);
        parser.process(format!("\u{1b}[{attributes}mx").as_bytes());
        Look::of(parser.screen().cell(0, 0).unwrap())
    }

    #[test]
    fn the_palette_has_all_256_colours() {
        for (number, colour) in [
            (2, SIXTEEN[2]),
            (15, Rgb(255, 255, 255)),
            (16, Rgb(0, 0, 0)),
            (110, Rgb(135, 175, 215)),
            (231, Rgb(255, 255, 255)),
            (232, Rgb(8, 8, 8)),
            (255, Rgb(238, 238, 238)),
        ] {
            assert_eq!(look(&format!("38;5;{number}")).ink, colour, "{number}");
        }
        assert_eq!(look("48;2;1;2;3").ground, Some(Rgb(1, 2, 3)));
        assert_eq!(look("92").ink, SIXTEEN[10]);
    }

    #[test]
    fn attributes_are_kept() {
        let plain = Look { ink: INK, ground: None, bold: false, dim: false, italic: false, underlined: false };
        assert_eq!(look("0"), plain);
        assert_eq!(look("1;3;4"), Look { bold: true, italic: true, underlined: true, ..plain });
        assert_eq!(look("2"), Look { dim: true, ..plain });
        assert_eq!(look("7"), Look { ink: GROUND, ground: Some(INK), ..plain });
        assert_eq!(look("7;32"), Look { ink: GROUND, ground: Some(SIXTEEN[2]), ..plain });
        assert!(plain.hides_blanks() && !look("4").hides_blanks() && !look("7").hides_blanks());
    }
}
