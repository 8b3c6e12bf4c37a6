//! What the gateway does while its instructions are counted.

use anyhow::Result;

use super::lockstep::Lockstep;
use crate::stomp::{TRANSACTION_MESSAGES, disconnect};
use crate::system::{Route, Sending, Server, Traffic};
use crate::{interrupt, scenario};

/// A scenario, small enough for a server that is fifty times slower than usual.
#[derive(Debug)]
pub(super) struct Exercise {
    /// Its name in the table.
    pub(super) name: &'static str,
    /// What its figure is for one of.
    pub(super) unit: &'static str,
    /// The messages.
    pub(super) traffic: Traffic,
    /// How many to count with; and then twice as many. Full batches.
    pub(super) messages: u64,
    work: Work,
}

#[derive(Clone, Copy, Debug)]
enum Work {
    /// Messages go out in batches. The server reads 16 KiB at once, which a batch must fit into.
    Batches { size: u64, subscribers: usize },
    /// Clients come, subscribe and go, one after the other; each counts as a message.
    Visits,
}

impl Exercise {
    /// Has so many messages carried.
    pub(super) fn run(&self, server: &dyn Server, messages: u64) -> Result<()> {
        match self.work {
            Work::Batches { size, subscribers } => Lockstep::new(server, subscribers, size)?.run(messages / size),
            Work::Visits => visit(server, messages),
        }
    }
}

fn visit(server: &dyn Server, times: u64) -> Result<()> {
    for _ in 0..times {
        interrupt::check()?;
        disconnect(server.subscribe()?)?;
    }
    Ok(())
}

/// All exercises, in the order of the table.
pub(super) fn all() -> Vec<Exercise> {
    let topic = Traffic::plain(Route::Topic, scenario::SMALL);
    let queue = |sending| Traffic { route: Route::Queue, body_octets: scenario::LARGE, sending };
    let fan_out = |name, subscribers, size, messages| Exercise {
        name,
        unit: "message",
        traffic: topic,
        messages,
        work: Work::Batches { size, subscribers },
    };
    let one_consumer = |name, traffic| Exercise {
        name,
        unit: "message",
        traffic,
        messages: 2000,
        work: Work::Batches { size: TRANSACTION_MESSAGES, subscribers: 1 },
    };
    vec![
        fan_out("fan-out 64 B to 10", 10, 32, 1600),
        fan_out("fan-out 64 B to 100", 100, 16, 320),
        one_consumer("queue 1 KiB, auto", queue(Sending::Plain)),
        one_consumer("queue 1 KiB, client-individual", Traffic::plain(Route::AckedQueue, scenario::LARGE)),
        one_consumer("queue 1 KiB, auto, a receipt each", queue(Sending::Receipts)),
        one_consumer("queue 1 KiB, auto, transactions of 10", queue(Sending::Transaction)),
        one_consumer("queue 1 KiB, auto, a TTL each", queue(Sending::Expiring)),
        Exercise {
            name: "connect, subscribe, disconnect",
            unit: "visit",
            traffic: topic,
            messages: 200,
            work: Work::Visits,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stomp::publication;

    #[test]
    fn batches_are_full_and_fit_into_one_read() {
        const READ_OCTETS: usize = 16 * 1024;
        for exercise in all() {
            let Work::Batches { size, .. } = exercise.work else { continue };
            assert_eq!(exercise.messages % size, 0, "{}", exercise.name);
            let is_transaction = exercise.traffic.sending == Sending::Transaction;
            let publications = if is_transaction { size / TRANSACTION_MESSAGES } else { size };
            let octets = publication(exercise.traffic).len() * usize::try_from(publications).unwrap();
            assert!(octets <= READ_OCTETS, "{}: {octets}", exercise.name);
        }
    }
}
