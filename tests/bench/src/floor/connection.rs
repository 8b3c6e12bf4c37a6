//! One connection of the floor: the upgrade, then a loop that only writes or only reads.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::hub::{Hub, Outbox};
use super::{PUBLISH_PATH, SUBSCRIBE_PATH};
use crate::frames::FrameScanner;
use crate::websocket::ACCEPT;

const HEAD_LIMIT: usize = 4096;
const PUBLISHER_READ_OCTETS: usize = 64 * 1024;

/// Runs a connection to its end.
pub(super) async fn serve(mut stream: TcpStream, hub: Arc<Hub>) -> io::Result<()> {
    let path = read_path(&mut stream).await?;
    match path.as_str() {
        SUBSCRIBE_PATH => {
            let outbox = hub.subscribe();
            accept(&mut stream).await?;
            let result = deliver(&stream, &hub, &outbox).await;
            hub.unsubscribe(&outbox);
            result
        }
        PUBLISH_PATH => {
            accept(&mut stream).await?;
            receive(&mut stream, &hub).await
        }
        _ => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await,
    }
}

/// Reads a request's head. The clients of the load send nothing after it before they have an answer.
async fn read_path(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > HEAD_LIMIT || stream.read_buf(&mut head).await? == 0 {
            return Err(ErrorKind::InvalidData.into());
        }
    }
    let text = String::from_utf8_lossy(&head);
    Ok(text.split(' ').nth(1).unwrap_or_default().to_owned())
}

async fn accept(stream: &mut TcpStream) -> io::Result<()> {
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await
}

/// Writes what the outbox owes, and discards what the subscriber sends.
async fn deliver(stream: &TcpStream, hub: &Hub, outbox: &Outbox) -> io::Result<()> {
    loop {
        tokio::select! {
            messages = outbox.take() => write(stream, hub, hub.octets_of(messages)).await?,
            ready = stream.readable() => {
                ready?;
                if !discard(stream)? {
                    return Ok(());
                }
            }
        }
    }
}

async fn write(stream: &TcpStream, hub: &Hub, mut owed: u64) -> io::Result<()> {
    while owed > 0 {
        match stream.try_write(hub.octets(owed)) {
            Ok(count) => owed -= count as u64,
            Err(error) if error.kind() == ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads and forgets. The buffer is on the stack of this call and so costs an idle connection nothing. False at the
/// end of the stream.
fn discard(stream: &TcpStream) -> io::Result<bool> {
    let mut buffer = [0; 16 * 1024];
    match stream.try_read(&mut buffer) {
        Ok(count) => Ok(count > 0),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
        Err(error) => Err(error),
    }
}

async fn receive(stream: &mut TcpStream, hub: &Hub) -> io::Result<()> {
    let mut scanner = FrameScanner::default();
    let mut buffer = vec![0; PUBLISHER_READ_OCTETS];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let mut messages = 0;
        scanner.scan(&buffer[..count], |_| messages += 1);
        hub.publish(messages);
    }
}
