//! Something that answers at every node's address as its kubelet would, to one question only.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use lab_cluster::cluster::{Cluster, From};
use lab_faults::ServingIdentity;
use tokio::sync::oneshot;

use crate::ground::{port, take_addresses};
use crate::page::{Named, summary};

/// By the address at which it is asked.
type Pages = HashMap<IpAddr, Bytes>;

pub struct Kubelets {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Kubelets {
    pub fn answer(cluster: &Cluster, addresses: &[Ipv4Addr], pods: &[Named], nodes: &[String]) -> Result<Kubelets> {
        take_addresses(cluster, addresses)?;
        let port = port(cluster, &nodes[0])?;
        // A socket stays in the network that it was made in.
        let listener = cluster.on_a_thread(&From::ControlPlane, || {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).with_context(|| format!("could not listen on port {port}"))
        })?;
        let pages = addresses.iter().zip(nodes).map(|(address, node)| {
            let own: Vec<&Named> = pods.iter().filter(|pod| pod.node == *node).collect();
            (IpAddr::V4(*address), Bytes::from(summary(node, &own)))
        });
        let (pages, identity) = (Arc::new(pages.collect::<Pages>()), ServingIdentity::make("kubelet", &["localhost"])?);
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("could not start")?;
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, identity, pages) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Kubelets { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Kubelets {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

async fn serve(listener: TcpListener, identity: ServingIdentity, pages: Arc<Pages>) {
    let listening = listener.set_nonblocking(true).and_then(|()| tokio::net::TcpListener::from_std(listener));
    let Ok(listener) = listening else { return };
    while let Ok((connection, _)) = listener.accept().await {
        let Ok(at) = connection.local_addr() else { continue };
        let (acceptor, page) = (identity.acceptor.clone(), pages.get(&at.ip()).cloned());
        tokio::spawn(async move {
            // An API server that goes away in the middle is no concern of a kubelet's.
            let Ok(connection) = acceptor.accept(connection).await else { return };
            let answer = service_fn(|request| std::future::ready(answer(&request, page.as_ref())));
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(connection), answer).await;
        });
    }
}

fn answer(
    request: &Request<Incoming>,
    page: Option<&Bytes>,
) -> std::result::Result<Response<Full<Bytes>>, hyper::http::Error> {
    let page = page.filter(|_| request.uri().path().trim_end_matches('/') == "/stats/summary");
    let status = if page.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let answer = Response::builder().status(status).header("content-type", "application/json");
    answer.body(Full::new(page.cloned().unwrap_or_default()))
}
