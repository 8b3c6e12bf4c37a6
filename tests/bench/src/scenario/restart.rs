//! How soon a server that was killed is there again, and what it needs for what it keeps.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::{DURABLE_QUEUE, with_log};
use crate::elsewhere::Elsewhere;
use crate::fill::Fill;
use crate::report::{Figures, Measurement};
use crate::stomp::{self, PATH};
use crate::system::{Server, System};
use crate::{interrupt, memory};

/// Before memory is measured: a server may tidy up after a burst.
const SETTLE: Duration = Duration::from_secs(1);
/// Messages that are read after the start, to see that they are there and in their order.
const READ_MESSAGES: u64 = 10_000;

/// Queues are filled, the server is killed, and started again on what it left.
#[derive(Debug)]
pub(crate) struct Restart {
    pub(crate) fill: Fill,
}

impl Restart {
    pub(super) fn measure(&self, system: &dyn System) -> Result<Measurement> {
        let before = Elsewhere::read(&[])?;
        let figures = self.figures(system)?;
        let elsewhere_cores = Elsewhere::read(&[])?.cores_since(&before);
        Ok(Measurement { figures, elsewhere_cores })
    }

    fn figures(&self, system: &dyn System) -> Result<Figures> {
        let directory = tempfile::Builder::new().prefix("wharf-bench-data-").tempdir()?;
        let start = || system.start_on(directory.path(), DURABLE_QUEUE);
        let server = start()?;
        let filled_per_second =
            if self.fill.is_empty() { None } else { Some(with_log(server.as_ref(), self.fill.run(server.address()))?) };
        sleep(SETTLE);
        let filled_mb = resident_mb(server.as_ref())?;
        interrupt::check()?;

        let killed = Instant::now();
        server.process().crash()?;
        let server = start().context("the second start")?;
        stomp::connect(server.address(), PATH)?;
        let ready_seconds = killed.elapsed().as_secs_f64();

        sleep(SETTLE);
        let (restarted_mb, open_files) = (resident_mb(server.as_ref())?, memory::open_files(server.process())?);
        if !self.fill.is_empty() {
            let read = self.fill.check_first(server.address(), READ_MESSAGES);
            with_log(server.as_ref(), read.context("reading after the start"))?;
        }
        Ok(Figures::Restart { filled_per_second, filled_mb, ready_seconds, restarted_mb, open_files })
    }
}

#[expect(clippy::cast_precision_loss, reason = "KiB are far below 2^52")]
fn resident_mb(server: &dyn Server) -> Result<f64> {
    Ok(memory::resident_kib(server.process())? as f64 * 1024.0 / 1e6)
}
