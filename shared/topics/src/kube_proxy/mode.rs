//! kube-proxy's modes, as its configuration and its log name them.

use std::fmt;

use lab::harmless::harmless;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    Iptables,
    Ipvs,
    Nftables,
    /// Windows' only one.
    Kernelspace,
    Other(String),
}

impl Mode {
    /// As the configuration has it; unset means iptables on Linux.
    pub fn configured(text: &str) -> Mode {
        match text {
            "" | "iptables" => Mode::Iptables,
            "ipvs" => Mode::Ipvs,
            "nftables" => Mode::Nftables,
            "kernelspace" => Mode::Kernelspace,
            other => Mode::Other(harmless(other)),
        }
    }

    /// From a log: `"Using iptables Proxier"`, written once at the start.
    pub fn logged<'l>(lines: impl DoubleEndedIterator<Item = &'l str>) -> Option<Mode> {
        lines.rev().find_map(|line| {
            let (before, _) = line.split_once(" Proxier")?;
            let (_, word) = before.rsplit_once("Using ")?;
            (!word.contains(' ')).then(|| Mode::configured(word))
        })
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Iptables => "iptables",
            Mode::Ipvs => "ipvs",
            Mode::Nftables => "nftables",
            Mode::Kernelspace => "kernelspace",
            Mode::Other(other) => other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_names_the_mode_in_old_words_and_new() {
        for (line, mode) in [
            (r#"I1122 22:10:00.1 1 server_linux.go:146] "Using iptables Proxier""#, Some(Mode::Iptables)),
            ("I0101 00:00:00 1 server_others.go:259] Using ipvs Proxier.", Some(Mode::Ipvs)),
            (r#"I1122 22:10:00.1 1 server_linux.go:240] "Using nftables Proxier""#, Some(Mode::Nftables)),
            ("Using the best of all Proxier", None),
            ("nothing", None),
        ] {
            assert_eq!(Mode::logged([line].into_iter()), mode, "{line}");
        }
        let restarted = ["Using ipvs Proxier", "Using iptables Proxier", "later"];
        assert_eq!(Mode::logged(restarted.into_iter()), Some(Mode::Iptables));
    }

    #[test]
    fn unset_means_iptables() {
        assert_eq!(Mode::configured(""), Mode::Iptables);
    }
}
