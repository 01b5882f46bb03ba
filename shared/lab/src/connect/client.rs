//! Building the client. A credential plugin is run by this, so it may take its time, ask the user something, or hang.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures::channel::oneshot;
use kube::client::{ClientBuilder, ConfigExt as _};
use kube::{Client, Config};
use tokio::runtime::Handle;
use tower::buffer::BufferLayer;
use tower::util::MapResponseLayer;

use super::clock::{Clock, hearing};

/// Why there is no client.
pub(crate) enum Unbuilt {
    Kube(Box<kube::Error>),
    /// The plugin did not end within this time.
    PluginHangs(Duration),
}

/// `patience` is for a plugin that nobody can answer; one that may talk to the user gets all the time it needs.
pub(crate) async fn build(config: Config, patience: Option<Duration>, clock: Arc<Clock>) -> Result<Client, Unbuilt> {
    // A second provider in the process would make the TLS library panic; the same one again is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if config.auth_info.exec.is_none() && config.auth_info.auth_provider.is_none() {
        return plain(config, clock).map_err(|error| Unbuilt::Kube(Box::new(error)));
    }
    // A thread of its own: one that hangs must keep neither Ctrl-C nor the end of the program waiting.
    let (tell, told) = oneshot::channel();
    let runtime = Handle::current();
    thread::spawn(move || {
        let _inside = runtime.enter();
        let _ = tell.send(with_plugin(config, clock));
    });
    let built = match patience {
        Some(limit) => tokio::time::timeout(limit, told).await.map_err(|_| Unbuilt::PluginHangs(limit))?,
        None => told.await,
    };
    match built {
        Ok(client) => client.map_err(|error| Unbuilt::Kube(Box::new(error))),
        // The thread went away without a word: it panicked, and the panic was printed.
        Err(oneshot::Canceled) => {
            Err(Unbuilt::Kube(Box::new(kube::Error::Service("building the client failed".into()))))
        }
    }
}

/// Left to itself, kube runs the plugin three times. A plugin that gives a token is run once here; one that gives a
/// client certificate has to go kube's way.
fn with_plugin(mut config: Config, clock: Arc<Clock>) -> kube::Result<Client> {
    let Some(token) = config.auth_layer()? else { return plain(config, clock) };
    config.auth_info.exec = None;
    config.auth_info.auth_provider = None;
    // The token's layer wants to clone what it sends to; a buffer makes that possible.
    let builder = ClientBuilder::try_from(config)?.with_layer(&MapResponseLayer::new(hearing(clock)));
    Ok(builder.with_layer(&BufferLayer::new(64)).with_layer(&token).build())
}

fn plain(config: Config, clock: Arc<Clock>) -> kube::Result<Client> {
    Ok(ClientBuilder::try_from(config)?.with_layer(&MapResponseLayer::new(hearing(clock))).build())
}
