//! One subscribing connection.

use std::io::{ErrorKind, Read, Write};

use anyhow::{Result, ensure};
use mio::net::TcpStream;

use crate::counter::Counter;
use crate::system::Subscriber;

#[derive(Debug)]
pub(super) struct Receiving {
    stream: TcpStream,
    counter: Counter,
    received: u64,
    /// Acknowledgements that are not yet written.
    replies: Vec<u8>,
}

impl Receiving {
    pub(super) fn new(subscriber: Subscriber) -> Result<Self> {
        subscriber.stream.set_nonblocking(true)?;
        Ok(Self {
            stream: TcpStream::from_std(subscriber.stream),
            counter: subscriber.counter,
            received: 0,
            replies: Vec::new(),
        })
    }

    pub(super) fn source(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Reads all that is there and answers it: how many messages that brought.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> Result<u64> {
        let mut messages = 0;
        loop {
            let count = match self.stream.read(buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            };
            ensure!(count > 0, "closed by the server");
            messages += self.counter.feed(&buffer[..count], &mut self.replies)?;
            if count < buffer.len() {
                // The socket is empty: what comes later is a new event.
                break;
            }
        }
        self.received += messages;
        self.reply()?;
        Ok(messages)
    }

    fn reply(&mut self) -> Result<()> {
        while !self.replies.is_empty() {
            match self.stream.write(&self.replies) {
                Ok(count) => drop(self.replies.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
