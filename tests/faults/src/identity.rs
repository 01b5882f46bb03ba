//! The proxy's own certificate, made anew for each proxy.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rcgen::{KeyUsagePurpose, SanType};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

pub struct ServingIdentity {
    /// What clients are to trust, as PEM.
    pub authority: String,
    pub acceptor: TlsAcceptor,
}

impl ServingIdentity {
    pub fn make() -> Result<Self> {
        let authority_key = KeyPair::generate().context("could not make a key")?;
        let authority = CertifiedIssuer::self_signed(authority_parameters(), authority_key)
            .context("could not make the fault proxy's certificate authority")?;
        let key = KeyPair::generate().context("could not make a key")?;
        let certificate =
            leaf_parameters()?.signed_by(&key, &authority).context("could not make the fault proxy's certificate")?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .context("could not set TLS up")?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .context("could not use the fault proxy's certificate")?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { authority: authority.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

/// Named here, so that no process-wide one need be installed.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn authority_parameters() -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, "fault proxy's authority");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    parameters
}

fn leaf_parameters() -> Result<CertificateParams> {
    let mut parameters = CertificateParams::new(vec!["localhost".to_owned()])?;
    parameters.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    parameters.distinguished_name.push(DnType::CommonName, "fault proxy");
    parameters.insert_extended_key_usage(ExtendedKeyUsagePurpose::ServerAuth);
    parameters.use_authority_key_identifier_extension = true;
    Ok(parameters)
}
