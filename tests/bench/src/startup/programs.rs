//! What is measured.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use crate::args::Args;

pub struct Program {
    /// As the report names it.
    pub name: &'static str,
    pub file: PathBuf,
    words: &'static [&'static str],
    environment: Vec<(&'static str, OsString)>,
    /// Taken away before each run.
    forgets: Option<PathBuf>,
    pub role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// What the others are compared with.
    Yardstick,
    HasGoal,
    /// It has to be done in this time.
    Within(Duration),
    /// Good to know.
    Shown,
}

/// `cluster` is the address of an API server.
pub fn all(args: &Args, folder: &Path, cache: &Path, cluster: &str) -> Result<Vec<Program>, String> {
    let program = |name, file: PathBuf, words, role| Program {
        name,
        file,
        words,
        // No cluster takes part; kubectl must not look for one either.
        environment: vec![("KUBECONFIG", "/dev/null".into()), ("XDG_CACHE_HOME", cache.into())],
        forgets: None,
        role,
    };
    let file = |name: &str| folder.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    let mut first_list =
        program("kubectl-lab --help, the first after an upgrade", file("kubectl-lab"), HELP, Role::Shown);
    let first_cache = cache.join("first");
    first_list.environment = vec![("XDG_CACHE_HOME", first_cache.clone().into())];
    first_list.forgets = Some(first_cache);
    let mut programs = vec![
        program("kubectl version --client", kubectl(args)?, &["version", "--client"], Role::Yardstick),
        program("kubectl-lab --help", file("kubectl-lab"), HELP, Role::HasGoal),
        program("kubectl-lab-metrics_fix --help", file("kubectl-lab-metrics_fix"), HELP, Role::HasGoal),
        first_list,
    ];
    programs.extend(tab(&program, &file, cluster));
    programs.iter().try_for_each(Program::check)?;
    Ok(programs)
}

/// What follows TAB: without a cluster, with one, and each by way of kubectl-lab, as kubectl asks.
fn tab(
    program: &impl Fn(&'static str, PathBuf, &'static [&'static str], Role) -> Program,
    file: &impl Fn(&str) -> PathBuf,
    cluster: &str,
) -> Vec<Program> {
    let (known, live) = (Role::Within(Duration::from_millis(10)), Role::Within(Duration::from_millis(300)));
    let mut programs = vec![
        program("kubectl-lab <TAB>", file("kubectl-lab"), &["__complete", ""], known),
        program("kubectl-lab-probe --co<TAB>", file("kubectl-lab-probe"), &["__complete", "--co"], known),
        program("kubectl-lab probe --co<TAB>", file("kubectl-lab"), &["__complete", "probe", "--co"], known),
        program("kubectl-lab-probe s<TAB>, 500 Services", file("kubectl-lab-probe"), &["__complete", "svc/"], live),
        program("kubectl-lab probe s<TAB>, 500 Services", file("kubectl-lab"), &["__complete", "probe", "svc/"], live),
    ];
    programs[3..].iter_mut().for_each(|program| program.environment.push(("KUBECONFIG", cluster.into())));
    programs
}

const HELP: &[&str] = &["--help"];

fn kubectl(args: &Args) -> Result<PathBuf, String> {
    let named = args.kubectl.clone().or_else(|| env::var_os("KUBECTL_LAB_TEST_KUBECTL").map(PathBuf::from));
    let on_path = || {
        let path = env::var_os("PATH").unwrap_or_default();
        let name = format!("kubectl{}", env::consts::EXE_SUFFIX);
        env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file())
    };
    named.or_else(on_path).ok_or_else(|| {
        "could not find kubectl on PATH\nhint: name one, \"cargo bench-startup --kubectl FILE\"".to_owned()
    })
}

/// Without a candidate, it has not done what is measured.
const NOTHING_TO_OFFER: &[u8] = b":4\n";

impl Program {
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.file);
        command.args(self.words).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    pub fn forget(&self) -> io::Result<()> {
        match &self.forgets {
            Some(folder) if folder.exists() => fs::remove_dir_all(folder),
            _ => Ok(()),
        }
    }

    /// A program that fails, or does nothing, is quick for the wrong reason.
    fn check(&self) -> Result<(), String> {
        let trouble = |why: &str| Err(format!("could not measure {}: {}: {why}", self.name, self.file.display()));
        match self.command().stdout(Stdio::piped()).output() {
            Err(error) => trouble(&error.to_string()),
            Ok(output) if !output.status.success() => trouble(&output.status.to_string()),
            Ok(output) if output.stdout.is_empty() => trouble("it prints nothing"),
            Ok(output) if output.stdout == NOTHING_TO_OFFER => trouble("it offers nothing"),
            Ok(_) => Ok(()),
        }
    }
}
