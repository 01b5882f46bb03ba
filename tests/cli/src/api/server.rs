//! The listening side: one thread per connection, all of them gone when the server is.

use std::io::{self, BufReader};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::answer::{self, Reply};
use super::exec;
use super::log::{self, Wanted};
use super::read::Watch;
use super::script::Due;
use super::state::State;
use super::wire::{self, Request, Response};

/// A real server sends a bookmark about once a minute, and one shortly before it ends a watch.
const BOOKMARKS: Duration = Duration::from_secs(60);
const BEFORE_THE_END: Duration = Duration::from_secs(2);

/// The state and the bell that rings when it changes.
#[derive(Default)]
pub struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    connections: Mutex<Vec<TcpStream>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Shared {
    /// A scenario's own closure may panic; the assertions after it should still see the state.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn ring(&self) {
        self.changed.notify_all();
    }

    /// Waits until something changes, the server stops, or the time comes; whether the server goes on.
    fn wait<'a>(&self, state: MutexGuard<'a, State>, until: Instant) -> MutexGuard<'a, State> {
        let left = until.saturating_duration_since(Instant::now());
        self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Sleeps, unless the server stops.
    fn sleep(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut state = self.lock();
        while !state.stopped && Instant::now() < until {
            state = self.wait(state, until);
        }
    }

    fn spawn(self: &Arc<Self>, work: impl FnOnce(&Arc<Shared>) + Send + 'static) {
        let shared = Arc::clone(self);
        let thread = thread::spawn(move || work(&shared));
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
    }
}

pub struct Server {
    pub shared: Arc<Shared>,
    pub address: SocketAddr,
}

impl Server {
    pub fn start() -> io::Result<Server> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        shared.spawn(move |shared| accept(shared, &listener));
        Ok(Server { shared, address })
    }

    /// Ends all connections and waits for their threads.
    pub fn stop(&self) {
        self.shared.lock().stopped = true;
        self.shared.ring();
        // The listener is asleep until somebody calls.
        drop(TcpStream::connect(self.address));
        for connection in self.shared.connections.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // It may have been closed by the client already.
            let _ = connection.shutdown(Shutdown::Both);
        }
        loop {
            let thread = self.shared.threads.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(thread) = thread else { return };
            if thread.join().is_err() {
                self.shared.lock().unexpected.push("a panic in the scenario's own code (see above)".into());
            }
        }
    }
}

fn accept(shared: &Arc<Shared>, listener: &TcpListener) {
    for connection in listener.incoming() {
        if shared.lock().stopped {
            return;
        }
        let Ok(connection) = connection else { continue };
        if let Ok(copy) = connection.try_clone() {
            shared.connections.lock().unwrap_or_else(PoisonError::into_inner).push(copy);
        }
        // A client that goes away in the middle is no concern of the scenario's.
        shared.spawn(move |shared| drop(serve(shared, connection)));
    }
}

fn serve(shared: &Arc<Shared>, connection: TcpStream) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut writer = connection;
    while let Some(request) = wire::read(&mut reader)? {
        let mut reply = answered(shared, &request, answer::to);
        if let Reply::Late(delay) = reply {
            shared.sleep(delay);
            reply = answered(shared, &request, answer::carried_out);
        }
        if let Reply::Exec(ran) = &reply {
            return exec::tell(&mut reader, &mut writer, &request, ran);
        }
        let goes_on = send(shared, &mut writer, reply)?;
        if !goes_on || !request.keeps_alive() {
            break;
        }
    }
    writer.shutdown(Shutdown::Both)
}

fn answered(shared: &Arc<Shared>, request: &Request, answer: fn(&mut State, &Request) -> Reply) -> Reply {
    let mut state = shared.lock();
    let reply = answer(&mut state, request);
    let due = std::mem::take(&mut state.due);
    drop(state);
    shared.ring();
    due.into_iter().for_each(|due| happen_later(shared, due));
    reply
}

fn happen_later(shared: &Arc<Shared>, mut due: Due) {
    shared.spawn(move |shared| {
        shared.sleep(due.delay);
        let mut state = shared.lock();
        if !state.stopped {
            (due.effect)(&mut state.store, &due.request);
            state.settle();
        }
        drop(state);
        shared.ring();
    });
}

/// Sends an answer; whether the connection can be used again.
fn send(shared: &Arc<Shared>, to: &mut TcpStream, reply: Reply) -> io::Result<bool> {
    match reply {
        Reply::Whole(response) => wire::write(to, &response, response.body.len()).map(|()| true),
        Reply::Broken(response) => broken(to, &response).map(|()| false),
        Reply::Watch(watch) => self::watch(shared, to, *watch).map(|()| true),
        Reply::Follow(wanted) => follow(shared, to, &wanted).map(|()| true),
        // The connection of a command that ran is handed over before.
        Reply::Drop | Reply::Late(_) | Reply::Exec(_) => Ok(false),
        Reply::Stall => {
            shared.sleep(Duration::from_secs(3600));
            Ok(false)
        }
    }
}

/// Half of the body, after a promise of all of it.
fn broken(to: &mut TcpStream, response: &Response) -> io::Result<()> {
    let half = Response { body: response.body[..response.body.len() / 2].to_vec(), ..response.clone() };
    wire::write(to, &half, response.body.len())
}

fn watch(shared: &Arc<Shared>, to: &mut TcpStream, mut watch: Watch) -> io::Result<()> {
    wire::begin_chunks(to, "application/json")?;
    tell(to, &watch.first)?;
    let mut bookmark = next_bookmark(watch.until);
    while !watch.has_failed() {
        let mut state = shared.lock();
        let mut news = watch.news(&state.store);
        if news.is_empty() && !state.stopped {
            state = shared.wait(state, watch.until.min(bookmark));
            news = watch.news(&state.store);
        }
        let stopped = state.stopped;
        drop(state);
        tell(to, &news)?;
        let now = Instant::now();
        if now >= bookmark {
            tell(to, if watch.bookmarks { vec![watch.bookmark()] } else { Vec::new() }.as_slice())?;
            bookmark = next_bookmark(watch.until);
        }
        if stopped || now >= watch.until {
            break;
        }
    }
    wire::end_chunks(to)
}

fn next_bookmark(end: Instant) -> Instant {
    let now = Instant::now();
    let last = end.checked_sub(BEFORE_THE_END).filter(|last| *last > now);
    last.map_or(now + BOOKMARKS, |last| last.min(now + BOOKMARKS))
}

fn tell(to: &mut TcpStream, events: &[Value]) -> io::Result<()> {
    events.iter().try_for_each(|event| wire::chunk(to, format!("{event}\n").as_bytes()))
}

fn follow(shared: &Arc<Shared>, to: &mut TcpStream, wanted: &Wanted) -> io::Result<()> {
    wire::begin_chunks(to, "text/plain; charset=utf-8")?;
    let present = log::present(&shared.lock().store, wanted);
    wire::chunk(to, wanted.cut(&present).as_bytes())?;
    let mut told = present.len();
    loop {
        let mut state = shared.lock();
        let mut log = log::present(&state.store, wanted);
        if log.len() == told && !state.stopped {
            state = shared.wait(state, Instant::now() + BOOKMARKS);
            log = log::present(&state.store, wanted);
        }
        let stopped = state.stopped;
        drop(state);
        wire::chunk(to, log.as_bytes().get(told..).unwrap_or_default())?;
        told = log.len();
        if stopped {
            return wire::end_chunks(to);
        }
    }
}
