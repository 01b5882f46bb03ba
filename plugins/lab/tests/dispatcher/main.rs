//! The built `kubectl-lab` in folders made for it: whole outputs, real processes, a real kubectl.
//!
//! Unix only, because the folders are full of links, scripts and permissions.
#![cfg(unix)]

// `kubectl lab` and TAB: what is offered, and who is asked.
mod completing;
// Folders with kubectl-lab and verbs in them, and running it there.
mod install;
// `kubectl lab`: what is shown, and what is never run for it.
mod listing;
// `kubectl lab VERB`: which file runs, and that nothing stands between it and its caller.
mod running;
// `kubectl lab version`: files that do not belong together.
mod versions;
// The same through kubectl, which has its own rules for names and PATH.
mod through_kubectl;
