//! The way from this machine to the API server: a listener on 127.0.0.1 whose connections go on inside the cluster's network.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddrV4, TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use anyhow::{Context, Result};

use crate::machine::Namespace;
use crate::state::write_file;

/// Listens first and enters the network afterwards: a socket stays in the network where it was made.
/// The port that the kernel chose is written to `port_file`, whole, once connections can be made.
pub fn serve(holder: u32, target: SocketAddrV4, port_file: &Path) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("could not listen on 127.0.0.1")?;
    let port = listener.local_addr().context("could not read the port")?.port();
    Namespace::of_network(holder).enter_with_this_thread()?;
    let fresh = port_file.with_extension("new");
    write_file(&fresh, port.to_string())?;
    std::fs::rename(&fresh, port_file).with_context(|| format!("could not write {}", port_file.display()))?;
    for connection in listener.incoming() {
        // One that broke before it was accepted is its client's matter.
        let Ok(client) = connection else { continue };
        thread::spawn(move || join(&client, target));
    }
    Ok(())
}

/// A target that cannot be reached closes the connection, as a server that is down does.
fn join(client: &TcpStream, target: SocketAddrV4) {
    let Ok(server) = TcpStream::connect(target) else { return };
    let _ = client.set_nodelay(true).and_then(|()| server.set_nodelay(true));
    let (Ok(client_too), Ok(server_too)) = (client.try_clone(), server.try_clone()) else { return };
    let back = thread::spawn(move || pass(&server_too, &client_too));
    pass(client, &server);
    let _ = back.join();
}

fn pass(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}
