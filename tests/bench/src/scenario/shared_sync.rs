//! Whether those who wait for the disk at one time share a sync.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::disk;
use crate::load::Lanes;
use crate::report::Figures;
use crate::system::{Publisher, Server};

/// Times that one publisher and all of them take their turn: the machine drifts, and the disk more.
const ROUNDS: u64 = 3;
/// A turn is not longer, so that the queue, which nobody reads, stays small.
const LONGEST_TURN: u64 = 3;

/// Publishers of persistent messages to one queue, each of which waits for the receipt of its last.
#[derive(Debug)]
pub(crate) struct SharedSync {
    pub(crate) publishers: usize,
    pub(crate) seconds: u64,
}

impl SharedSync {
    pub(super) fn measure(&self, server: &dyn Server) -> Result<Figures> {
        let connect = |count: usize| (0..count).map(|_| server.publisher()).collect::<Result<Vec<Publisher>>>();
        let mut alone = Side::new(Lanes::new(connect(1)?)?);
        let mut together = Side::new(Lanes::new(connect(self.publishers)?)?);
        let time = Duration::from_secs(self.seconds.div_ceil(ROUNDS).min(LONGEST_TURN));
        // Buffers grow and threads wake up.
        together.lanes.run_until(Instant::now() + Duration::from_secs(1))?;
        for _ in 0..ROUNDS {
            alone.take_turn(server, time)?;
            together.take_turn(server, time)?;
        }
        Ok(Figures::SharedSync {
            alone_per_second: alone.per_second(),
            together_per_second: together.per_second(),
            per_sync: together.per_sync(),
        })
    }
}

/// Publishers, and what came of them.
#[derive(Debug)]
struct Side {
    lanes: Lanes,
    answered: u64,
    time: Duration,
    /// Syncs meanwhile, if they can be known.
    syncs: Option<u64>,
}

impl Side {
    fn new(lanes: Lanes) -> Self {
        Self { lanes, answered: 0, time: Duration::ZERO, syncs: Some(0) }
    }

    fn take_turn(&mut self, server: &dyn Server, time: Duration) -> Result<()> {
        let flushes = || disk::flushes(server.process().directory());
        let (answered, before, started) = (self.lanes.answered(), flushes(), Instant::now());
        self.lanes.run_until(started + time)?;
        self.time += started.elapsed();
        self.answered += self.lanes.answered() - answered;
        self.syncs = self.syncs.zip(before.zip(flushes())).map(|(sum, (before, after))| sum + after - before);
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a minute are far below 2^52")]
    fn per_second(&self) -> f64 {
        self.answered as f64 / self.time.as_secs_f64()
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a minute are far below 2^52")]
    fn per_sync(&self) -> Option<f64> {
        self.syncs.filter(|syncs| *syncs > 0).map(|syncs| self.answered as f64 / syncs as f64)
    }
}
