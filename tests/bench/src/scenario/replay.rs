//! How fast a stream's stored messages come, beside the same messages as they are published.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::{LARGE, QUEUE_WINDOW_MESSAGES};
use crate::counter::Counter;
use crate::frames::FrameScanner;
use crate::interrupt;
use crate::load::{Load, Pace, Spread};
use crate::report::Figures;
use crate::stomp::{self, PATH};
use crate::system::{Publisher, Server, Subscriber};
use crate::websocket::push_client_message;

/// Rounds of both; the middle one of each counts.
const ROUNDS: usize = 3;
/// Messages of a round, for each second of measuring: so many that it is not over before it is at full rate.
const MESSAGES_PER_SECOND: u64 = 60_000;
const MOST_MESSAGES: u64 = 1_000_000;
const READ_OCTETS: usize = 256 * 1024;

/// One WebSocket consumer of a stream, live and from its first message.
#[derive(Debug)]
pub(crate) struct Replay {
    pub(crate) seconds: u64,
}

impl Replay {
    /// Every round has a stream of its own, so that its replay has the messages that were live in it.
    pub(super) fn measure(&self, server: &dyn Server) -> Result<Figures> {
        let messages = (self.seconds * MESSAGES_PER_SECOND).min(MOST_MESSAGES);
        let (mut live, mut replayed) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let stream = format!("/stream/bench-{round}");
            live.push(publish(server.address(), &stream, messages).context("live")?);
            replayed.push(replay(server.address(), &stream, messages).context("replayed")?);
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of messages are far below 2^52")]
        let rate = |mut times: Vec<Duration>| {
            times.sort();
            messages as f64 / times[ROUNDS / 2].as_secs_f64()
        };
        Ok(Figures::Replay { live_per_second: rate(live), replayed_per_second: rate(replayed) })
    }
}

/// Fills the stream in a closed loop with one subscriber: how long that takes, to the last delivery.
fn publish(address: SocketAddr, stream: &str, messages: u64) -> Result<Duration> {
    let mut client = stomp::connect(address, PATH)?;
    client.send(subscription(stream, "next", "receipt:ready\n").as_bytes())?;
    stomp::expect(&mut client, "RECEIPT\n")?;
    let subscriber = Subscriber { stream: client.into_stream()?, counter: counter() };
    let publisher = Publisher {
        stream: stomp::connect(address, PATH)?.into_stream()?,
        publication: stomp::send(stream, LARGE, ""),
        messages: 1,
        answers: None,
    };
    let mut load = Load::new(publisher, vec![subscriber], Spread::One, Pace::Window(QUEUE_WINDOW_MESSAGES))?;
    let started = Instant::now();
    load.carry(messages)?;
    Ok(started.elapsed())
}

/// Reads the stream from its first message: how long that takes, from asking for it.
fn replay(address: SocketAddr, stream: &str, messages: u64) -> Result<Duration> {
    let mut socket = stomp::connect(address, PATH)?.into_stream()?;
    let mut request = Vec::new();
    push_client_message(&mut request, subscription(stream, "first", "").as_bytes());
    let started = Instant::now();
    socket.write_all(&request)?;
    let (mut counter, mut received) = (counter(), 0);
    let mut buffer = vec![0; READ_OCTETS];
    while received < messages {
        interrupt::check()?;
        let count = socket.read(&mut buffer).with_context(|| format!("after {received} messages"))?;
        ensure!(count > 0, "closed by the server after {received} messages");
        received += counter.feed(&buffer[..count], &mut Vec::new())?;
    }
    ensure!(received == messages, "{received} messages came where {messages} were published");
    Ok(started.elapsed())
}

fn subscription(stream: &str, offset: &str, headers: &str) -> String {
    format!("SUBSCRIBE\nid:0\ndestination:{stream}\nack:auto\nx-stream-offset:{offset}\n{headers}\n\0")
}

fn counter() -> Counter {
    Counter::Stomp(FrameScanner::default())
}
