//! The webhook's certificate and who signed it, which MetalLB's controller makes for itself.

use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rcgen::{KeyUsagePurpose, SanType};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
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
        let made = "could not make the webhook's certificate";
        let key = KeyPair::generate().context(made)?;
        let authority = CertifiedIssuer::self_signed(authority(), key).context(made)?;
        let key = KeyPair::generate().context(made)?;
        let certificate = leaf()?.signed_by(&key, &authority).context(made)?;
        let files = [
            ("ca.crt", authority.pem()),
            ("ca.key", authority.key().serialize_pem()),
            ("tls.crt", certificate.pem()),
            ("tls.key", key.serialize_pem()),
        ];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .context("could not set TLS up")?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .context("could not use the webhook's certificate")?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Identity { acceptor: TlsAcceptor::from(Arc::new(config)), files })
    }

    /// What clients are to trust.
    pub fn bundle(&self) -> &str {
        &self.files[0].1
    }
}

fn authority() -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, "cert");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    parameters
}

fn leaf() -> Result<CertificateParams> {
    let mut parameters = CertificateParams::default();
    for name in NAMES {
        parameters.subject_alt_names.push(SanType::DnsName(name.try_into().context("could not use a name")?));
    }
    parameters.distinguished_name.push(DnType::CommonName, NAMES[1]);
    parameters.insert_extended_key_usage(ExtendedKeyUsagePurpose::ServerAuth);
    parameters.use_authority_key_identifier_extension = true;
    Ok(parameters)
}
