//! The way to the real API server.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::identity::provider;
use crate::kubeconfig::Kubeconfig;

const CONNECTING: Duration = Duration::from_secs(10);
/// A server that is busy with the end of the last reply for longer than this gets a new connection.
const BUSY: Duration = Duration::from_secs(1);
/// Until the head of a reply is there; API servers give up on a request after 60 seconds.
const ANSWERING: Duration = Duration::from_secs(65);

pub struct Upstream {
    address: String,
    authority: HeaderValue,
    tls: Option<Tls>,
}

struct Tls {
    name: ServerName<'static>,
    with_certificate: Arc<ClientConfig>,
    without_certificate: Arc<ClientConfig>,
}

/// The server's connections on behalf of one client's connection.
#[derive(Default)]
pub struct Way {
    with_certificate: Mutex<Option<Sender>>,
    without_certificate: Mutex<Option<Sender>>,
}

type Sender = SendRequest<Full<Bytes>>;

/// Why there is no reply.
pub enum Lost {
    /// Nothing was sent.
    Unreachable(anyhow::Error),
    /// Something was sent, and the server may have acted on it.
    Broken(anyhow::Error),
}

impl Upstream {
    pub fn of(kubeconfig: &Kubeconfig) -> Result<Self> {
        let server = kubeconfig.server()?;
        let uri: Uri = server.parse().with_context(|| format!("could not read the server's address {server}"))?;
        let authority = uri.authority().with_context(|| format!("{server} names no host"))?;
        if !matches!(uri.path(), "" | "/") {
            bail!("the API server is below a path, which the fault proxy does not do: {server}");
        }
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => bail!("the API server's address is neither http nor https: {server}"),
        };
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let tls = if is_tls { Some(Tls::of(kubeconfig, authority.host())?) } else { None };
        let named = HeaderValue::from_str(authority.as_str()).context("could not use the server's name")?;
        Ok(Self { address: format!("{}:{port}", authority.host()), authority: named, tls })
    }

    pub fn authority(&self) -> HeaderValue {
        self.authority.clone()
    }

    /// Sends a request over the connection that there is, or over a new one.
    pub async fn send(&self, way: &Way, mut request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Lost> {
        // An API server takes the certificate for the answer to who is asking, and would not look at a client's own token.
        let own = request.headers().contains_key(http::header::AUTHORIZATION);
        let mut slot = if own { way.without_certificate.lock().await } else { way.with_certificate.lock().await };
        if let Some(mut sender) = slot.take()
            && matches!(timeout(BUSY, sender.ready()).await, Ok(Ok(())))
        {
            match answer(&mut sender, request).await {
                Ok(response) => {
                    *slot = Some(sender);
                    return Ok(response);
                }
                // The server closed the connection while it was idle.
                Err((_, Some(unsent))) => request = unsent,
                Err((error, None)) => return Err(Lost::Broken(error)),
            }
        }
        let mut sender = self.connect(own).await.map_err(Lost::Unreachable)?;
        let response = answer(&mut sender, request).await.map_err(|(error, _)| Lost::Broken(error))?;
        *slot = Some(sender);
        Ok(response)
    }

    async fn connect(&self, own: bool) -> Result<Sender> {
        let what = || format!("could not connect to the API server at {}", self.address);
        let connecting = async {
            let stream = TcpStream::connect(&self.address).await?;
            stream.set_nodelay(true)?;
            let Some(tls) = &self.tls else { return speak(stream).await };
            let config = if own { &tls.without_certificate } else { &tls.with_certificate };
            speak(TlsConnector::from(config.clone()).connect(tls.name.clone(), stream).await?).await
        };
        timeout(CONNECTING, connecting).await.with_context(what)?.with_context(what)
    }
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Sender> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Its end shows where a request is sent or a reply is read.
    tokio::spawn(connection);
    Ok(sender)
}

/// With the request, where no byte of it was sent.
async fn answer(
    sender: &mut Sender,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, (anyhow::Error, Option<Request<Full<Bytes>>>)> {
    match timeout(ANSWERING, sender.try_send_request(request)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(mut error)) => {
            let unsent = error.take_message();
            Err((anyhow::Error::from(error.into_error()).context("the API server closed the connection"), unsent))
        }
        Err(error) => Err((anyhow::Error::from(error).context("the API server did not answer"), None)),
    }
}

impl Tls {
    fn of(kubeconfig: &Kubeconfig, host: &str) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&kubeconfig.authority()?) {
            let certificate = certificate.context("could not read the kubeconfig's certificate authority")?;
            roots.add(certificate).context("could not use the kubeconfig's certificate authority")?;
        }
        let builder = || -> Result<_> {
            let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
            Ok(builder.context("could not set TLS up")?.with_root_certificates(roots.clone()))
        };
        let without = Arc::new(http1_only(builder()?.with_no_client_auth()));
        let with = match kubeconfig.identity()? {
            None => without.clone(),
            Some(identity) => {
                let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&identity.certificate).collect();
                let certificates = certificates.context("could not read the kubeconfig's client certificate")?;
                let key = PrivateKeyDer::from_pem_slice(&identity.key)
                    .context("could not read the kubeconfig's client key")?;
                let config = builder()?.with_client_auth_cert(certificates, key);
                Arc::new(http1_only(config.context("could not use the kubeconfig's client certificate")?))
            }
        };
        let name = kubeconfig.tls_server_name().unwrap_or_else(|| host.trim_matches(['[', ']']).to_owned());
        let name = ServerName::try_from(name).context("could not use the server's name")?;
        Ok(Self { name, with_certificate: with, without_certificate: without })
    }
}

fn http1_only(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}
