//! Running a built binary as a user would, but in an environment where nothing of this machine shows.

mod home;
mod normal;
mod output;
mod screen;
mod terminal;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::api::Api;
use home::Home;

pub(crate) use normal::runs;
pub use output::Output;
pub use terminal::Terminal;

/// Longer than any scenario should take, so that a hang is a failure and not a wait.
const LIMIT: Duration = Duration::from_secs(60);
const COLUMNS: u16 = 100;

/// A program to be run, half said.
#[must_use]
pub struct Run {
    program: PathBuf,
    args: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    stdin: Option<String>,
    limit: Duration,
    columns: u16,
    home: Home,
}

impl Run {
    /// A verb by its name on the command line: `metrics-fix` is the file `kubectl-lab-metrics_fix`.
    pub fn verb(name: &str) -> Run {
        Run::program(binaries().join(format!("kubectl-lab-{}", name.replace('-', "_"))))
    }

    /// The dispatcher, `kubectl-lab`.
    pub fn lab() -> Run {
        Run::program(binaries().join("kubectl-lab"))
    }

    /// This machine's kubectl, which finds the built binaries as its plugins.
    ///
    /// # Panics
    /// If there is none.
    pub fn kubectl() -> Run {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).map(|folder| folder.join("kubectl")).find(|file| file.is_file());
        Run::program(found.unwrap_or_else(|| panic!("there is no kubectl on the PATH"))).with_verbs()
    }

    /// Puts the built binaries on the program's PATH, as kubectl finds its plugins.
    pub fn with_verbs(self) -> Run {
        self.env("PATH", binaries())
    }

    pub fn program(program: impl Into<PathBuf>) -> Run {
        let home = Home::make().unwrap_or_else(|error| panic!("could not make a home folder: {error}"));
        Run {
            program: program.into(),
            args: Vec::new(),
            environment: Vec::new(),
            stdin: None,
            limit: LIMIT,
            columns: COLUMNS,
            home,
        }
    }

    /// Points the kubeconfig at a scripted API.
    pub fn against(self, api: &Api) -> Run {
        let config = home::kubeconfig(&api.url());
        self.kubeconfig(&config)
    }

    /// Writes the kubeconfig as it stands here.
    pub fn kubeconfig(self, text: &str) -> Run {
        self.home.write_kubeconfig(text).unwrap_or_else(|error| panic!("could not write the kubeconfig: {error}"));
        self
    }

    pub fn args<T: Into<OsString>>(mut self, args: impl IntoIterator<Item = T>) -> Run {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Run {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub fn stdin(mut self, text: &str) -> Run {
        self.stdin = Some(text.into());
        self
    }

    /// How wide the terminal is.
    pub fn columns(mut self, columns: u16) -> Run {
        self.columns = columns;
        self
    }

    pub fn limit(mut self, limit: Duration) -> Run {
        self.limit = limit;
        self
    }

    /// The home folder of the run, to put files into or to look at afterwards.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs the program to its end.
    ///
    /// # Panics
    /// If it cannot be started, or is not done in time.
    #[must_use = "compare the output with a snapshot, or call `succeeds`"]
    pub fn run(self) -> Output {
        self.start().wait()
    }

    /// Lets somebody else run the command to its end, who may want to kill it.
    ///
    /// # Errors
    /// Those of whoever runs it.
    pub fn by<E>(
        self,
        runs: impl FnOnce(&mut Command) -> std::result::Result<process::Output, E>,
    ) -> std::result::Result<Output, E> {
        let started = Instant::now();
        let output = runs(&mut self.command(&self.program))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        Ok(Output::new(&self.line(), &self.home, stdout, stderr, output.status, started.elapsed()))
    }

    /// Starts the program and lets it run, to interrupt it for example.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start(self) -> Running {
        let mut command = self.command(&self.program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("could not start {}: {error}", self.program.display()));
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), &self.stdin) {
            // A program that does not read its input may have closed it.
            let _ = pipe.write_all(text.as_bytes());
        }
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        Running { child, stdout, stderr, started: Instant::now(), run: self }
    }

    /// Starts the program in a terminal of its own.
    ///
    /// # Panics
    /// If there is no terminal to be had.
    pub fn in_terminal(self) -> Terminal {
        Terminal::start(self).unwrap_or_else(|error| panic!("could not start in a terminal: {error}"))
    }

    /// The program in its sealed environment.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.home.path()).args(&self.args);
        command
            .env("HOME", self.home.path())
            .env("KUBECONFIG", self.home.kubeconfig())
            .env("TMPDIR", self.home.temporary());
        command
            .env("PATH", binaries_if_built())
            .env("COLUMNS", self.columns.to_string())
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The command line as a person would type it.
    fn line(&self) -> String {
        let name = self.program.file_name().unwrap_or_default().to_string_lossy();
        let args = self.args.iter().map(|arg| arg.to_string_lossy());
        std::iter::once(name).chain(args).collect::<Vec<_>>().join(" ")
    }
}

/// A program that is running.
#[must_use]
pub struct Running {
    run: Run,
    child: Child,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
    started: Instant,
}

impl Running {
    /// Ctrl-C, as far as the program can tell.
    ///
    /// # Panics
    /// If there is no such process any more.
    pub fn interrupt(&self) {
        signal(&self.child, Signal::INT);
    }

    /// Ends it without a chance to tidy up.
    pub fn kill(&self) {
        signal(&self.child, Signal::KILL);
    }

    #[must_use = "compare the output with a snapshot, or call `succeeds`"]
    pub fn wait(mut self) -> Output {
        let status = wait(&mut self.child, self.started + self.run.limit);
        let text =
            |thread: JoinHandle<Vec<u8>>| String::from_utf8_lossy(&thread.join().unwrap_or_default()).into_owned();
        let (stdout, stderr) = (text(self.stdout), text(self.stderr));
        let took = self.started.elapsed();
        let Some(status) = status else {
            panic!("{} was not done after {took:?}\nstdout:\n{stdout}\nstderr:\n{stderr}", self.run.line());
        };
        Output::new(&self.run.line(), &self.run.home, stdout, stderr, status, took)
    }
}

fn signal(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let sent = pid.ok_or(io::ErrorKind::NotFound.into()).and_then(|pid| Ok(kill_process(pid, signal)?));
    sent.unwrap_or_else(|error: io::Error| panic!("could not signal the program: {error}"));
}

/// Waits for the end of a process; one that is not done in time is ended, and has no status.
fn wait(child: &mut Child, until: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(3)),
            _ => {
                // It may have ended by itself in this very moment.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What came before an error is still worth showing.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

static BINARIES: OnceLock<PathBuf> = OnceLock::new();

/// The folder of the freshly built binaries.
pub(crate) fn binaries() -> &'static Path {
    BINARIES.get_or_init(|| lab_cluster::built::binaries().unwrap_or_else(|error| panic!("{error:#}")))
}

/// For runs that need none of them, nothing is built.
fn binaries_if_built() -> &'static Path {
    BINARIES.get().map_or(Path::new("/nonexistent"), PathBuf::as_path)
}
