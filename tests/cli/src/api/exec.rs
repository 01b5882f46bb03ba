//! A command that ran in a container: what it wrote and how it ended, over a WebSocket as a real server tells it.

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};
use tungstenite::handshake::derive_accept_key;

use super::wire::Request;

/// What came of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

const PROTOCOL: &str = "v5.channel.k8s.io";
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;

/// Hands the connection over, tells what the command did, and waits until the client has closed its side.
pub fn tell(from: &mut impl BufRead, to: &mut impl Write, request: &Request, ran: &Ran) -> io::Result<()> {
    let key = request.header("sec-websocket-key").unwrap_or_default();
    let accept = derive_accept_key(key.as_bytes());
    write!(
        to,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n"
    )?;
    frame(to, BINARY, STDOUT, ran.stdout.as_bytes())?;
    frame(to, BINARY, STDERR, ran.stderr.as_bytes())?;
    frame(to, BINARY, STATUS, status(ran.code).to_string().as_bytes())?;
    to.write_all(&[CLOSE, 0])?;
    to.flush()?;
    let mut rest = Vec::new();
    // A client that hangs up without a word has heard all the same.
    let _ = from.read_to_end(&mut rest);
    Ok(())
}

/// A server's frames are not masked.
fn frame(to: &mut impl Write, kind: u8, channel: u8, text: &[u8]) -> io::Result<()> {
    let length = u16::try_from(text.len() + 1).map_err(io::Error::other)?;
    let mut head = vec![kind];
    match u8::try_from(length) {
        Ok(short) if short < 126 => head.push(short),
        _ => {
            head.push(126);
            head.extend(length.to_be_bytes());
        }
    }
    head.push(channel);
    to.write_all(&head)?;
    to.write_all(text)
}

fn status(code: i32) -> Value {
    if code == 0 {
        return json!({ "metadata": {}, "status": "Success" });
    }
    json!({
        "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
        "message": format!("command terminated with non-zero exit code: exit status {code}"),
        "details": { "causes": [{ "reason": "ExitCode", "message": code.to_string() }] },
    })
}
