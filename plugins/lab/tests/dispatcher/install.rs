//! A folder made for one test, with kubectl-lab in it as a user or krew would have put it there.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::OnceLock;

/// Everything is inside the build folder, so that programs can be hard links: no copy, no "text file busy".
const BUILD_FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

pub struct Install {
    root: tempfile::TempDir,
    /// What a user runs.
    pub command: PathBuf,
    /// Where kubectl-lab really is.
    pub folder: PathBuf,
}

impl Install {
    /// All files in one folder.
    pub fn plain() -> Install {
        let root = new_root();
        let folder = root.path().join("lab");
        put_dispatcher(&folder);
        Install { command: folder.join("kubectl-lab"), folder, root }
    }

    /// As krew does it: the files in its store, and one link in its bin.
    pub fn krew() -> Install {
        let root = new_root();
        let (folder, bin) =
            (root.path().join(concat!("store/lab/v", env!("CARGO_PKG_VERSION"))), root.path().join("bin"));
        put_dispatcher(&folder);
        fs::create_dir(&bin).expect("a folder");
        let command = bin.join("kubectl-lab");
        symlink(folder.join("kubectl-lab"), &command).expect("a link");
        Install { command, folder, root }
    }

    /// A further folder.
    pub fn other(&self, name: &str) -> PathBuf {
        let folder = self.root.path().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    pub fn home(&self) -> PathBuf {
        self.other("home")
    }

    pub fn bin(&self) -> &Path {
        self.command.parent().expect("a folder")
    }

    /// Runs the installed command with nothing on PATH.
    pub fn lab(&self, args: &[&str]) -> String {
        self.lab_with_path(&[], args)
    }

    pub fn lab_with_path(&self, path: &[&Path], args: &[&str]) -> String {
        self.told(&finished(self.at(path).args(args)))
    }

    /// The installed command in an environment without any of this machine's.
    pub fn at(&self, path: &[&Path]) -> Command {
        self.sealed(&self.command, path)
    }

    pub fn sealed(&self, program: &Path, path: &[&Path]) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.home()).env("PATH", std::env::join_paths(path).expect("a PATH"));
        command.current_dir(self.root.path());
        command
    }

    /// Everything that a user sees of a run, without this machine's folders.
    pub fn told(&self, output: &Output) -> String {
        let text = |bytes: &[u8]| {
            let root = self.root.path().canonicalize().expect("a folder");
            let machine = format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH);
            let text = String::from_utf8_lossy(bytes).replace(&*root.to_string_lossy(), "$ROOT");
            // In a table the version is padded to the width of its heading.
            let padded = format!("{:7}", env!("CARGO_PKG_VERSION"));
            let text = text.replace(&padded, "$OWN   ").replace(env!("CARGO_PKG_VERSION"), "$OWN");
            text.replace(&machine, "$MACHINE")
        };
        let end = match (output.status.code(), output.status.signal()) {
            (Some(code), _) => format!("exit {code}"),
            (None, signal) => format!("signal {}", signal.unwrap_or_default()),
        };
        format!("{}--- stderr\n{}--- {end}\n", text(&output.stdout), text(&output.stderr))
    }
}

fn new_root() -> tempfile::TempDir {
    tempfile::tempdir_in(BUILD_FOLDER).expect("a folder")
}

pub fn put_dispatcher(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    fs::hard_link(env!("CARGO_BIN_EXE_kubectl-lab"), folder.join("kubectl-lab")).expect("kubectl-lab");
}

/// A program of the suite, with the answer to `-h` and to `--version`.
pub fn program(folder: &Path, name: &str, help: &str, version: &str) {
    fs::create_dir_all(folder).expect("a folder");
    put(fake_verb(), &folder.join(name));
    fs::write(folder.join(format!(".{name}-h")), help).expect("an answer");
    fs::write(folder.join(format!(".{name}--version")), version).expect("an answer");
}

/// A copy, for a file is known by the time of its last change, and that is changed by each further link to it: those of
/// other tests too.
fn put(program: &Path, path: &Path) {
    let _nothing_starts = starting();
    fs::copy(program, path).expect("a program");
}

/// A program of the suite that needs `--version` for something else.
pub fn program_with_hidden_version(folder: &Path, name: &str, version: &str) {
    program(folder, name, "", "");
    fs::remove_file(folder.join(format!(".{name}--version"))).expect("removed");
    fs::write(folder.join(format!(".{name}__version")), version).expect("an answer");
}

/// The questions that a program was asked, one a line, each with the process that was asked.
pub fn asked(folder: &Path, name: &str) -> Vec<(String, u32)> {
    let notes = fs::read_to_string(folder.join(format!(".{name}.asked"))).unwrap_or_default();
    let note = |line: &str| {
        let (question, process) = line.split_once(' ').expect("two words");
        (question.to_owned(), process.parse().expect("a process id"))
    };
    notes.lines().map(note).collect()
}

pub fn script(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).expect("a folder");
    let path = folder.join(name);
    // A file that is open for writing in any process cannot be executed, and a process that is being started has all
    // our files open for a moment.
    let _nothing_starts = starting();
    fs::write(&path, text).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
}

pub fn finished(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    started(command).wait_with_output().expect("its output")
}

pub fn started(command: &mut Command) -> std::process::Child {
    let _nothing_is_written = starting();
    command.spawn().expect("a process")
}

fn starting() -> MutexGuard<'static, ()> {
    static STARTING: Mutex<()> = Mutex::new(());
    STARTING.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The compiled fake verb.
fn fake_verb() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dispatcher/fake_verb.rs");
        let program = Path::new(BUILD_FOLDER).join("fake-verb");
        let draft = program.with_extension(std::process::id().to_string());
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| OsStr::new("rustc").to_owned());
        let mut compile = Command::new(rustc);
        compile.args(["--edition", "2024", "-C", "opt-level=s", "-o"]).arg(&draft).arg(source);
        let done = finished(&mut compile);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        // In one piece, because another run of these tests may be using it.
        fs::rename(&draft, &program).expect("the fake verb");
        program
    })
}
