//! The proxy as a test uses it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};
use tokio::sync::oneshot;

use crate::connections::Proxy;
use crate::desk::Desk;
use crate::fault::{Fault, Then, When};
use crate::identity::ServingIdentity;
use crate::kubeconfig::Kubeconfig;
use crate::rule::Rule;
use crate::seen::Seen;
use crate::stand_in::Reply;
use crate::upstream::Upstream;

/// Its threads end when it is dropped. A panic in a closure given to `on` comes up again then, at the latest.
pub struct FaultProxy {
    desk: Arc<Desk>,
    address: SocketAddr,
    kubeconfig: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FaultProxy {
    /// Before the API server of the kubeconfig's current context. The proxy asks as that kubeconfig's client certificate; a client that
    /// brings an `Authorization` of its own is asked for by that alone.
    pub fn start(kubeconfig: &str) -> Result<Self> {
        Self::start_with(kubeconfig, Some(ServingIdentity::make("fault proxy", &["localhost", "127.0.0.1"])?))
    }

    /// The same without TLS between the client and the proxy.
    pub fn start_without_tls(kubeconfig: &str) -> Result<Self> {
        Self::start_with(kubeconfig, None)
    }

    fn start_with(kubeconfig: &str, identity: Option<ServingIdentity>) -> Result<Self> {
        let given = Kubeconfig::parse(kubeconfig)?;
        let upstream = Arc::new(Upstream::of(&given)?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("could not listen on 127.0.0.1")?;
        listener.set_nonblocking(true).context("could not set the listener up")?;
        let address = listener.local_addr().context("could not read the port")?;
        let scheme = if identity.is_some() { "https" } else { "http" };
        let authority = identity.as_ref().map(|identity| identity.authority.certificate.as_str());
        let kubeconfig = given.derived(&format!("{scheme}://{address}"), authority);

        let desk = Arc::new(Desk::new());
        let proxy = Proxy { desk: desk.clone(), upstream, acceptor: identity.map(|identity| identity.acceptor) };
        let (stop, stopped) = oneshot::channel();
        let thread = run(proxy, listener, stopped)?;
        Ok(Self { desk, address, kubeconfig, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// For the client: the given kubeconfig's current context, led here. A client certificate is left out of it.
    pub fn kubeconfig(&self) -> String {
        self.kubeconfig.clone()
    }

    /// Does this to the requests that the rule chooses. Where several faults meet, the one ordered first happens.
    pub fn rule(&self, rule: Rule, fault: Fault) {
        self.desk.order_fault(rule, fault);
    }

    /// Calls this at the requests that the rule chooses, on a thread of its own; the request waits for it. Faults happen beside it.
    /// It must not call `settle` or `reset`.
    pub fn on(&self, rule: Rule, when: When, call: impl Fn(&Seen) -> Then + Send + Sync + 'static) {
        self.desk.order_call(rule, when, Arc::new(call));
    }

    /// Answers the requests that the rule is about in the server's stead, for as long as the proxy lives; `None` leaves one to the next
    /// stand-in, or to the server. The closure may take its time, and may ask the server. Faults happen to its answers as to any other.
    pub fn stand_in(&self, rule: Rule, answer: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static) {
        self.desk.place(rule, Arc::new(answer));
    }

    /// All that came by since the start or the last `reset`, in the order of arrival.
    pub fn requests(&self) -> Vec<Seen> {
        self.desk.record()
    }

    /// How many of them the rule is about, whichever of them it chooses.
    pub fn count(&self, rule: &Rule) -> usize {
        self.requests().iter().filter(|seen| rule.matches(seen)).count()
    }

    /// Those to which a fault was done or that a closure dropped: a test whose fault never happened proved nothing.
    pub fn faulted(&self) -> Vec<Seen> {
        let harmed = |seen: &Seen| seen.fault.is_some() || seen.dropped_by_test;
        self.requests().into_iter().filter(harmed).collect()
    }

    /// Ends all connections and waits until nothing is on its way to the server: what a killed client had sent has then been carried
    /// out, or never will be.
    pub fn settle(&self) {
        self.desk.settle();
        let panics = self.desk.take_panics();
        assert!(panics.is_empty(), "a closure of the fault proxy panicked: {}", panics.join("; "));
    }

    /// Settles, and forgets the rules, the closures and the record.
    pub fn reset(&self) {
        self.settle();
        self.desk.forget();
    }
}

fn run(proxy: Proxy, listener: TcpListener, stopped: oneshot::Receiver<()>) -> Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("could not start the fault proxy's runtime")?;
    let listener = {
        let _inside = runtime.enter();
        tokio::net::TcpListener::from_std(listener).context("could not set the listener up")?
    };
    let thread = thread::Builder::new().name("fault-proxy".to_owned());
    // The runtime ends with its thread, and with it every connection and closure.
    thread
        .spawn(move || runtime.block_on(proxy.serve(listener, stopped)))
        .context("could not start the fault proxy's thread")
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let panics = self.desk.take_panics();
        assert!(
            panics.is_empty() || thread::panicking(),
            "a closure of the fault proxy panicked: {}",
            panics.join("; ")
        );
    }
}
