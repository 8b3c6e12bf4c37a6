//! A STOMP consumer that acknowledges every message it gets.

use anyhow::{Context, Result, bail};
use memchr::{memchr, memmem};

use crate::stomp::push_ack;
use crate::websocket::frame_at;

/// Reads whole MESSAGE frames, one per WebSocket message, and answers each with an ACK of its own.
#[derive(Debug, Default)]
pub(crate) struct AckReader {
    /// The start of a frame whose end has not arrived.
    partial: Vec<u8>,
}

impl AckReader {
    /// Counts the messages completed by `bytes` and appends their acknowledgements to `replies`.
    pub(crate) fn feed(&mut self, bytes: &[u8], replies: &mut Vec<u8>) -> Result<u64> {
        if self.partial.is_empty() {
            let (count, used) = acknowledge(bytes, replies)?;
            self.partial.extend(&bytes[used..]);
            return Ok(count);
        }
        self.partial.extend(bytes);
        let (count, used) = acknowledge(&self.partial, replies)?;
        self.partial.drain(..used);
        Ok(count)
    }
}

/// Acknowledges the whole frames at the front of `bytes`: how many messages, and where the first incomplete one is.
fn acknowledge(bytes: &[u8], replies: &mut Vec<u8>) -> Result<(u64, usize)> {
    let mut count = 0;
    let mut used = 0;
    while let Some((opcode, range)) = frame_at(&bytes[used..]) {
        let payload = &bytes[used + range.start..used + range.end];
        used += range.end;
        match (opcode, payload.first()) {
            (1 | 2, Some(b'M')) => {
                push_ack(replies, ack_id(payload)?);
                count += 1;
            }
            (1 | 2, Some(b'\n' | b'\r') | None) | (9 | 10, _) => {}
            _ => bail!("unexpected frame: {}", String::from_utf8_lossy(payload)),
        }
    }
    Ok((count, used))
}

/// The value of the `ack` header.
pub(crate) fn ack_id(frame: &[u8]) -> Result<&[u8]> {
    const NAME: &[u8] = b"\nack:";
    let start = memmem::find(frame, NAME).context("a MESSAGE without an ack header")? + NAME.len();
    let length = memchr(b'\n', &frame[start..]).context("an ack header without an end")?;
    Ok(&frame[start..start + length])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::push_server_message;

    #[test]
    fn acknowledges_at_every_split_point() {
        let mut stream = Vec::new();
        push_server_message(&mut stream, b"MESSAGE\nack:one\n\nbody\0");
        push_server_message(&mut stream, b"\n");
        push_server_message(
            &mut stream,
            &[b"MESSAGE\nsubscription:0\nack:two\n\n".as_slice(), &[b'x'; 300], b"\0"].concat(),
        );
        let mut expected = Vec::new();
        push_ack(&mut expected, b"one");
        push_ack(&mut expected, b"two");
        for cut in 0..=stream.len() {
            let mut reader = AckReader::default();
            let mut replies = Vec::new();
            let first = reader.feed(&stream[..cut], &mut replies).unwrap();
            let second = reader.feed(&stream[cut..], &mut replies).unwrap();
            assert_eq!((first + second, &replies), (2, &expected), "cut at {cut}");
        }
    }

    #[test]
    fn an_error_frame_ends_the_measurement() {
        let mut stream = Vec::new();
        push_server_message(&mut stream, b"ERROR\nmessage:no\n\n\0");
        assert!(AckReader::default().feed(&stream, &mut Vec::new()).is_err());
    }
}
