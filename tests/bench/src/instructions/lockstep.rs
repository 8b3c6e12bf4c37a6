//! A load that waits for the server after every batch.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};

use crate::counter::Counter;
use crate::interrupt;
use crate::report::one_line;
use crate::system::{Publisher, Server, Subscriber};

const READ_OCTETS: usize = 64 * 1024;
/// For the server to go to sleep after a batch, which cannot be seen from outside: it still settles what the last
/// acknowledgements name, and looks once more whether there is something to do.
const SETTLE: Duration = Duration::from_millis(3);

/// One publisher and some subscribers, with blocking calls.
#[derive(Debug)]
pub(super) struct Lockstep {
    publisher: Publisher,
    subscribers: Vec<Subscriber>,
    /// The octets of a batch.
    batch: Vec<u8>,
    /// Its messages. Each subscriber gets them all: of a queue there is one.
    messages: u64,
    buffer: Vec<u8>,
}

impl Lockstep {
    /// Connects. Batches have `messages` each.
    pub(super) fn new(server: &dyn Server, subscribers: usize, messages: u64) -> Result<Self> {
        let subscribers = (0..subscribers).map(|_| server.subscribe()).collect::<Result<_>>()?;
        let publisher = server.publisher()?;
        let publications = usize::try_from(messages / publisher.messages)?;
        let batch = publisher.publication.repeat(publications);
        Ok(Self { publisher, subscribers, batch, messages, buffer: vec![0; READ_OCTETS] })
    }

    /// Publishes batches, one after the other.
    pub(super) fn run(&mut self, batches: u64) -> Result<()> {
        (0..batches).try_for_each(|_| self.step()).map_err(|error| match self.publisher_heard() {
            heard if heard.is_empty() => error,
            heard => anyhow!("{error:#}. The publisher was told: {heard}"),
        })
    }

    /// What the server said to the publisher: it tells there why it delivers nothing.
    fn publisher_heard(&mut self) -> String {
        let stream = &mut self.publisher.stream;
        let octets = stream.set_nonblocking(true).and_then(|()| stream.read(&mut self.buffer)).unwrap_or(0);
        one_line(&self.buffer[..octets])
    }

    fn step(&mut self) -> Result<()> {
        interrupt::check()?;
        self.publisher.stream.write_all(&self.batch)?;
        for Subscriber { stream, counter } in &mut self.subscribers {
            let replies = read(stream, counter, self.messages, &mut self.buffer).context("a subscriber")?;
            stream.write_all(&replies)?;
        }
        if let Some(counter) = &mut self.publisher.answers {
            read(&mut self.publisher.stream, counter, self.messages, &mut self.buffer).context("the publisher")?;
        }
        sleep(SETTLE);
        Ok(())
    }
}

/// Reads until `messages` have come: what to reply to all of them.
fn read(stream: &mut TcpStream, counter: &mut Counter, messages: u64, buffer: &mut [u8]) -> Result<Vec<u8>> {
    let mut replies = Vec::new();
    let mut seen = 0;
    while seen < messages {
        let octets = stream.read(buffer)?;
        ensure!(octets > 0, "closed by the server");
        seen += counter.feed(&buffer[..octets], &mut replies)?;
    }
    ensure!(seen == messages, "{seen} came, and not {messages}");
    Ok(replies)
}
