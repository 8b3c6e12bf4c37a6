//! The publishing connection. All messages are equal, so that a number of octets says what was sent.

use std::io::{self, ErrorKind, Read, Write};

use anyhow::{Result, bail, ensure};
use mio::net::TcpStream;

use crate::system::Publisher;

/// Most octets of one write.
const BLOCK_OCTETS: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Publishing {
    stream: TcpStream,
    /// Copies of the message, back to back.
    block: Vec<u8>,
    message_octets: u64,
    sent_octets: u64,
}

impl Publishing {
    pub(super) fn new(publisher: Publisher) -> Result<Self> {
        publisher.stream.set_nonblocking(true)?;
        let copies = (BLOCK_OCTETS / publisher.message.len()).max(1);
        Ok(Self {
            stream: TcpStream::from_std(publisher.stream),
            block: publisher.message.repeat(copies),
            message_octets: publisher.message.len() as u64,
            sent_octets: 0,
        })
    }

    pub(super) fn source(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Messages sent, one that is not yet complete included.
    pub(super) fn published(&self) -> u64 {
        self.sent_octets.div_ceil(self.message_octets)
    }

    /// Writes until `messages` were published in all, or the socket is full.
    pub(super) fn publish_up_to(&mut self, messages: u64) -> io::Result<()> {
        let end = messages * self.message_octets;
        while self.sent_octets < end {
            let start = usize::try_from(self.sent_octets % self.message_octets).unwrap_or(0);
            let length = usize::try_from(end - self.sent_octets).unwrap_or(usize::MAX).min(self.block.len() - start);
            match self.stream.write(&self.block[start..start + length]) {
                Ok(count) => self.sent_octets += count as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Little is expected here (NATS sends a PING early on, which may stay unanswered): an error of the server.
    pub(super) fn read(&mut self) -> Result<()> {
        let mut buffer = [0; 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => bail!("the server closed the publisher's connection"),
            Ok(count) => {
                let said = String::from_utf8_lossy(&buffer[..count]);
                ensure!(!said.contains("ERR"), "the server answered the publisher: {said}");
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
