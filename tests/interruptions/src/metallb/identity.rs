//! The webhook's certificate and who signed it, which MetalLB's controller makes for itself.

use anyhow::Result;
use lab_faults::ServingIdentity;
use tokio_rustls::TlsAcceptor;

/// As the API server calls the webhook: of 0.13, and of later releases.
const NAMES: [&str; 2] = ["webhook-service.metallb-system.svc", "metallb-webhook-service.metallb-system.svc"];

pub struct Identity {
    pub acceptor: TlsAcceptor,
    /// The four files of its Secret: authority and certificate, each with its key, as PEM.
    pub files: [(&'static str, String); 4],
}

impl Identity {
    pub fn make() -> Result<Identity> {
        let ServingIdentity { acceptor, authority, own } = ServingIdentity::make("webhook", &NAMES)?;
        let files = [
            ("ca.crt", authority.certificate),
            ("ca.key", authority.key),
            ("tls.crt", own.certificate),
            ("tls.key", own.key),
        ];
        Ok(Identity { acceptor, files })
    }

    /// What clients are to trust.
    pub fn bundle(&self) -> &str {
        &self.files[0].1
    }
}
