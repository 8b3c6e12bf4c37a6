//! What is measured. Every scenario runs on a server started for it.

mod deliveries;
mod events;
mod idle;
mod keeping;
mod replay;
mod restart;
mod shared_sync;
mod stalled;
mod surcharge;
mod webhook;

use anyhow::Result;

use crate::elsewhere::Elsewhere;
use crate::load::Pace;
use crate::report::{Figures, Goal, Measurement};
use crate::stomp::TRANSACTION_MESSAGES;
use crate::store_replay;
use crate::system::{Floor, Route, Sending, Server, System, Traffic, Wharf};

pub(crate) use deliveries::Deliveries;
pub(crate) use events::Events;
pub(crate) use idle::Idle;
pub(crate) use replay::Replay;
pub(crate) use restart::Restart;
pub(crate) use shared_sync::SharedSync;
pub(crate) use stalled::Stalled;
pub(crate) use surcharge::Surcharge;
pub(crate) use webhook::Webhook;

/// A named measurement.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// Its name in the table.
    pub(crate) name: String,
    /// What Wharf wants to reach in it.
    pub(crate) goal: Goal,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Deliveries(Deliveries),
    Stalled(Stalled),
    Idle(Idle),
    Surcharge(Surcharge),
    SharedSync(SharedSync),
    Events(Events),
    Webhook(Webhook),
    Restart(Restart),
    Replay(Replay),
    StoreReplay,
}

impl Scenario {
    /// Whether the system can be measured in it.
    pub(crate) fn suits(&self, system: &dyn System) -> bool {
        let is_comparable = match self.kind {
            // Others cut such a reader off, or keep everything for it.
            Kind::Stalled(_) => matches!(system.name(), Wharf::NAME | Floor::NAME),
            Kind::Events(_) | Kind::Webhook(_) | Kind::Restart(_) | Kind::Replay(_) | Kind::StoreReplay => {
                system.name() == Wharf::NAME
            }
            _ => true,
        };
        is_comparable && system.offers(self.traffic())
    }

    /// Measures one system.
    pub(crate) fn measure(&self, system: &dyn System) -> Result<Measurement> {
        match &self.kind {
            Kind::Surcharge(surcharge) => surcharge.measure(system),
            Kind::Restart(restart) => restart.measure(system),
            Kind::Events(events) => events.measure(system, self.traffic()),
            Kind::Webhook(webhook) => webhook.measure(system, self.traffic()),
            Kind::StoreReplay => store_alone(),
            Kind::Deliveries(deliveries) => self.on_one(system, |server| deliveries.measure(server)),
            Kind::Stalled(stalled) => self.on_one(system, |server| stalled.measure(server)),
            Kind::Idle(idle) => self.on_one(system, |server| idle.measure(server)),
            Kind::SharedSync(shared) => self.on_one(system, |server| shared.measure(server)),
            Kind::Replay(replay) => self.on_one(system, |server| replay.measure(server)),
        }
    }

    /// Measures what needs one server, started once.
    fn on_one(&self, system: &dyn System, measure: impl FnOnce(&dyn Server) -> Result<Figures>) -> Result<Measurement> {
        let server = system.start(self.traffic())?;
        let before = Elsewhere::read(&[server.process()])?;
        let figures = with_log(server.as_ref(), measure(server.as_ref()))?;
        let elsewhere_cores = Elsewhere::read(&[server.process()])?.cores_since(&before);
        Ok(Measurement { figures, elsewhere_cores })
    }

    fn traffic(&self) -> Traffic {
        match &self.kind {
            Kind::Deliveries(deliveries) => deliveries.traffic,
            Kind::Stalled(stalled) => stalled.others.traffic,
            Kind::Idle(_) => Traffic::plain(Route::Topic, SMALL),
            Kind::Surcharge(_)
            | Kind::SharedSync(_)
            | Kind::Events(_)
            | Kind::Webhook(_)
            | Kind::Restart(_)
            | Kind::Replay(_)
            | Kind::StoreReplay => DURABLE_QUEUE,
        }
    }
}

/// Measures what needs no server.
fn store_alone() -> Result<Measurement> {
    let before = Elsewhere::read(&[])?;
    let figures = Figures::StoreReplay { per_second: store_replay::measure()? };
    Ok(Measurement { figures, elsewhere_cores: Elsewhere::read(&[])?.cores_since(&before) })
}

/// Adds the end of the server's log to an error.
fn with_log<T>(server: &dyn Server, result: Result<T>) -> Result<T> {
    result.map_err(|error| match server.process().log_tail() {
        log if log.is_empty() => error,
        log => error.context(format!("the server's log ends with: {log}")),
    })
}

/// Octets of the bodies.
pub(crate) const SMALL: usize = 64;
pub(crate) const LARGE: usize = 1024;

