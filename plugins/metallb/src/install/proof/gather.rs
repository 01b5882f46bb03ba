//! Looking at what the proof has made, and asking it.

use std::net::SocketAddr;
use std::time::Duration;

use k8s_openapi::api::core::v1::Service;
use lab::here::{self, Reply};
use lab::temporary::Temporary;
use lab::{Reader, Result};

use super::{Proof, SERVER, asked, line};
use crate::install::args::Args;
use crate::verify;

const PATIENCE: Duration = Duration::from_secs(3);

/// `None` where no proof is asked for.
pub async fn look(reader: &Reader<'_>, args: &Args, looks: &[Temporary]) -> Result<Option<Proof>> {
    if !args.prove {
        return Ok(None);
    }
    let server = looks.iter().find(|look| look.about == SERVER).cloned();
    let mut proof = Proof { namespace: reader.namespace().to_owned(), server, seen: None, somebody_else: None };
    let Some(server) = &proof.server else { return Ok(Some(proof)) };
    if reader.get::<Service>(Some(&server.namespace), &server.name).await?.is_some() {
        let mut seen = verify::look(reader, &asked(args, server)).await?;
        // The server does not end by itself, and is not waited for.
        seen.looks.retain(|look| look.about != SERVER);
        proof.somebody_else = somebody_else(&seen, &line(reader.run_id())).await;
        proof.seen = Some(seen);
    }
    Ok(Some(proof))
}

/// An answer is not enough where another machine may have the address.
async fn somebody_else(seen: &verify::Facts, line: &str) -> Option<SocketAddr> {
    let heard = seen.here.iter().flat_map(|here| &here.heard);
    for (socket, _) in heard.filter(|(_, heard)| matches!(heard.reply, Reply::Http(_) | Reply::Tcp(_))) {
        if here::read(*socket, PATIENCE).await.1 != line {
            return Some(*socket);
        }
    }
    None
}
