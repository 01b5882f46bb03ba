//! Scripts by which a shell itself asks kubectl-lab. They speak as kubectl's own do with the programs that they ask.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

impl Shell {
    pub const ALL: [Shell; 4] = [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Powershell];

    pub fn script(self) -> &'static str {
        match self {
            Shell::Bash => include_str!("scripts/kubectl-lab.bash"),
            Shell::Zsh => include_str!("scripts/_kubectl-lab"),
            Shell::Fish => include_str!("scripts/kubectl-lab.fish"),
            Shell::Powershell => include_str!("scripts/kubectl-lab.ps1"),
        }
    }

    /// What the file is called where the shell looks for it.
    pub fn file_name(self) -> &'static str {
        match self {
            Shell::Bash => "kubectl-lab.bash",
            Shell::Zsh => "_kubectl-lab",
            Shell::Fish => "kubectl-lab.fish",
            Shell::Powershell => "kubectl-lab.ps1",
        }
    }
}
