//! The scenarios of a server that keeps messages on disk.

use super::{Events, Kind, Replay, Restart, Scenario, SharedSync, Surcharge, Webhook};
use crate::fill::Fill;
use crate::report::Goal;
use crate::system::Route;

/// Publishers that wait at one time.
const PUBLISHERS: usize = 8;

/// All of them, in the order of the tables.
pub(super) fn all(seconds: u64) -> Vec<Scenario> {
    vec![
        surcharge("a durable queue 1 KiB, no consumer", Route::Queue, 0, seconds),
        // Acknowledged: what is settled as soon as it is sent need not be kept. The acknowledgement is kept as well, so this is more than
        // a publish, and has no goal of its own.
        Scenario {
            goal: Goal::None,
            ..surcharge("a durable queue 1 KiB, 1 consumer, client-individual", Route::AckedQueue, 1, seconds)
        },
        Scenario {
            name: format!("one sync for {PUBLISHERS} publishers, one receipt each"),
            goal: Goal::TimesAlone(5.0),
            kind: Kind::SharedSync(SharedSync { publishers: PUBLISHERS, seconds }),
        },
        // What the disk costs is in it, which the bare handler has none of: it has no goal of its own.
        Scenario {
            goal: Goal::None,
            ..events("an event of 1 KiB over HTTP to a durable queue, 32 connections", "/events/queue/bench", seconds)
        },
        events("an event of 1 KiB over HTTP to a topic, 32 connections", "/events/topic/bench", seconds),
        Scenario {
            name: "an event of 1 KiB by webhook, 8 at a time".to_owned(),
            goal: Goal::PerSecondOrOfBare(5_000.0, 0.8),
            kind: Kind::Webhook(Webhook { at_a_time: 8, seconds }),
        },
        restart("nothing kept", 0, 0, Goal::Restart { ready_seconds: 1.0, resident_mb: None, open_files: None }),
        restart(
            "1,000,000 messages in a queue",
            1,
            1_000_000,
            Goal::Restart { ready_seconds: 5.0, resident_mb: None, open_files: None },
        ),
        restart(
            "2,000,000 messages in a queue",
            1,
            2_000_000,
            Goal::Restart { ready_seconds: 5.0, resident_mb: Some(300.0), open_files: None },
        ),
        restart(
            "10 messages in each of 10,000 queues",
            10_000,
            10,
            Goal::Restart { ready_seconds: 5.0, resident_mb: Some(400.0), open_files: Some(1000) },
        ),
        Scenario {
            name: "a stream 1 KiB, replayed beside live".to_owned(),
            goal: Goal::RateKept(0.7),
            kind: Kind::Replay(Replay { seconds }),
        },
        Scenario {
            name: "the store alone, records of 1 KiB in page cache".to_owned(),
            goal: Goal::PerSecond(1e6),
            kind: Kind::StoreReplay,
        },
    ]
}

fn surcharge(name: &str, route: Route, subscribers: usize, seconds: u64) -> Scenario {
    Scenario {
        name: name.to_owned(),
        goal: Goal::MicrosMore(3.0),
        kind: Kind::Surcharge(Surcharge { route, subscribers, seconds }),
    }
}

fn events(name: &str, path: &'static str, seconds: u64) -> Scenario {
    Scenario {
        name: name.to_owned(),
        goal: Goal::TimesBare(1.5),
        kind: Kind::Events(Events { path, connections: 32, seconds }),
    }
}

fn restart(what: &str, queues: u64, depth: u64, goal: Goal) -> Scenario {
    Scenario {
        name: format!("start after a kill, {what}"),
        goal,
        kind: Kind::Restart(Restart { fill: Fill { queues, depth } }),
    }
}
