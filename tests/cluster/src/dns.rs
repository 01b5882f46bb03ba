//! One question to the cluster's DNS, as a pod would ask it.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use anyhow::{Context, Result, bail};

const PATIENCE: Duration = Duration::from_secs(1);
const QUESTION_ID: [u8; 2] = [0x1a, 0xb0];

/// Asks for the address of `name`. Run it inside the network from where it is to be asked.
pub fn resolve(server: Ipv4Addr, name: &str) -> Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).context("could not open a socket")?;
    socket.set_read_timeout(Some(PATIENCE)).context("could not set a timeout")?;
    socket.connect((server, 53)).with_context(|| format!("could not reach {server}"))?;
    socket.send(&question(name)).with_context(|| format!("could not ask {server}"))?;
    let mut answer = [0; 512];
    let length = match socket.recv(&mut answer) {
        Ok(length) => length,
        Err(error) if error.kind() == ErrorKind::WouldBlock => bail!("{server} gave no answer within {PATIENCE:?}"),
        Err(error) => return Err(error).with_context(|| format!("{server} gave no answer")),
    };
    judge(&answer[..length]).with_context(|| format!("{server} was asked for {name}"))
}

/// RFC 1035, section 4: a header with one question, the name in its parts, type A, class IN.
fn question(name: &str) -> Vec<u8> {
    let mut packet = QUESTION_ID.to_vec();
    packet.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for part in name.split('.') {
        packet.extend(u8::try_from(part.len()));
        packet.extend(part.as_bytes());
    }
    packet.extend([0, 0, 1, 0, 1]);
    packet
}

fn judge(answer: &[u8]) -> Result<()> {
    if answer.len() < 12 || answer[..2] != QUESTION_ID {
        bail!("the answer is to another question");
    }
    match (answer[3] & 0x0f, u16::from_be_bytes([answer[6], answer[7]])) {
        (0, 1..) => Ok(()),
        (0, 0) => bail!("the answer is empty"),
        (code, _) => bail!("the answer is an error (code {code})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_the_name_in_parts() {
        let packet = question("a.bc");
        assert_eq!(&packet[12..], [1, b'a', 2, b'b', b'c', 0, 0, 1, 0, 1]);
    }

    #[test]
    fn only_an_answer_with_an_address_counts() {
        let answer = |code: u8, count: u8| [0x1a, 0xb0, 0x80, code, 0, 1, 0, count, 0, 0, 0, 0];
        assert!(judge(&answer(0, 1)).is_ok());
        assert!(judge(&answer(0, 0)).is_err());
        assert!(judge(&answer(3, 0)).is_err());
        assert!(judge(&[0; 12]).is_err());
        assert!(judge(&[]).is_err());
    }
}
