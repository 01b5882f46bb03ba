//! What a file is, by its first bytes.
//!
//! The system would say so too, but too late and not always: where it cannot execute a file, C libraries hand it to a
//! shell instead, and a program that was built for another machine ends in the shell's "syntax error".

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    Script,
    Program,
    /// A program of another system or processor, and which.
    Foreign(String),
    Neither,
}

/// Far enough for the processor in an ELF header.
const LENGTH: u64 = 20;

pub fn of(path: &Path) -> io::Result<Head> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LENGTH).read_to_end(&mut bytes)?;
    Ok(recognised(&bytes))
}

fn recognised(bytes: &[u8]) -> Head {
    match bytes {
        [b'#', b'!', ..] => Head::Script,
        [0x7f, b'E', b'L', b'F', _, order, ..] if bytes.len() == 20 => elf(*order, [bytes[18], bytes[19]]),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => {
            of_system("macos", cfg!(target_vendor = "apple"))
        }
        [b'M', b'Z', ..] => of_system("windows", cfg!(windows)),
        _ => Head::Neither,
    }
}

fn of_system(name: &str, is_this_one: bool) -> Head {
    if is_this_one { Head::Program } else { Head::Foreign(name.to_owned()) }
}

fn elf(order: u8, machine: [u8; 2]) -> Head {
    if cfg!(any(windows, target_vendor = "apple")) {
        return Head::Foreign("linux".to_owned());
    }
    let machine = if order == 2 { u16::from_be_bytes(machine) } else { u16::from_le_bytes(machine) };
    match MACHINES.iter().find(|(number, _)| *number == machine) {
        Some((_, name)) if MACHINES.iter().any(|(_, own)| *own == OWN) && *name != OWN => {
            Head::Foreign((*name).to_owned())
        }
        // Of what we do not know, the system is the judge.
        _ => Head::Program,
    }
}

const OWN: &str = std::env::consts::ARCH;

/// The numbers of processors in ELF headers, with Rust's names for them.
const MACHINES: [(u16, &str); 7] =
    [(3, "x86"), (21, "powerpc64"), (22, "s390x"), (40, "arm"), (62, "x86_64"), (183, "aarch64"), (243, "riscv64")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_very_program_is_a_program() {
        let own = std::env::current_exe().expect("its path");
        assert_eq!(of(&own).expect("its head"), Head::Program);
    }

    #[test]
    fn scripts_and_texts_are_told_apart() {
        assert_eq!(recognised(b"#!/bin/sh\n"), Head::Script);
        for bytes in [&b""[..], b"#", b"echo", b"\x7fELF", b"# comment"] {
            assert_eq!(recognised(bytes), Head::Neither, "{bytes:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn programs_for_other_machines_are_named() {
        let other = if OWN == "aarch64" { (62, "x86_64") } else { (183, "aarch64") };
        let elf = |machine: u8| [&b"\x7fELF\x02\x01\x01"[..], &[0; 11], &[machine, 0]].concat();
        assert_eq!(recognised(&elf(other.0)), Head::Foreign(other.1.into()));
        assert_eq!(recognised(&elf(0)), Head::Program, "an unknown number is left to the system");
        assert_eq!(recognised(b"\xcf\xfa\xed\xfe\x0c\0\0\x01"), Head::Foreign("macos".into()));
        assert_eq!(recognised(b"MZ\x90\0"), Head::Foreign("windows".into()));
    }
}
