//! Reads all that there is, and takes nothing.

use super::client::Client;
use super::message::{Id, id_of};
use super::model::{STREAM, View};
use super::vhost;
use crate::engine::{Engine, Item};
use broker::{AckMode, Source, Start, StreamTerms, Terms};
use std::collections::BTreeMap;

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Observed {
    pub(super) view: View,
    /// By queue and message, which delivery the next one is.
    pub(super) counts: BTreeMap<(String, Id), u32>,
    /// Epochs of streams.
    pub(super) epochs: BTreeMap<String, u64>,
}

pub(super) async fn observe(engine: &Engine) -> Observed {
    let mut observed = Observed::default();
    let vhost = vhost(engine);
    while vhost.queues().iter().any(|row| row.delayed > 0) {
        vhost.handle_timeout(); // it is a millisecond at most
    }
    let mut client = Client::connect(engine);
    for (row, number) in vhost.queues().into_iter().zip(1..) {
        let name = row.name.to_string();
        let Some(stream) = row.stream else {
            let seen = browse(engine, &mut client, number, &name).await;
            observed.counts.extend(seen.iter().map(|(id, count)| ((name.clone(), *id), *count)));
            observed.view.queues.insert(name, seen.into_iter().map(|(id, _)| id).collect());
            continue;
        };
        let messages = read(engine, &mut client, number, &name, stream.first..stream.next).await;
        observed.view.streams.insert(name.clone(), (stream.first, messages));
        observed.epochs.insert(name.clone(), stream.epoch);
        if name == STREAM {
            observed.view.committed = stream.groups.first().map(|group| group.committed);
        }
    }
    let bindings = vhost.bindings().into_iter().filter(|row| !row.exchange.is_empty());
    observed.view.bindings = bindings.map(|row| (row.queue.to_string(), row.key.to_string())).collect();
    observed
}

/// Messages of a queue, and which delivery of each the next one is.
async fn browse(engine: &Engine, client: &mut Client, number: u32, name: &str) -> Vec<(Id, u32)> {
    let terms = Terms { browse: true, ..Terms::default() };
    client.subscribe(number, Source::Queue(name.to_owned()), AckMode::Auto, terms, None, None);
    let mut seen = Vec::new();
    loop {
        match client.next(engine).await {
            Item::Deliver { message, delivery_count, .. } => seen.push((id_of(&message), delivery_count)),
            Item::Browsed { .. } => return seen,
            other => panic!("{name} is browsed, and not {other:?}"),
        }
    }
}

/// Messages of a stream, which has these offsets.
async fn read(engine: &Engine, client: &mut Client, number: u32, name: &str, offsets: std::ops::Range<u64>) -> Vec<Id> {
    let stream = StreamTerms { start: Some(Start::First), ..StreamTerms::default() };
    client.subscribe(number, Source::Queue(name.to_owned()), AckMode::Auto, Terms::default(), Some(stream), None);
    let mut seen = Vec::new();
    for expected in offsets {
        match client.next(engine).await {
            Item::Deliver { message, stream: Some(place), .. } => {
                assert_eq!(place.offset, expected, "offsets of {name} have no gaps");
                seen.push(id_of(&message));
            }
            other => panic!("{name} is read, and not {other:?}"),
        }
    }
    seen
}
