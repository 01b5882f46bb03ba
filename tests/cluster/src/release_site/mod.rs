//! An HTTP server on 127.0.0.1 that stands in for the sites where releases are published: the same paths, redirects and answers, under one
//! address, with the real manifests; and whatever goes wrong there, on demand.

mod contents;
mod fault;
mod git;
mod http;
mod listing;
mod published;
mod routes;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};

pub use contents::{Contents, Release, Repository};
pub use fault::{Fault, Planted};
pub use http::Request;

/// A running stand-in; it ends when it is dropped.
pub struct ReleaseSite {
    shared: Arc<Shared>,
    port: u16,
    listener: Option<JoinHandle<()>>,
}

/// What the threads that answer have in common.
struct Shared {
    contents: Contents,
    faults: Mutex<Vec<Planted>>,
    requests: Mutex<Vec<Request>>,
    stopping: AtomicBool,
}

impl ReleaseSite {
    /// Listens on a port of 127.0.0.1: the one given, or any that is free for 0.
    pub fn start(contents: Contents, faults: Vec<Planted>, port: u16) -> Result<ReleaseSite> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("could not listen on 127.0.0.1:{port}"))?;
        let port = listener.local_addr().context("could not tell the port")?.port();
        let shared = Arc::new(Shared {
            contents,
            faults: Mutex::new(faults),
            requests: Mutex::default(),
            stopping: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        let listener = thread::spawn(move || serve(&listener, &serving));
        Ok(ReleaseSite { shared, port, listener: Some(listener) })
    }

    /// What to give to `--release-site`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on, this goes wrong as well.
    pub fn plant(&self, fault: Planted) {
        open(&self.shared.faults).push(fault);
    }

    /// From now on, nothing goes wrong.
    pub fn mend(&self) {
        open(&self.shared.faults).clear();
    }

    /// Every request so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        open(&self.shared.requests).clone()
    }

    /// Serves until the process is ended.
    pub fn wait(mut self) {
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

impl Drop for ReleaseSite {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        if let Some(listener) = self.listener.take() {
            // The listener sleeps in accept; a connection wakes it.
            let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
            let _ = listener.join();
        }
    }
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for connection in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(connection) = connection else { continue };
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // A client that goes away in the middle is the client's affair.
            let _ = answer(&connection, &shared);
        });
    }
}

fn answer(connection: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let Some(request) = Request::read(connection)? else { return Ok(()) };
    open(&shared.requests).push(request.clone());
    let response = routes::answer(&shared.contents, &request);
    let fault = fault::take(&mut open(&shared.faults), &request, &response);
    match fault {
        None => response.write(connection, request.is_head()),
        Some(fault) => fault.spoil(&request, response, connection, &shared.stopping),
    }
}

/// The data behind a lock; a thread that panicked while it held it changes nothing about the data being whole.
fn open<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
