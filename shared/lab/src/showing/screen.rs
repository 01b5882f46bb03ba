//! The terminal as one changing page. It is given back as it was, however the command ends: by a key, an error or a panic.

use std::io;

use ratatui::DefaultTerminal;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Text};
use ratatui::widgets::Paragraph;

use super::fit::fit;
use crate::harmless::harmless;

pub(crate) struct Screen {
    terminal: DefaultTerminal,
    page: String,
}

impl Screen {
    pub fn take() -> io::Result<Screen> {
        Ok(Screen { terminal: ratatui::try_init()?, page: String::new() })
    }

    pub fn show(&mut self, page: &str) {
        self.page = harmless(page);
        self.redraw();
    }

    /// Only what has changed is written, so nothing flickers.
    pub fn redraw(&mut self) {
        let page = &self.page;
        // A terminal that has gone away has its own end: the hang-up.
        let _ = self.terminal.draw(|frame| {
            let (lines, footer) = fit(page, frame.area().height);
            let mut lines: Vec<Line<'_>> = lines.into_iter().map(Line::raw).collect();
            lines.push(Line::styled(footer, Style::default().add_modifier(Modifier::DIM)));
            frame.render_widget(Paragraph::new(Text::from(lines)), frame.area());
        });
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nothing is left to be done where even that fails.
        let _ = ratatui::try_restore();
    }
}
