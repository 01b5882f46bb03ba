//! A pseudo terminal, and programs that take it for a person's.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread::{self, JoinHandle};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What a program writes there can be read from the file, and what is written to the file is typed.
pub struct Pty {
    pub person: File,
    program: PathBuf,
}

impl Pty {
    pub fn open(rows: u16, columns: u16) -> io::Result<Pty> {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&person)?;
        unlockpt(&person)?;
        tcsetwinsize(&person, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 })?;
        let program = PathBuf::from(OsString::from_vec(ptsname(&person, Vec::new())?.into_bytes()));
        Ok(Pty { person: File::from(person), program })
    }

    /// Starts the command, with the variables that were given to it and no other, in a session of its own whose terminal this is.
    pub fn start(&self, command: &Command) -> io::Result<Child> {
        // The command holds the terminal's other ends until it is dropped here; reading would never end.
        let mut command = in_session(command);
        command.stdin(self.end()?).stdout(self.end()?).stderr(self.end()?).spawn()
    }

    fn end(&self) -> io::Result<OwnedFd> {
        Ok(OpenOptions::new().read(true).write(true).open(&self.program)?.into())
    }
}

/// `setsid` makes the terminal the program's own, so that Ctrl-C reaches it; doing that here would need unsafe code.
fn in_session(inner: &Command) -> Command {
    let mut command = Command::new("/usr/bin/setsid");
    command.arg("--ctty").arg(inner.get_program()).args(inner.get_args()).env_clear();
    if let Some(folder) = inner.get_current_dir() {
        command.current_dir(folder);
    }
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env_remove("COLUMNS").env("TERM", "xterm-256color");
    command
}

/// Reads until the program has closed its side.
pub fn listen(mut person: File, mut hear: impl FnMut(&[u8]) + Send + 'static) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count) = person.read(&mut buffer) {
            if count == 0 {
                break;
            }
            hear(&buffer[..count]);
        }
    })
}
