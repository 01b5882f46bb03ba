//! A certificate authority, and what it issues.

use std::net::IpAddr;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};

use crate::state::{Place, write_file};

pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// Who a certificate is for.
pub struct Leaf {
    pub name: String,
    group: String,
    usage: ExtendedKeyUsagePurpose,
    names: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Leaf {
    /// `group` is the organisation, which Kubernetes takes for the user's group; empty for none.
    pub fn client(name: &str, group: &str) -> Self {
        let usage = ExtendedKeyUsagePurpose::ClientAuth;
        Self { name: name.to_owned(), group: group.to_owned(), usage, names: Vec::new(), addresses: Vec::new() }
    }

    pub fn server(name: &str, names: Vec<String>, addresses: Vec<IpAddr>) -> Self {
        let usage = ExtendedKeyUsagePurpose::ServerAuth;
        Self { name: name.to_owned(), group: String::new(), usage, names, addresses }
    }

    fn parameters(&self) -> Result<CertificateParams> {
        let mut parameters = CertificateParams::new(self.names.clone())?;
        parameters.subject_alt_names.extend(self.addresses.iter().copied().map(SanType::IpAddress));
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, self.name.clone());
        if !self.group.is_empty() {
            parameters.distinguished_name.push(DnType::OrganizationName, self.group.clone());
        }
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        parameters.insert_extended_key_usage(self.usage.clone());
        parameters.use_authority_key_identifier_extension = true;
        Ok(parameters)
    }
}

/// A certificate and its key, both as PEM.
pub struct Issued {
    pub certificate: String,
    pub key: String,
}

impl Issued {
    pub fn write(&self, place: &Place, name: &str) -> Result<()> {
        write_file(&place.pki().join(format!("{name}.crt")), &self.certificate)?;
        write_file(&place.pki().join(format!("{name}.key")), &self.key)
    }
}

impl Authority {
    pub fn new(name: &str) -> Result<Self> {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        let made = KeyPair::generate().and_then(|key| CertifiedIssuer::self_signed(parameters, key));
        Ok(Self { issuer: made.with_context(|| format!("could not make the certificate authority {name}"))? })
    }

    pub fn certificate(&self) -> String {
        self.issuer.pem()
    }

    pub fn key(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    pub fn issue(&self, leaf: &Leaf) -> Result<Issued> {
        let what = || format!("could not issue a certificate for {}", leaf.name);
        let key = KeyPair::generate().with_context(what)?;
        let certificate = leaf.parameters()?.signed_by(&key, &self.issuer).with_context(what)?;
        Ok(Issued { certificate: certificate.pem(), key: key.serialize_pem() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_certificate_has_its_own_key_and_the_authoritys_is_never_handed_out() {
        let authority = Authority::new("kubernetes").unwrap();
        let one = authority.issue(&Leaf::client("a", "system:nodes")).unwrap();
        let two = authority.issue(&Leaf::client("a", "system:nodes")).unwrap();
        assert_ne!(one.key, two.key);
        assert_ne!(one.key, authority.key());
        assert!(one.certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    }
}