/// Messages under way to each subscriber of a topic, and deliveries in all. The figures depend on these: the more is
/// under way, the more goes into each write, for every system. Small on purpose, since with thousands under way the
/// table would compare how fast memory is copied. The values are those at which NATS 2.15 comes close to the figures
/// that the goals were set beside (0.56, 0.74 and 2.7 us for 64 octets to 10, 100 and 1000).
const TOPIC_WINDOW_MESSAGES: u64 = 32;
const TOPIC_WINDOW_DELIVERIES: u64 = 3000;
/// Messages of a queue under way, chosen in the same way (NATS 1.7 us).
const QUEUE_WINDOW_MESSAGES: u64 = 64;
/// Persistent messages.
const DURABLE_QUEUE: Traffic = Traffic { route: Route::Queue, body_octets: LARGE, sending: Sending::Durable };
/// Persistent messages under way that are to be confirmed: more than that are confirmed by one sync.
const DURABLE_WINDOW_MESSAGES: u64 = 100;
/// Publishes a second that make 4,000 deliveries to 100 subscribers.
const FIXED_RATE: u32 = 40;

/// All scenarios, in the order of the table.
pub(crate) fn all(seconds: u64, connections: usize) -> Vec<Scenario> {
    let mut all = vec![
        fan_out("64 B", SMALL, 1, Goal::None, seconds),
        fan_out("64 B", SMALL, 10, Goal::Micros(0.5), seconds),
        fan_out("64 B", SMALL, 100, Goal::Micros(0.6), seconds),
        fan_out("64 B", SMALL, 1000, Goal::Micros(2.0), seconds),
        fan_out("1 KiB", LARGE, 100, Goal::Micros(1.3), seconds),
        fixed_rate(seconds),
        queue("auto", Route::Queue, 1, Goal::Micros(3.0), seconds),
        queue("auto", Route::Queue, 4, Goal::None, seconds),
        queue("client-individual", Route::AckedQueue, 1, Goal::Micros(8.0), seconds),
        queue("client-individual", Route::AckedQueue, 4, Goal::None, seconds),
        sending("auto, a receipt each", Route::Queue, Sending::Receipts, Goal::None, seconds),
        sending(
            &format!("auto, transactions of {TRANSACTION_MESSAGES}"),
            Route::Queue,
            Sending::Transaction,
            Goal::None,
            seconds,
        ),
        sending("auto, a TTL each", Route::Queue, Sending::Expiring, Goal::None, seconds),
        sending("client-individual, a receipt each", Route::AckedQueue, Sending::Receipts, Goal::None, seconds),
        sending("client-individual, durable", Route::AckedQueue, Sending::Durable, Goal::Micros(15.0), seconds),
    ];
    all.extend(keeping::all(seconds));
    all.extend([
        Scenario {
            name: "a reader that never reads, beside fan-out 1 KiB to 10".to_owned(),
            goal: Goal::RateKept(0.95),
            kind: Kind::Stalled(Stalled { others: topic(LARGE, 10, seconds) }),
        },
        Scenario {
            name: format!("idle, {connections} connections"),
            goal: Goal::Connection { resident_kib: 10.0, connect_micros: 150.0 },
            kind: Kind::Idle(Idle { connections }),
        },
    ]);
    all
}

fn fan_out(size: &str, body_octets: usize, subscribers: usize, goal: Goal, seconds: u64) -> Scenario {
    Scenario {
        name: format!("fan-out {size} to {subscribers}"),
        goal,
        kind: Kind::Deliveries(topic(body_octets, subscribers, seconds)),
    }
}

fn topic(body_octets: usize, subscribers: usize, seconds: u64) -> Deliveries {
    let window = (TOPIC_WINDOW_DELIVERIES / subscribers as u64).min(TOPIC_WINDOW_MESSAGES);
    Deliveries { traffic: Traffic::plain(Route::Topic, body_octets), subscribers, pace: Pace::Window(window), seconds }
}

fn fixed_rate(seconds: u64) -> Scenario {
    Scenario {
        name: "4000/s 64 B to 100".to_owned(),
        goal: Goal::TimesFloor(1.5),
        kind: Kind::Deliveries(Deliveries {
            traffic: Traffic::plain(Route::Topic, SMALL),
            subscribers: 100,
            pace: Pace::Rate(FIXED_RATE),
            seconds,
        }),
    }
}

fn queue(acks: &str, route: Route, subscribers: usize, goal: Goal, seconds: u64) -> Scenario {
    let plural = if subscribers == 1 { "" } else { "s" };
    Scenario {
        name: format!("queue 1 KiB, {subscribers} consumer{plural}, {acks}"),
        goal,
        kind: Kind::Deliveries(Deliveries {
            traffic: Traffic::plain(route, LARGE),
            subscribers,
            pace: Pace::Window(QUEUE_WINDOW_MESSAGES),
            seconds,
        }),
    }
}

/// The queue with one consumer again, published to in another way.
fn sending(how: &str, route: Route, sending: Sending, goal: Goal, seconds: u64) -> Scenario {
    let window = if sending == Sending::Durable { DURABLE_WINDOW_MESSAGES } else { QUEUE_WINDOW_MESSAGES };
    Scenario {
        name: format!("queue 1 KiB, 1 consumer, {how}"),
        goal,
        kind: Kind::Deliveries(Deliveries {
            traffic: Traffic { route, body_octets: LARGE, sending },
            subscribers: 1,
            pace: Pace::Window(window),
            seconds,
        }),
    }
}
