//! What it costs to publish an event over HTTP, beside a bare handler that only parses it.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::surcharge::median;
use crate::counter::Counter;
use crate::cpu;
use crate::elsewhere::Elsewhere;
use crate::http::{self, BareHandler};
use crate::load::Lanes;
use crate::process::Process;
use crate::report::{Figures, Measurement};
use crate::system::{Publisher, System, Traffic};

/// Times that both take their turn. The first does not count: buffers grow and threads wake up.
const ROUNDS: u64 = 6;

/// Connections that publish structured events, each of which waits for the answer to its last.
#[derive(Debug)]
pub(crate) struct Events {
    pub(crate) path: &'static str,
    pub(crate) connections: usize,
    pub(crate) seconds: u64,
}

impl Events {
    /// Two servers that take turns: the machine drifts.
    pub(super) fn measure(&self, system: &dyn System, traffic: Traffic) -> Result<Measurement> {
        let server = system.start(traffic)?;
        let bare = BareHandler::start()?;
        let mut publishing = self.side(server.process(), server.address())?;
        let mut parsing = self.side(bare.process(), bare.address())?;
        let before = Elsewhere::read(&[server.process(), bare.process()])?;
        let time = Duration::from_secs(self.seconds) / u32::try_from(ROUNDS)?;
        for _ in 0..ROUNDS {
            parsing.take_turn(time)?;
            publishing.take_turn(time)?;
        }
        let elsewhere_cores = Elsewhere::read(&[server.process(), bare.process()])?.cores_since(&before);
        let (bare_micros, bare_per_second) = parsing.finish()?;
        let (event_micros, events_per_second) = publishing.finish()?;
        let figures = Figures::Events { bare_micros, event_micros, bare_per_second, events_per_second };
        Ok(Measurement { figures, elsewhere_cores })
    }

    fn side<'a>(&self, process: &'a Process, address: SocketAddr) -> Result<Side<'a>> {
        let publication = http::event(self.path, address);
        let connect = || -> Result<Publisher> {
            let stream = TcpStream::connect(address).context("connect")?;
            stream.set_nodelay(true)?;
            let answers = Some(Counter::Accepted(http::Answers::default()));
            Ok(Publisher { stream, publication: publication.clone(), messages: 1, answers })
        };
        let lanes = Lanes::new((0..self.connections).map(|_| connect()).collect::<Result<_>>()?)?;
        Ok(Side { process, lanes, turns: Vec::new() })
    }
}

/// One of the two servers.
#[derive(Debug)]
struct Side<'a> {
    process: &'a Process,
    lanes: Lanes,
    /// Of each turn the processor time and the wall time for one event.
    turns: Vec<(Duration, Duration)>,
}

impl Side<'_> {
    fn take_turn(&mut self, time: Duration) -> Result<()> {
        let (answered, used, started) = (self.lanes.answered(), cpu::used(self.process)?, Instant::now());
        self.lanes.run_until(started + time)?;
        let events = u32::try_from(self.lanes.answered() - answered)?.max(1);
        self.turns.push(((cpu::used(self.process)? - used) / events, started.elapsed() / events));
        Ok(())
    }

    /// Microseconds for each event and events a second, of the turn in the middle.
    fn finish(self) -> Result<(f64, f64)> {
        let (used, walls): (Vec<_>, Vec<_>) = self.turns.into_iter().skip(1).unzip();
        Ok((median(used)?.as_secs_f64() * 1e6, 1.0 / median(walls)?.as_secs_f64()))
    }
}
