use std::path::PathBuf;
use std::time::{Duration, Instant};

use lab_cli::api::Api;
use lab_cli::run::{Run, Terminal};
use lab_cluster::built::binaries;
use lab_cluster::programs::{self, Program};

use super::files::Krew;

const BASH_COMPLETION: &str = "/usr/share/bash-completion/bash_completion";

/// A bash as people have it: with bash-completion, and with the completion of kubectl or of kubectl-lab.
struct Shell {
    terminal: Terminal,
    pressed: Vec<Pressed>,
}

/// TAB, and what came of it.
struct Pressed {
    typed: String,
    shown: String,
    took: Duration,
}

impl Shell {
    /// `source` is what stands in its `~/.bashrc` beside bash-completion.
    fn start(api: &Api, krew: &Krew, more_on_path: &[PathBuf], source: &str) -> Shell {
        assert!(std::path::Path::new(BASH_COMPLETION).is_file(), "apt-get install bash-completion");
        let programs = programs::ensure(&[Program::Kubernetes]).unwrap();
        let folders = [krew.bin(), programs.kubernetes_dir()].into_iter().chain(more_on_path.iter().cloned());
        let path = std::env::join_paths(folders.chain(["/usr/bin".into(), "/bin".into()])).unwrap();
        let run = Run::program("/bin/bash").args(["--noprofile", "--rcfile", "bashrc", "-i"]).against(api);
        let bashrc = format!("PS1='> '\nsource {BASH_COMPLETION}\nsource <({source})\necho ready\n");
        std::fs::write(run.home().join("bashrc"), bashrc).unwrap();
        // What is shown is the same on every machine, and nothing waits for a key.
        let readline = "set bell-style none\nset enable-bracketed-paste off\nset page-completions off\nset completion-query-items 0\n";
        std::fs::write(run.home().join("inputrc"), readline).unwrap();
        let inputrc = run.home().join("inputrc");
        let run = run.env("PATH", path).env("INPUTRC", inputrc).env("KUBECTL_LAB_COMPLETION_MS", super::AMPLE);
        let mut terminal = run.in_terminal();
        terminal.expect("ready\n>");
        Shell { terminal, pressed: Vec::new() }
    }

    /// Types this and presses TAB; the line then reads as expected.
    fn completes(&mut self, typed: &str, line: &str) {
        self.press("\t", typed, &format!("> {line}"));
    }

    /// Types this and presses TAB twice, which lists what can follow.
    fn lists(&mut self, typed: &str, listed: &[&str]) {
        self.press("\t\t", typed, listed.last().unwrap());
        let shown = &self.pressed.last().unwrap().shown;
        for one in listed {
            assert!(shown.contains(one), "{typed}: no {one} in\n{shown}");
        }
    }

    fn press(&mut self, keys: &str, typed: &str, then: &str) {
        let before = self.terminal.shown().lines().count() - 1;
        self.terminal.types(typed);
        self.terminal.expect(&format!("> {typed}"));
        let start = Instant::now();
        self.terminal.types(keys);
        self.terminal.expect(then);
        let took = start.elapsed();
        // Whatever else bash shows, it has shown when it takes the next line; what stands in this one is wiped out.
        let mark = format!("# {}", self.pressed.len());
        let whole = self.terminal.shown();
        self.terminal.types(&format!("\u{5}\u{15}{mark}\r"));
        self.terminal.expect(&format!("> {mark}\n>"));
        let all = self.terminal.shown();
        let listed = all.lines().skip(before).filter(|line| !line.starts_with('>'));
        let completed = whole.lines().skip(before).filter(|line| line.starts_with('>')).last();
        let shown = completed.into_iter().chain(listed).collect::<Vec<_>>().join("\n");
        self.pressed.push(Pressed { typed: typed.to_owned(), shown, took });
    }

