//! A stand-in for MetalLB where no pod runs anything: its controller as far as the API server can tell, and the webhook that the real
//! API server asks, at the addresses of the controller's pods.

mod api;
mod controller;
mod identity;
mod release;
mod webhook;

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};
use kube::config::{KubeConfigOptions, Kubeconfig};
use lab_cluster::cluster::{Cluster, From};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use identity::Identity;

/// Where MetalLB's manifests put it.
const NAMESPACE: &str = "metallb-system";
/// Where its manifests let the webhook's Service lead.
const PORT: u16 = 9443;

/// It ends when it is dropped.
pub struct Metallb {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Metallb {
    /// In a light cluster. Whether there is a controller to be played is looked up in the cluster, all the time.
    pub fn play(cluster: &Cluster) -> Result<Metallb> {
        let path = cluster.kubeconfig();
        let kubeconfig = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
        let identity = Arc::new(Identity::make()?);
        // A socket stays in the network where it was made.
        let listener = cluster.on_a_thread(&From::ControlPlane, || {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).context("could not listen for webhooks")?;
            listener.set_nonblocking(true).context("could not set the listener up")?;
            Ok(listener)
        })?;
        let (stop, stopped) = oneshot::channel();
        let runtime = Builder::new_current_thread().enable_all().build().context("could not start a runtime")?;
        let (listener, client) = runtime.block_on(async {
            let kubeconfig = Kubeconfig::from_yaml(&kubeconfig).context("could not read the kubeconfig")?;
            let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
            anyhow::Ok((tokio::net::TcpListener::from_std(listener)?, kube::Client::try_from(config)?))
        })?;
        let play = async move {
            tokio::select! {
                () = webhook::serve(listener, identity.acceptor.clone()) => {}
                () = controller::play(client, identity.clone()) => {}
                _ = stopped => {}
            }
        };
        let thread = thread::Builder::new().name("metallb".to_owned()).spawn(move || runtime.block_on(play));
        Ok(Metallb { stop: Some(stop), thread: Some(thread.context("could not start a thread")?) })
    }
}

impl Drop for Metallb {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
