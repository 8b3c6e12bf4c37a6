//! The client's half of a WebSocket, as far as setting a connection up needs it, and whole messages as octets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::frames::{header_size, payload_len};

/// The key of RFC 6455's example. Any 16 octets do for a measurement, and the floor can then answer with a constant.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What a server must answer to [`KEY`].
pub(crate) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Any mask does for a measurement.
pub(crate) const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
/// A server that says nothing for so long while a connection is being set up is taken for dead.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection being set up, with blocking calls.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Client {
    /// Connects and upgrades.
    pub(crate) fn connect(address: SocketAddr, path: &str, subprotocol: Option<&str>) -> Result<Self> {
        let mut client = Self { stream: connect_tcp(address)?, unread: Vec::new() };
        let protocol = subprotocol.map_or_else(String::new, |name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{protocol}\r\n"
        );
        client.stream.write_all(request.as_bytes())?;
        let head = client.read_head()?;
        ensure!(head.starts_with("HTTP/1.1 101 "), "the upgrade was refused: {}", head.trim_end());
        Ok(client)
    }

    /// Sends one message.
    pub(crate) fn send(&mut self, payload: &[u8]) -> Result<()> {
        let mut message = Vec::new();
        push_client_message(&mut message, payload);
        Ok(self.stream.write_all(&message)?)
    }

    /// The payload of the next data frame.
    pub(crate) fn receive(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some((opcode, payload)) = take_frame(&mut self.unread) {
                match opcode {
                    0..=2 => return Ok(payload),
                    8 => bail!("closed by the server: {}", String::from_utf8_lossy(&payload)),
                    _ => continue,
                }
            }
            self.read_more()?;
        }
    }

    /// The socket, ready for the load: nothing that was sent on it may be lost here.
    pub(crate) fn into_stream(self) -> Result<TcpStream> {
        ensure!(self.unread.is_empty(), "unexpected octets after the set-up");
        Ok(self.stream)
    }

    fn read_head(&mut self) -> Result<String> {
        loop {
            if let Some(end) = memchr::memmem::find(&self.unread, b"\r\n\r\n") {
                let head: Vec<u8> = self.unread.drain(..end + 4).collect();
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            self.read_more()?;
        }
    }

    fn read_more(&mut self) -> Result<()> {
        let mut buffer = [0; 4096];
        let count = self.stream.read(&mut buffer).context("no answer")?;
        ensure!(count > 0, "the server closed the connection: {}", String::from_utf8_lossy(&self.unread));
        self.unread.extend(&buffer[..count]);
        Ok(())
    }
}

/// A blocking TCP connection that does not wait for ever.
pub(crate) fn connect_tcp(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).with_context(|| format!("connect to {address}"))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Appends a client's message, which is masked. Text where the payload allows it: a broker that speaks STOMP must
/// then check the encoding, as it has to for browsers.
pub(crate) fn push_client_message(out: &mut Vec<u8>, payload: &[u8]) {
    push_header(out, payload, 0x80);
    out.extend(MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(octet, mask)| octet ^ mask));
}

/// Appends a server's message.
pub(crate) fn push_server_message(out: &mut Vec<u8>, payload: &[u8]) {
    push_header(out, payload, 0);
    out.extend(payload);
}

fn push_header(out: &mut Vec<u8>, payload: &[u8], mask_bit: u8) {
    out.push(if std::str::from_utf8(payload).is_ok() { TEXT } else { BINARY });
    match u16::try_from(payload.len()) {
        Ok(length @ 126..) => {
            out.push(126 | mask_bit);
            out.extend(length.to_be_bytes());
        }
        Ok(length) => out.push(length.to_be_bytes()[1] | mask_bit),
        Err(_) => {
            out.push(127 | mask_bit);
            out.extend((payload.len() as u64).to_be_bytes());
        }
    }
}

/// Takes a complete unmasked frame from the front of `bytes`: its opcode and payload.
pub(crate) fn take_frame(bytes: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let (opcode, range) = frame_at(bytes)?;
    let payload = bytes[range.clone()].to_vec();
    bytes.drain(..range.end);
    Some((opcode, payload))
}

/// Opcode and payload range of the complete unmasked frame that starts `bytes`.
pub(crate) fn frame_at(bytes: &[u8]) -> Option<(u8, std::ops::Range<usize>)> {
    let size = header_size(bytes)?;
    let end = size.checked_add(usize::try_from(payload_len(bytes.get(..size)?)).ok()?)?;
    (end <= bytes.len()).then_some((bytes[0] & 0x0f, size..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_whole_frames_only() {
        let mut whole = Vec::new();
        push_server_message(&mut whole, &[7; 300]);
        for cut in 0..whole.len() {
            assert!(take_frame(&mut whole[..cut].to_vec()).is_none(), "cut at {cut}");
        }
        whole.push(1);
        assert_eq!(take_frame(&mut whole), Some((1, vec![7; 300])));
        assert_eq!(whole, [1]);
    }

    #[test]
    fn client_messages_are_masked() {
        let mut message = Vec::new();
        push_client_message(&mut message, b"\0\0\0\0a");
        assert_eq!(message, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x37, 0xfa, 0x21, 0x3d, 0x37 ^ b'a']);
    }
}
