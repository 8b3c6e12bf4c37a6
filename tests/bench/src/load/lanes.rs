//! Publishers beside one another, none of which says anything more until its last message is answered.

use std::io::ErrorKind;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use mio::{Events, Interest, Poll, Token};

use super::publishing::Publishing;
use super::{EVENTS, LONGEST_WAIT, READ_OCTETS, STALL};
use crate::interrupt;
use crate::system::Publisher;

/// Any number of them, driven from one thread. Nobody subscribes.
#[derive(Debug)]
pub(crate) struct Lanes {
    poll: Poll,
    events: Events,
    lanes: Vec<Publishing>,
    buffer: Vec<u8>,
}

impl Lanes {
    /// Takes over the connections, whose messages have to be answered.
    pub(crate) fn new(publishers: Vec<Publisher>) -> Result<Self> {
        let poll = Poll::new()?;
        let mut lanes = Vec::with_capacity(publishers.len());
        for (number, publisher) in publishers.into_iter().enumerate() {
            let mut lane = Publishing::new(publisher)?;
            poll.registry().register(lane.source(), Token(number), Interest::READABLE | Interest::WRITABLE)?;
            lanes.push(lane);
        }
        Ok(Self { poll, events: Events::with_capacity(EVENTS), lanes, buffer: vec![0; READ_OCTETS] })
    }

    /// Publishes and waits until then; what is then under way is answered later.
    pub(crate) fn run_until(&mut self, end: Instant) -> Result<()> {
        let mut answered = self.answered();
        let mut heard_at = Instant::now();
        loop {
            interrupt::check()?;
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            if self.answered() > answered {
                (answered, heard_at) = (self.answered(), now);
            } else if now - heard_at > STALL {
                bail!("stalled after {answered} answers");
            }
            for lane in &mut self.lanes {
                lane.publish_up_to(lane.answered() + 1)?;
            }
            match self.poll.poll(&mut self.events, Some(LONGEST_WAIT.min(end - now))) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                result => result?,
            }
            for event in &self.events {
                let number = event.token().0;
                self.lanes[number].read(&mut self.buffer).with_context(|| format!("publisher {number}"))?;
            }
        }
    }

    /// Messages that were answered so far.
    pub(crate) fn answered(&self) -> u64 {
        self.lanes.iter().map(Publishing::answered).sum()
    }
}
