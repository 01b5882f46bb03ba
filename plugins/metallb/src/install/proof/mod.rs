//! `--prove`: for the length of the run a small web server and a Service of type LoadBalancer that leads to it, asked for
//! an answer as `verify` asks any other Service.

mod gather;
mod plan;
mod report;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use lab::rights::Right;
use lab::temporary::{self, Temporary};

use super::args::Args;
use crate::verify::{self, From, Named};

pub use gather::look;
pub use plan::{announcements, plan};
pub use report::{ProofReport, report};

/// By what the Job of the server is known again; its name has it too.
const SERVER: &str = "prove";

/// What is seen of it.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Where it is made: where the user works.
    pub namespace: String,
    /// The Job that serves, once it was made.
    pub server: Option<Temporary>,
    /// The Service and all that its address depends on, once it was made.
    pub seen: Option<verify::Facts>,
    /// Where this machine got an answer that was not the server's.
    pub somebody_else: Option<SocketAddr>,
}

/// As if it had been typed: `verify NAMESPACE/NAME`.
fn asked(args: &Args, server: &Temporary) -> verify::Args {
    verify::Args {
        service: Named { namespace: Some(server.namespace.clone()), name: server.name.clone() },
        from: vec![From::Pod, From::Here],
        port: None,
        image: args.network.image.clone(),
    }
}

/// What is served: nobody else says it.
fn line(run: &str) -> String {
    format!("kubectl lab, run {run}")
}

pub fn rights(proof: &Proof) -> Vec<Right> {
    [temporary::job_rights(&proof.namespace), temporary::service_rights(&proof.namespace)].concat()
}
