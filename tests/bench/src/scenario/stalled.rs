//! What a subscriber that never reads costs the others.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::Deliveries;
use crate::load::Load;
use crate::report::Figures;
use crate::system::Server;

/// From its subscription until the others are measured: its socket and its backlog fill up, and the publisher is paused
/// for it once. Measured after that, since one pause says nothing of a rate.
const FIRST_STALL: Duration = Duration::from_secs(4);
/// From its end until the others are measured without it.
const RECOVERY: Duration = Duration::from_secs(1);
/// Times that it comes and goes. The machine drifts: what is compared must alternate.
const ROUNDS: u64 = 3;
/// How long an answer to the question whether it is still connected may take.
const SILENCE: Duration = Duration::from_secs(1);

/// A load, and one subscriber more that reads nothing.
#[derive(Debug)]
pub(crate) struct Stalled {
    pub(crate) others: Deliveries,
}

impl Stalled {
    pub(super) fn measure(&self, server: &dyn Server) -> Result<Figures> {
        let mut load = self.others.warm_up(server)?;
        let (mut alone, mut beside) = (Rate::default(), Rate::default());
        let mut pause = Duration::ZERO;
        let time = Duration::from_secs(self.others.seconds.div_ceil(ROUNDS));
        for _ in 0..ROUNDS {
            alone.measure(&mut load, time)?;
            let reader = server.subscribe()?;
            load.take_longest_pause();
            load.run_until(Instant::now() + FIRST_STALL)?;
            beside.measure(&mut load, time)?;
            pause = pause.max(load.take_longest_pause());
            ensure!(is_connected(reader.stream)?, "the server cut off the reader that never reads");
            load.run_until(Instant::now() + RECOVERY)?;
        }
        alone.measure(&mut load, time)?;
        Ok(Figures::Stalled {
            alone_per_second: alone.per_second(),
            beside_per_second: beside.per_second(),
            pause_millis: pause.as_secs_f64() * 1e3,
        })
    }
}

/// Deliveries over some stretches of time. All of it counts, as a median would hide stalls that come again.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    delivered: u64,
    time: Duration,
}

impl Rate {
    fn measure(&mut self, load: &mut Load, time: Duration) -> Result<()> {
        let (delivered, started) = (load.delivered(), Instant::now());
        load.run_until(started + time)?;
        self.delivered += load.delivered() - delivered;
        self.time += started.elapsed();
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a minute are far below 2^52")]
    fn per_second(self) -> f64 {
        self.delivered as f64 / self.time.as_secs_f64()
    }
}

/// Reads what waits in the socket: behind it there is silence (nobody publishes meanwhile), or the connection's end.
fn is_connected(mut stream: TcpStream) -> Result<bool> {
    stream.set_read_timeout(Some(SILENCE))?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(false),
            Ok(_) => {}
            Err(error) => return Ok(error.kind() == std::io::ErrorKind::WouldBlock),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn tells_silence_from_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connect = || {
            let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            (ours, listener.accept().unwrap().0)
        };
        let (ours, theirs) = connect();
        assert!(is_connected(ours).unwrap());
        drop(theirs);
        let (ours, theirs) = connect();
        drop(theirs);
        assert!(!is_connected(ours).unwrap());
    }
}
