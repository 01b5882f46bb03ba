//! A server's certificate and who signed it, made anew for each.

use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::KeyUsagePurpose;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

pub struct ServingIdentity {
    pub acceptor: TlsAcceptor,
    /// What clients are to trust, with its key, as PEM.
    pub authority: Pair,
    pub own: Pair,
}

/// As PEM.
pub struct Pair {
    pub certificate: String,
    pub key: String,
}

impl ServingIdentity {
    /// Of a server that is called so, and that clients reach by these names and addresses.
    pub fn make(called: &str, names: &[&str]) -> Result<ServingIdentity> {
        let made = || format!("could not make a certificate for the {called}");
        let key = KeyPair::generate().with_context(made)?;
        let authority = CertifiedIssuer::self_signed(authority(called), key).with_context(made)?;
        let key = KeyPair::generate().with_context(made)?;
        let certificate =
            leaf(called, names).and_then(|leaf| Ok(leaf.signed_by(&key, &authority)?)).with_context(made)?;
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .context("could not set TLS up")?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .with_context(|| format!("could not use the certificate of the {called}"))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(ServingIdentity {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            authority: Pair { certificate: authority.pem(), key: authority.key().serialize_pem() },
            own: Pair { certificate: certificate.pem(), key: key.serialize_pem() },
        })
    }
}

/// Named here, so that no process-wide one need be installed.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn authority(of: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, format!("authority of the {of}"));
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    parameters
}

/// What is an address among the names is told by its form.
fn leaf(called: &str, names: &[&str]) -> Result<CertificateParams> {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name.push(DnType::CommonName, called);
    parameters.insert_extended_key_usage(ExtendedKeyUsagePurpose::ServerAuth);
    parameters.use_authority_key_identifier_extension = true;
    Ok(parameters)
}
