//! Takes the clients' connections and serves them until the proxy ends.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::body::ReplyBody;
use crate::desk::Desk;
use crate::exchange::{Broken, Exchange};
use crate::upstream::{Upstream, Way};

const HANDSHAKE: Duration = Duration::from_secs(10);
/// After a failure to accept, of which the usual cause is too many open files.
const BREATH: Duration = Duration::from_millis(20);

#[derive(Clone)]
pub struct Proxy {
    pub desk: Arc<Desk>,
    pub upstream: Arc<Upstream>,
    pub acceptor: Option<TlsAcceptor>,
}

impl Proxy {
    pub async fn serve(self, listener: TcpListener, stop: oneshot::Receiver<()>) {
        tokio::select! {
            () = self.accept(listener) => {}
            _ = stop => {}
        }
    }

    async fn accept(self, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    // Counted before it first runs: whoever settles must not miss it.
                    let (proxy, closing, under_way) = (self.clone(), self.desk.closing(), self.desk.begin());
                    tokio::spawn(async move {
                        proxy.connection(stream, closing).await;
                        drop(under_way);
                    });
                }
                Err(_) => tokio::time::sleep(BREATH).await,
            }
        }
    }

    async fn connection(&self, stream: TcpStream, mut closing: watch::Receiver<u64>) {
        tokio::select! {
            () = self.talk(stream) => {}
            _ = closing.changed() => {}
        }
    }

    async fn talk(&self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        match &self.acceptor {
            None => self.speak_http(stream).await,
            Some(acceptor) => {
                // A client that does not trust us, or went away: it says so itself.
                if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
                    self.speak_http(stream).await;
                }
            }
        }
    }

    async fn speak_http(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let way = Arc::new(Way::default());
        let service = service_fn(|request| self.request(way.clone(), request));
        // How it ended is in the record of its requests.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    /// The exchange goes on when the client leaves: the server has the request by then, with or without a client.
    async fn request(&self, way: Arc<Way>, request: Request<Incoming>) -> Result<Response<ReplyBody>, Broken> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
        let (_present, client) = oneshot::channel();
        let (desk, upstream) = (self.desk.clone(), self.upstream.clone());
        let under_way = desk.begin();
        let exchange = Exchange { desk, upstream, way, head, body, client };
        let running = tokio::spawn(async move {
            let reply = exchange.run().await;
            drop(under_way);
            reply
        });
        running.await.unwrap_or(Err(Broken))
    }
}