    /// Ends the shell, and tells what came of every TAB. With `--nocapture` the tests show it.
    fn transcript(mut self) -> String {
        self.terminal.types("exit\r");
        let _ = self.terminal.wait();
        let told =
            |Pressed { typed, shown, took }: &Pressed| format!("{:>5} ms  {typed}<TAB>\n{shown}\n", took.as_millis());
        self.pressed.iter().map(told).collect()
    }
}

#[test]
fn kubectl_completes_behind_krews_one_link() {
    let (api, krew) = (super::stage(), Krew::new());
    let _ = krew.completion(&["install"]).succeeds();
    let mut bash = Shell::start(&api, &krew, &[], "kubectl completion bash");
    bash.completes("kubectl lab metr", "kubectl lab metrics-fix ");
    bash.completes("kubectl lab metallb pool rem", "kubectl lab metallb pool remove ");
    bash.completes("kubectl lab metallb pool remove lec", "kubectl lab metallb pool remove lecture ");
    bash.completes("kubectl lab probe demo-d", "kubectl lab probe demo-db ");
    bash.completes("kubectl lab probe deploy/", "kubectl lab probe deploy/demo-app ");
    bash.completes("kubectl lab probe -n lecture svc/", "kubectl lab probe -n lecture svc/web ");
    bash.completes("kubectl lab probe demo-db --context=", "kubectl lab probe demo-db --context=lecture ");
    bash.completes("kubectl lab strict-arp on --dry", "kubectl lab strict-arp on --dry-run=");
    bash.completes("kubectl lab strict-arp on --dry-run=s", "kubectl lab strict-arp on --dry-run=server ");
    bash.completes("kubectl lab metallb verify web --from pod,h", "kubectl lab metallb verify web --from pod\\,here ");
    bash.lists("kubectl lab ", &["metallb", "(Install MetalLB with a pool", "probe", "undo"]);
    bash.lists("kubectl lab probe demo-", &["demo-app", "demo-db"]);
    println!("== krew\n{}", bash.transcript());
}

#[test]
fn kubectl_completes_verbs_whose_files_are_all_on_path() {
    let (api, krew) = (super::stage(), Krew::new());
    let _ = krew.completion(&["install"]).succeeds();
    let mut bash = Shell::start(&api, &krew, &[binaries().unwrap()], "kubectl completion bash");
    // kubectl lists these verbs itself; listed by us too, none would be completed.
    bash.completes("kubectl lab metr", "kubectl lab metrics-fix ");
    bash.completes("kubectl lab vers", "kubectl lab version ");
    bash.completes("kubectl lab metallb pool rem", "kubectl lab metallb pool remove ");
    bash.completes("kubectl lab metrics-fix --allow helm", "kubectl lab metrics-fix --allow helm-managed ");
    bash.lists("kubectl lab probe demo-db --node lab-", &["lab-1", "lab-2", "lab-3"]);
    println!("== all files on PATH\n{}", bash.transcript());
}

#[test]
fn a_script_of_its_own_completes_kubectl_lab_with_a_dash() {
    let (api, krew) = (super::stage(), Krew::new());
    let mut bash = Shell::start(&api, &krew, &[], "kubectl-lab completion bash");
    bash.completes("kubectl-lab metr", "kubectl-lab metrics-fix ");
    bash.completes("kubectl-lab probe demo-d", "kubectl-lab probe demo-db ");
    bash.completes("kubectl-lab probe -n lecture svc/", "kubectl-lab probe -n lecture svc/web ");
    bash.completes("kubectl-lab probe --context=le", "kubectl-lab probe --context=lecture ");
    bash.completes("kubectl-lab strict-arp --dry", "kubectl-lab strict-arp --dry-run=");
    bash.completes("kubectl-lab metallb install --manifest inp", "kubectl-lab metallb install --manifest inputrc ");
    // kubectl's own completion comes along.
    bash.completes("kubectl api-res", "kubectl api-resources ");
    println!("== kubectl-lab\n{}", bash.transcript());
}
