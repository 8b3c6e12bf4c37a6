//! What it costs a server to keep a message on disk.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{DURABLE_QUEUE, DURABLE_WINDOW_MESSAGES};
use crate::cpu;
use crate::elsewhere::Elsewhere;
use crate::load::{Load, Pace, Spread};
use crate::report::{Figures, Measurement};
use crate::system::{Route, Sending, Server, System, Traffic};

/// Times that both kinds of message take their turn. The first does not count: buffers grow and threads wake up.
const ROUNDS: usize = 6;
/// Messages of a turn, for each second of measuring. They are counted and not timed, since without a consumer all of
/// them stay in the queue, on both sides equally many.
const MESSAGES_PER_SECOND: u64 = 10_000;
/// With more, volatile messages that nobody takes would reach the limit of the memory of a vhost.
const MOST_MESSAGES: u64 = 80_000;
/// After the last turn, for what is still to do for it.
const SETTLE: Duration = Duration::from_millis(500);

/// The same messages with the same receipts, volatile and persistent.
#[derive(Debug)]
pub(crate) struct Surcharge {
    pub(crate) route: Route,
    pub(crate) subscribers: usize,
    pub(crate) seconds: u64,
}

impl Surcharge {
    /// Two servers, one for each kind, that take turns: the machine drifts, and what one server does later for its
    /// messages must not count as work for those of the other.
    pub(super) fn measure(&self, system: &dyn System) -> Result<Measurement> {
        let mut volatile = self.side(system, Sending::Receipts)?;
        let mut durable = self.side(system, Sending::Durable)?;
        let before = Elsewhere::read(&[volatile.server.process(), durable.server.process()])?;
        let messages = (self.seconds * MESSAGES_PER_SECOND).min(MOST_MESSAGES);
        for _ in 0..ROUNDS {
            volatile.take_turn(messages)?;
            durable.take_turn(messages)?;
        }
        sleep(SETTLE);
        let (volatile_micros, volatile_per_second) = volatile.finish(messages)?;
        let (durable_micros, durable_per_second) = durable.finish(messages)?;
        let elsewhere_cores =
            Elsewhere::read(&[volatile.server.process(), durable.server.process()])?.cores_since(&before);
        let figures = Figures::Surcharge { volatile_micros, durable_micros, volatile_per_second, durable_per_second };
        Ok(Measurement { figures, elsewhere_cores })
    }

    fn side(&self, system: &dyn System, sending: Sending) -> Result<Side> {
        let server = system.start(Traffic { route: self.route, sending, ..DURABLE_QUEUE })?;
        let subscribers = (0..self.subscribers).map(|_| server.subscribe()).collect::<Result<_>>()?;
        let pace = Pace::Window(DURABLE_WINDOW_MESSAGES);
        let load = Load::new(server.publisher()?, subscribers, Spread::One, pace)?;
        Ok(Side { server, load, readings: Vec::new(), walls: Vec::new() })
    }
}

/// One of the two servers.
#[derive(Debug)]
struct Side {
    server: Box<dyn Server>,
    load: Load,
    /// Processor time used until a turn began.
    readings: Vec<Duration>,
    /// How long the turns were.
    walls: Vec<Duration>,
}

impl Side {
    fn take_turn(&mut self, messages: u64) -> Result<()> {
        self.readings.push(cpu::used(self.server.process())?);
        let started = Instant::now();
        self.load.carry(messages)?;
        self.walls.push(started.elapsed());
        Ok(())
    }

    /// Microseconds for each message and messages a second, of the turn in the middle. A turn's time goes on to the
    /// beginning of the next.
    #[expect(clippy::cast_precision_loss, reason = "counts of a turn are far below 2^52")]
    fn finish(&mut self, messages: u64) -> Result<(f64, f64)> {
        self.readings.push(cpu::used(self.server.process())?);
        let turns = self.readings.windows(2).skip(1).map(|pair| pair[1].saturating_sub(pair[0])).collect();
        let walls = self.walls.split_off(1);
        Ok((median(turns)?.as_secs_f64() * 1e6 / messages as f64, messages as f64 / median(walls)?.as_secs_f64()))
    }
}

/// The one in the middle.
pub(super) fn median(mut times: Vec<Duration>) -> Result<Duration> {
    ensure!(!times.is_empty(), "no turn counts");
    times.sort();
    Ok(times[times.len() / 2])
}
