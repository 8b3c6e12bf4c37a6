//! The publishing connection. All publications are equal, so that a number of octets says what was sent.

use std::io::{self, ErrorKind, Read, Write};

use anyhow::{Result, bail, ensure};
use mio::net::TcpStream;

use crate::counter::Counter;
use crate::report::one_line;
use crate::system::Publisher;

/// Most octets of one write.
const BLOCK_OCTETS: usize = 64 * 1024;
/// How much of what the server says unasked is looked at.
const SAID_OCTETS: usize = 1024;

#[derive(Debug)]
pub(super) struct Publishing {
    stream: TcpStream,
    /// Copies of the publication, back to back.
    block: Vec<u8>,
    /// Octets of a publication, and the messages that it brings.
    octets: u64,
    messages: u64,
    sent_octets: u64,
    answers: Option<Counter>,
    answered: u64,
}

impl Publishing {
    pub(super) fn new(publisher: Publisher) -> Result<Self> {
        publisher.stream.set_nonblocking(true)?;
        let copies = (BLOCK_OCTETS / publisher.publication.len()).max(1);
        Ok(Self {
            stream: TcpStream::from_std(publisher.stream),
            octets: publisher.publication.len() as u64,
            block: publisher.publication.repeat(copies),
            messages: publisher.messages,
            sent_octets: 0,
            answers: publisher.answers,
            answered: 0,
        })
    }

    pub(super) fn source(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Messages sent, those of a publication that is not yet complete included.
    pub(super) fn published(&self) -> u64 {
        self.sent_octets.div_ceil(self.octets) * self.messages
    }

    /// Messages that the server need not answer any more. It answers all or none.
    pub(super) fn answered(&self) -> u64 {
        if self.answers.is_some() { self.answered } else { self.published() }
    }

    /// Writes until `messages` were published in all, as far as whole publications allow, or the socket is full.
    pub(super) fn publish_up_to(&mut self, messages: u64) -> io::Result<()> {
        let end = messages / self.messages * self.octets;
        while self.sent_octets < end {
            let start = usize::try_from(self.sent_octets % self.octets).unwrap_or(0);
            let length = usize::try_from(end - self.sent_octets).unwrap_or(usize::MAX).min(self.block.len() - start);
            match self.stream.write(&self.block[start..start + length]) {
                Ok(count) => self.sent_octets += count as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads all that is there.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<()> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => bail!("the server closed the publisher's connection"),
                Ok(count) => self.handle(&buffer[..count])?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Where no answers were asked for, little is expected (NATS sends a PING early on, which may stay unanswered): an
    /// error of the server.
    fn handle(&mut self, said: &[u8]) -> Result<()> {
        if let Some(counter) = &mut self.answers {
            self.answered += counter.feed(said, &mut Vec::new())?;
            return Ok(());
        }
        let said = one_line(&said[..said.len().min(SAID_OCTETS)]);
        ensure!(!said.contains("ERR"), "the server answered the publisher: {said}");
        Ok(())
    }
}
