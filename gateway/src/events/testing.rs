//! An engine in memory, and events that are published there.

use crate::auth::{Access, Peer};
use crate::engine::{
    ConnectionInfo, DEFAULT_VHOST, Engine, EngineLimits, Handle, Keeping, Transport, milliseconds_since_1970,
};
use crate::translate::{Target, Wishes};
use std::net::SocketAddr;
use wire::cloudevents::Event;

pub(super) fn engine() -> Engine {
    let keeping = Keeping { directory: None, repair: false, segment: 1024 * 1024, window: 1024 * 1024 };
    Engine::open(EngineLimits::default(), &keeping).unwrap()
}

pub(super) fn connect(engine: &Engine) -> Handle {
    let address = SocketAddr::from(([127, 0, 0, 1], 1));
    let transport = Transport::Http;
    let info =
        ConnectionInfo::new(Peer::direct(address), address, transport, "test".into(), "/".into(), "guest".into());
    engine.connect(info, Access::own()).unwrap()
}

/// Publishes so many events of this type, whose ids count from 0.
pub(super) async fn publish(engine: &Engine, destination: &str, of_type: &str, count: usize) {
    let target = Target::parse(destination, true).unwrap();
    let wishes = Wishes { is_persistent: false, deduplicates: false, now: milliseconds_since_1970() };
    let event = |number: usize| Event::new(&number.to_string(), "/test", of_type).unwrap();
    let publishes: Vec<_> = (0..count).map(|number| target.publication(&event(number), &wishes)).collect();
    engine.vhost(DEFAULT_VHOST).unwrap().publish(&publishes).await.unwrap();
}
