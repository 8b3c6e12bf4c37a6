//! The floor: what the kernel and the runtime cost when a server does nothing of its own.
//!
//! It writes ready-made MESSAGE frames, the same octets that the gateway writes, to the same kind of sockets, with
//! the same runtime. It decodes nothing: it counts the publisher's WebSocket messages and owes each subscriber a number
//! of copies of one prepared frame. As in the gateway a connection is a task, and what is owed goes out with one
//! write per wake. A server that is a little slower finds more to put into each write, so that at full rate a ratio to
//! the floor may come out just below 1.

mod connection;
mod hub;

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use tokio::net::TcpListener;

use hub::Hub;

use crate::system::Traffic;

/// Starts the line that the floor prints when it listens.
pub(crate) const READY: &str = "floor: ready on ";
/// Where a subscriber connects.
pub(crate) const SUBSCRIBE_PATH: &str = "/subscribe";
/// Where a publisher connects.
pub(crate) const PUBLISH_PATH: &str = "/publish";

/// Serves until killed.
pub(crate) fn run(listen: SocketAddr, traffic: Traffic) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_io().build()?;
    runtime.block_on(serve(listen, Arc::new(Hub::new(traffic))))
}

async fn serve(listen: SocketAddr, hub: Arc<Hub>) -> Result<()> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout().lock(), "{READY}{address}")?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // A connection that fails is closed by dropping it, and the load notices.
        tokio::spawn(connection::serve(stream, Arc::clone(&hub)));
    }
}
