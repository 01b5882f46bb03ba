//! What the built binaries say and do, against a scripted API. One program, so that it is linked once.
#![expect(clippy::unwrap_used, reason = "a test that finds something missing should panic where it is")]

/// `kubectl lab undo` of namespaces: what would go along with them, and whose it is.
mod cascades;
/// Speaks HTTP to a server, for the tests of the stage itself.
mod client;
/// TAB: what each program answers, a real bash with kubectl's completion, and the files that `completion` writes.
mod completion;
/// From the archive to the commands, as krew lays them out.
mod installation;
/// A real client gets along with the scripted API.
mod kubectl;
/// `kubectl lab metallb`: what it says, what it writes, how it ends.
mod metallb;
/// `kubectl lab metrics-fix` in every state that it knows: what it says, what it writes, how it ends.
mod metrics_fix;
/// `kubectl lab probe`: who answered, whether that is fair, and why nobody did.
mod probe;
/// The stage runs programs in a sealed environment and a terminal.
mod running;
/// The scripted API behaves as a server does, and does as it is told.
mod stage;
/// `kubectl lab strict-arp`, to the letter.
mod strict_arp;
/// Jobs for the length of a run: made, read, asked about, and removed whatever ends it.
mod temporary;
/// `kubectl lab traffic`: what each pod receives and sends, by whom it is counted, live and in the end.
mod traffic;
/// The scripted API answers as a real API server of the same version.
mod truth;
/// `kubectl lab undo`: what it takes back, what it leaves alone, and what is left of a run that died.
mod undo;
/// The living cluster comes to the states that it is asked for.
mod worlds;
