//! The certificate authority that a kubeconfig trusts for its cluster.

use std::fs;
use std::path::Path;

use k8s_openapi::ByteString;
use kube::config::Cluster;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;

use super::kubeconfig::shown;
use crate::error::{Error, Result};
use crate::harmless::one_line;

const UNREADABLE: &str = "could not read the cluster's certificate-authority";

/// The certificates in DER; `None` where the kubeconfig names no authority and the machine's own list is meant.
pub(crate) fn root_certificates(cluster: &Cluster) -> Result<Option<Vec<Vec<u8>>>> {
    let (pem, place) = match (&cluster.certificate_authority_data, &cluster.certificate_authority) {
        (Some(data), _) => (decoded(data)?, "certificate-authority-data".to_owned()),
        (None, Some(file)) => (contents(Path::new(file))?, shown(Path::new(file))),
        (None, None) => return Ok(None),
    };
    let certificates: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|error| Error::usage(UNREADABLE).cause(&place).cause(error))?;
    if certificates.is_empty() {
        return Err(Error::usage(UNREADABLE).cause(format!("there is no certificate in {place}")));
    }
    Ok(Some(certificates.into_iter().map(|certificate| certificate.to_vec()).collect()))
}

/// Kubernetes' own type for bytes knows how they are written.
fn decoded(data: &str) -> Result<Vec<u8>> {
    let bytes: ByteString = serde_json::from_value(Value::String(data.to_owned())).map_err(|_| {
        Error::usage(UNREADABLE)
            .cause("certificate-authority-data is not base64")
            .hint("kubectl config set-cluster NAME --certificate-authority=FILE --embed-certs=true")
    })?;
    Ok(bytes.0)
}

fn contents(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|error| {
        Error::usage(UNREADABLE)
            .cause(shown(file))
            .cause(one_line(&error.to_string()))
            .hint(format!("ls -l {}", shown(file)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(data: Option<&str>, file: Option<&str>) -> Result<Option<Vec<Vec<u8>>>> {
        root_certificates(&Cluster {
            certificate_authority_data: data.map(str::to_owned),
            certificate_authority: file.map(str::to_owned),
            ..Cluster::default()
        })
    }

    #[test]
    fn every_certificate_of_a_bundle_is_taken() {
        let made = rcgen::generate_simple_self_signed(["kube".to_owned()]).unwrap().cert;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.crt");
        fs::write(&file, format!("# two\n{}\n{}", made.pem(), made.pem())).unwrap();
        let read = of(None, file.to_str()).unwrap().unwrap();
        assert_eq!(read, [made.der().to_vec(), made.der().to_vec()]);
    }

    #[test]
    fn without_an_authority_the_machines_list_is_meant() {
        assert_eq!(of(None, None).unwrap(), None);
    }

    #[test]
    fn what_is_wrong_with_it_is_said() {
        insta::assert_snapshot!(of(Some("%%"), None).unwrap_err(), @"could not read the cluster's certificate-authority: certificate-authority-data is not base64");
        insta::assert_snapshot!(of(Some("bm90IGEgY2VydA=="), None).unwrap_err(), @"could not read the cluster's certificate-authority: there is no certificate in certificate-authority-data");
        insta::assert_snapshot!(of(None, Some("no-such-file")).unwrap_err(), @"could not read the cluster's certificate-authority: no-such-file: No such file or directory (os error 2)");
    }
}
