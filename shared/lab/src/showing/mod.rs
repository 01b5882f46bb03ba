//! A report that is seen while it changes: on a terminal in one place, elsewhere as one document after the other.

mod fit;
mod keys;
mod screen;

use std::cell::RefCell;
use std::io::{self, IsTerminal as _};

use lab_plan::Exit;

use crate::error::{Error, Result};
use crate::flags::Format;
use crate::report::{Ending, Place, Report};
use screen::Screen;

pub(crate) enum Showing {
    /// It is seen only when it is over.
    Off,
    /// Each goes to stdout.
    Stream,
    Screen(RefCell<Screen>),
}

impl Showing {
    pub fn of(is_live: bool, format: Format) -> Result<Showing> {
        let is_for_people = matches!(format, Format::Table | Format::Wide);
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_terminal = io::stdout().is_terminal() && io::stdin().is_terminal() && !is_dumb;
        match (is_live, is_for_people && is_terminal) {
            (false, _) => Ok(Showing::Off),
            (true, false) => Ok(Showing::Stream),
            (true, true) => match Screen::take() {
                Ok(screen) => Ok(Showing::Screen(RefCell::new(screen))),
                Err(error) => Err(Error::failed("could not take over the terminal").cause(error)),
            },
        }
    }

    pub fn is_on(&self) -> bool {
        !matches!(self, Showing::Off)
    }

    pub fn is_stream(&self) -> bool {
        matches!(self, Showing::Stream)
    }

    /// Shows the present report. Where nobody is left to see it, the end of the command will tell.
    pub fn show<R: Report>(&self, ending: &Ending<'_, R>, format: Format, given_out: &mut Option<usize>) {
        match self {
            Showing::Off => {}
            Showing::Stream => {
                let before = given_out.unwrap_or(0);
                if ending.print(format, Place::After(before)).is_ok() {
                    *given_out = Some(before + 1);
                }
            }
            Showing::Screen(screen) => {
                let table = ending.report.map(|report| report.table(format == Format::Wide));
                screen.borrow_mut().show(&table.unwrap_or_default());
            }
        }
    }

    /// Until the user has seen enough.
    pub async fn left(&self) -> Result<()> {
        let Showing::Screen(screen) = self else { return std::future::pending().await };
        match keys::until_left(|| screen.borrow_mut().redraw()).await {
            keys::Left::Quit => Ok(()),
            keys::Left::Interrupted => Err(Error::new(Exit::Interrupted, "interrupted")),
        }
    }
}
