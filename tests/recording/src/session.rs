//! What is typed, and what has to come of it.

use std::num::NonZeroU16;
use std::time::Duration;

pub const TITLE: &str = "A terminal: kubectl lab installs MetalLB, shows that the address of a Service answers, and counts the answers by pod";
/// Wide enough for most lines, and narrow enough to be read on a page.
pub const COLUMNS: NonZeroU16 = NonZeroU16::new(100).unwrap();
pub const ROWS: NonZeroU16 = NonZeroU16::new(30).unwrap();
/// Nobody wants to watch an image being pulled.
pub const LONGEST_PAUSE: Duration = Duration::from_millis(1_500);

/// What the shell shows before a command line; what is typed behind it is bold.
pub const PROMPT: &str = "\u{1b}[1;32m$\u{1b}[0;1m ";
/// What it shows when the line is entered.
pub const ENTERED: &str = "\u{1b}[0m";

pub struct Act {
    pub line: &'static str,
    /// A question that will be asked, and the key that answers it.
    pub answer: Option<(&'static str, char)>,
    /// Without this, it did not go as it should, and is no recording.
    pub shows: &'static str,
}

/// The lecture's bonus steps 2 to 4, and who then answers.
pub const ACTS: [Act; 5] = [
    Act { line: "kubectl get service demo-app", answer: None, shows: "<pending>" },
    Act {
        line: "kubectl lab metallb install --pool 172.30.0.200-172.30.0.220 --subnet 172.30.0.0/24",
        answer: Some(("Do this?", 'y')),
        shows: "MetalLB v0.16.2 is up, and its webhook answers",
    },
    Act { line: "kubectl get service demo-app", answer: None, shows: "172.30.0.200" },
    Act {
        line: "kubectl lab metallb verify demo-app",
        answer: None,
        shows: "answers at 172.30.0.200, also off the nodes",
    },
    Act { line: "kubectl lab probe demo-app", answer: None, shows: "even: 100 answers of 3 pods" },
];
