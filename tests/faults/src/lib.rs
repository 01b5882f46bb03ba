//! A proxy that stands between a client and a real Kubernetes API server and makes chosen requests fail.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use lab_faults::{Fault, FaultProxy, Rule, Victim, When};
//!
//! let proxy = FaultProxy::start(&std::fs::read_to_string("kubeconfig")?)?;
//! std::fs::write("kubeconfig-of-the-client", proxy.kubeconfig())?;
//!
//! // The third write is carried out, and its reply is lost.
//! proxy.rule(Rule::writes().nth(3), Fault::DropReply);
//! // Or the client is killed there.
//! let victim = Victim::default();
//! proxy.on(Rule::writes().nth(3), When::Before, victim.killer());
//! # Ok(())
//! # }
//! ```
//!
//! A matrix runs the client once without faults, takes `proxy.count(&Rule::writes())`, and then runs it once for every n, with
//! `proxy.reset()` between two cases. Clients repeat some requests by themselves (Go's does so for a GET whose reused connection broke), and
//! a repeated request is one more request here.

mod answer;
mod body;
mod connections;
mod desk;
mod exchange;
mod fault;
mod forward;
mod identity;
mod kubeconfig;
mod named;
mod path_pattern;
mod proxy;
mod rule;
mod seen;
mod stand_in;
mod upstream;
mod victim;

pub use answer::Answer;
pub use fault::{Extent, Fault, Then, When};
pub use identity::{Pair, ServingIdentity};
pub use named::ApiPath;
pub use proxy::FaultProxy;
pub use rule::Rule;
pub use seen::Seen;
pub use stand_in::Reply;
pub use victim::Victim;
