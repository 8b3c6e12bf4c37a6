//! The load: one publisher and its subscribers, driven from one thread.

mod lanes;
mod publishing;
mod receiving;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mio::{Events, Interest, Poll, Token};

pub(crate) use lanes::Lanes;
use publishing::Publishing;
use receiving::Receiving;

use crate::interrupt;
use crate::system::{Publisher, Subscriber};

/// The publisher's token; subscribers are numbered from 0.
const PUBLISHER: Token = Token(usize::MAX - 1);
const EVENTS: usize = 1024;
const READ_OCTETS: usize = 256 * 1024;
/// A server that delivers and answers nothing for so long, although messages are under way, has lost some.
const STALL: Duration = Duration::from_secs(15);

/// How fast to publish.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// As fast as it goes with so many messages under way to the slowest subscriber. Nobody's buffers overflow, so
    /// that no server has to drop, and all have the same work queued.
    Window(u64),
    /// So many messages a second.
    Rate(u32),
}

/// Who gets a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// Everybody.
    All,
    /// One of them.
    One,
}

/// A running load.
#[derive(Debug)]
pub(crate) struct Load {
    poll: Poll,
    events: Events,
    publishing: Publishing,
    receiving: Vec<Receiving>,
    buffer: Vec<u8>,
    spread: Spread,
    pace: Pace,
    started: Instant,
    delivered: u64,
    delivered_at: Instant,
    longest_pause: Duration,
    /// When the last message or answer came.
    heard_at: Instant,
}

impl Load {
    /// Takes over the connections. Nothing is published before [`Self::run_until`].
    pub(crate) fn new(publisher: Publisher, subscribers: Vec<Subscriber>, spread: Spread, pace: Pace) -> Result<Self> {
        let poll = Poll::new()?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        let mut publishing = Publishing::new(publisher)?;
        poll.registry().register(publishing.source(), PUBLISHER, interest)?;
        let mut receiving = Vec::with_capacity(subscribers.len());
        for (number, subscriber) in subscribers.into_iter().enumerate() {
            let mut one = Receiving::new(subscriber)?;
            poll.registry().register(one.source(), Token(number), interest)?;
            receiving.push(one);
        }
        Ok(Self {
            poll,
            events: Events::with_capacity(EVENTS),
            publishing,
            receiving,
            buffer: vec![0; READ_OCTETS],
            spread,
            pace,
            started: Instant::now(),
            delivered: 0,
            delivered_at: Instant::now(),
            longest_pause: Duration::ZERO,
            heard_at: Instant::now(),
        })
    }

    /// Publishes and receives until then.
    pub(crate) fn run_until(&mut self, end: Instant) -> Result<()> {
        self.heard_at = Instant::now();
        loop {
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            self.step(now, u64::MAX, end - now)?;
        }
    }

    /// Publishes so many messages more, and receives until all are settled.
    pub(crate) fn carry(&mut self, messages: u64) -> Result<()> {
        self.heard_at = Instant::now();
        let end = self.published() + messages;
        while self.settled() < end {
            self.step(Instant::now(), end, LONGEST_WAIT)?;
        }
        Ok(())
    }

    /// Publishes what is due, but no more than `most` in all, and handles what happens then.
    fn step(&mut self, now: Instant, most: u64, longest: Duration) -> Result<()> {
        interrupt::check()?;
        if now.saturating_duration_since(self.heard_at) > STALL {
            bail!("stalled: {} messages were published, {} deliveries came", self.published(), self.delivered);
        }
        self.publishing.publish_up_to(self.due(now).min(most))?;
        let patience = self.patience(now, longest);
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        self.handle_events()
    }

    /// Messages that subscribers received so far.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// The longest time in which nothing was delivered to anybody, since this was last asked.
    pub(crate) fn take_longest_pause(&mut self) -> Duration {
        std::mem::take(&mut self.longest_pause)
    }

    fn published(&self) -> u64 {
        self.publishing.published()
    }

    /// How many messages should have been published by now.
    fn due(&self, now: Instant) -> u64 {
        match self.pace {
            Pace::Window(messages) => {
                let open = self.settled() + messages;
                // A publisher that trickled one message for each that arrives would keep every server from batching.
                if open - self.published() >= messages.div_ceil(REFILL_PARTS) { open } else { self.published() }
            }
            Pace::Rate(per_second) => {
                let elapsed = (now - self.started).as_nanos() * u128::from(per_second) / 1_000_000_000;
                u64::try_from(elapsed).unwrap_or(u64::MAX)
            }
        }
    }

    /// Messages that everybody who should have them has, and that are answered if they have to be.
    fn settled(&self) -> u64 {
        if self.receiving.is_empty() {
            return self.publishing.answered();
        }
        let received = match self.spread {
            Spread::All => self.receiving.iter().map(Receiving::received).min().unwrap_or(0),
            Spread::One => self.delivered,
        };
        received.min(self.publishing.answered())
    }

    /// How long to wait for something to happen.
    fn patience(&self, now: Instant, longest: Duration) -> Duration {
        let until_due = match self.pace {
            Pace::Window(_) => LONGEST_WAIT,
            Pace::Rate(per_second) => {
                let next = Duration::from_secs(self.published() + 1) / per_second;
                (self.started + next).saturating_duration_since(now)
            }
        };
        until_due.min(longest).min(LONGEST_WAIT)
    }

    fn handle_events(&mut self) -> Result<()> {
        for event in &self.events {
            if event.token() == PUBLISHER {
                let answered = self.publishing.answered();
                self.publishing.read(&mut self.buffer).context("the publisher")?;
                if self.publishing.answered() > answered {
                    self.heard_at = Instant::now();
                }
                continue;
            }
            let one = &mut self.receiving[event.token().0];
            let count = one.receive(&mut self.buffer).with_context(|| format!("subscriber {}", event.token().0))?;
            if count > 0 {
                self.delivered += count;
                let now = Instant::now();
                self.longest_pause = self.longest_pause.max(now - self.delivered_at);
                self.delivered_at = now;
                self.heard_at = now;
            }
        }
        Ok(())
    }
}

/// How often at least to look at the clock.
const LONGEST_WAIT: Duration = Duration::from_millis(100);
/// The window is refilled when this part of it is open.
const REFILL_PARTS: u64 = 4;
