//! The picture: an SVG that moves by CSS alone, so that it does so as an image on a page too. Where nothing moves, because the reader wants
//! it so or the program that shows it cannot, it is the last screen.

mod bar;
mod motion;
#[cfg(test)]
mod tests;
mod text;

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;

use crate::cells::{Life, Piece, Place};
use crate::film::Film;
use crate::look::{FRAME, GROUND, INK, Rgb};
use crate::recording::Recording;
use motion::Motions;
use text::{colour, escaped, pixels};

/// The last screen is shown so long before it begins again.
const REST: Duration = Duration::from_secs(6);

/// Tenths of a pixel. The letters of nearly all such fonts are six tenths as wide as the font is high.
const CELL_WIDTH: u32 = 84;
const LINE_HEIGHT: u32 = 190;
const FONT_SIZE: u32 = 140;
/// Where letters stand, below the upper edge of their line.
const BASELINE: u32 = 140;
const MARGIN: u32 = 160;
const BAR_GAP: u32 = 20;

/// Whatever of these the reader has.
const FONTS: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";

pub fn draw(recording: &Recording) -> Result<String> {
    let film = Film::of(recording)?;
    let mut motions = Motions::of_length(film.length + REST);
    let screen = screen(&film, &mut motions);
    let inner = (u32::from(recording.columns.get()) * CELL_WIDTH, u32::from(recording.rows.get()) * LINE_HEIGHT);
    let [width, height] = [inner.0, inner.1].map(|inner| pixels(inner + 2 * MARGIN));
    let [inner_width, inner_height, margin] = [inner.0, inner.1, MARGIN].map(pixels);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n"
    );
    let _ = writeln!(svg, "<title>{}</title>\n<style>\n{}</style>", escaped(&recording.title), motions.css());
    let [frame_width, frame_height] = [inner.0, inner.1].map(|inner| pixels(inner + 2 * MARGIN - 10));
    let _ = writeln!(
        svg,
        "<rect x=\".5\" y=\".5\" width=\"{frame_width}\" height=\"{frame_height}\" rx=\"8\" fill=\"{}\" stroke=\"{}\"/>\n\
         <svg x=\"{margin}\" y=\"{margin}\" width=\"{inner_width}\" height=\"{inner_height}\">\n{screen}</svg>\n</svg>",
        colour(GROUND),
        colour(FRAME)
    );
    Ok(svg)
}

/// All lines there ever were, one below the other, of which the picture shows as many as the terminal had.
fn screen(film: &Film, motions: &mut Motions) -> String {
    let top = |line: usize| pixels(down(line));
    let scrolled = film.scrolled.iter().map(|(at, line)| (*at, format!("transform:translateY(-{}px)", top(*line))));
    let motion = motions.add(scrolled);
    let last = film.scrolled.last().map_or(0, |(_, line)| *line);
    let mut screen = format!(
        "<g {motion} transform=\"translate(0 -{})\" font-family=\"{FONTS}\" font-size=\"{}\" fill=\"{}\" xml:space=\"preserve\">\n",
        top(last),
        pixels(FONT_SIZE),
        colour(INK)
    );
    screen.push_str(&cursor(film, motions));
    for together in film.pieces.chunk_by(|one, other| one.life == other.life) {
        screen.push_str(&group(together, motions));
    }
    screen.push_str("</g>\n");
    screen
}

fn cursor(film: &Film, motions: &mut Motions) -> String {
    let place = |place: Place| (pixels(across(place)), pixels(down(place.0)));
    let moments = film.cursor.iter().map(|(at, cursor)| {
        let css = match cursor.map(place) {
            Some((x, y)) => format!("visibility:visible;transform:translate({x}px,{y}px)"),
            None => "visibility:hidden".to_owned(),
        };
        (*at, css)
    });
    let motion = motions.add(moments);
    let still = match film.cursor.last().and_then(|(_, cursor)| cursor.map(place)) {
        Some((x, y)) => format!("transform=\"translate({x} {y})\""),
        None => "visibility=\"hidden\"".to_owned(),
    };
    let (width, height) = (pixels(CELL_WIDTH), pixels(LINE_HEIGHT));
    format!("<rect {motion} {still} width=\"{width}\" height=\"{height}\" fill-opacity=\".4\"/>\n")
}

/// Pieces that come and go together.
fn group(pieces: &[Piece], motions: &mut Motions) -> String {
    let Some(life) = pieces.first().map(|piece| piece.life) else { return String::new() };
    let mut attributes = String::new();
    if life.from > Duration::ZERO || life.until.is_some() {
        let _ = write!(attributes, " {}", motions.add(visible(life)));
    }
    if life.until.is_some() {
        attributes.push_str(" visibility=\"hidden\"");
    }
    let pieces: String = pieces.iter().map(drawn).collect();
    format!("<g{attributes}>{pieces}</g>\n")
}

fn visible(life: Life) -> Vec<(Duration, String)> {
    let moment = |at, value: &str| (at, format!("visibility:{value}"));
    let mut moments = Vec::new();
    if life.from > Duration::ZERO {
        moments.push(moment(Duration::ZERO, "hidden"));
    }
    moments.push(moment(life.from, "visible"));
    moments.extend(life.until.map(|until| moment(until, "hidden")));
    moments
}

fn drawn(piece: &Piece) -> String {
    let (column, line, width) = (across(piece.place), down(piece.place.0), u32::from(piece.width) * CELL_WIDTH);
    let mut drawn = String::new();
    if let Some(ground) = piece.look.ground {
        drawn.push_str(&filled((column, line), (width, LINE_HEIGHT), ground));
    }
    if let Some(eighths) = bar::eighths(&piece.text) {
        // Bars on neighbouring lines are kept apart.
        let (place, size) = ((column, line + BAR_GAP), (eighths * CELL_WIDTH / 8, LINE_HEIGHT - 2 * BAR_GAP));
        drawn.push_str(&filled(place, size, piece.look.ink));
        return drawn;
    }
    let mut attributes = format!("x=\"{}\" y=\"{}\"", pixels(column), pixels(line + BASELINE));
    if piece.width > 1 {
        // Whatever the font's own widths are, the piece is as wide as its cells.
        let _ = write!(attributes, " textLength=\"{}\"", pixels(width));
    }
    attributes.push_str(&text::attributes(piece.look));
    let _ = write!(drawn, "<text {attributes}>{}</text>", escaped(&piece.text));
    drawn
}

fn filled((x, y): (u32, u32), (width, height): (u32, u32), ink: Rgb) -> String {
    let [x, y, width, height] = [x, y, width, height].map(pixels);
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{}\"/>", colour(ink))
}

fn across(place: Place) -> u32 {
    u32::from(place.1) * CELL_WIDTH
}

fn down(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX / LINE_HEIGHT) * LINE_HEIGHT
}
