//! Reads messages that are not in memory, in threads of their own: no vhost waits for a file.

use super::files::Reading;
use super::journal::{Journal, VhostNumber};
use super::vhost::EmbeddedVhost;
use crate::engine::store_error::StoreError;
use broker::{Command, Kept, Loaded, LogPart, Stored, Time, stored};
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use store::{LogId, Part, Position};

/// Threads that read: a disk answers several at a time, and one that waits for a cold file does not hold up all others.
const THREADS: usize = 2;

/// After this a thread that has nothing to read looks which of its files it still needs.
const REST: Duration = Duration::from_secs(1);

/// What to read, and where it is.
#[derive(Debug)]
pub(in crate::engine) enum Located {
    /// Messages in records that begin there.
    Records(Vec<(Kept, Position)>),
    /// Messages of a stream, in a part of its log.
    Log { stream: u64, part: LogPart, from: u64, since: Time, octets: usize },
}

/// A wish of a vhost.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) vhost: Weak<EmbeddedVhost>,
    pub(super) number: VhostNumber,
    pub(super) serial: u64,
    pub(super) located: Located,
}

/// The threads that read. They end when this is dropped.
#[derive(Debug)]
pub(in crate::engine) struct Readers {
    requests: Sender<Request>,
}

impl Readers {
    /// Starts them. `journal` is not kept alive by them.
    pub(in crate::engine) fn start(journal: &Arc<Journal>) -> Result<Self, StoreError> {
        let (requests, wanted) = channel();
        let wanted = Arc::new(Mutex::new(wanted));
        for number in 0..THREADS {
            let (wanted, reading, told) = (Arc::clone(&wanted), journal.reading(), Arc::downgrade(journal));
            let thread = std::thread::Builder::new().name(format!("reader-{number}"));
            thread.spawn(move || run(&wanted, reading, &told)).map_err(StoreError::Directory)?;
        }
        Ok(Readers { requests })
    }

    pub(super) fn send(&self, request: Request) {
        let _ = self.requests.send(request); // without threads the server ends
    }
}

fn run(wanted: &Mutex<Receiver<Request>>, mut reading: Box<dyn Reading>, journal: &Weak<Journal>) {
    loop {
        let next = wanted.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(REST);
        let Request { vhost, number, serial, located } = match next {
            Ok(request) => request,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                // Files that were given back meanwhile are closed, or their room would stay taken.
                let _ = reading.records(&[], &mut |_, _| {});
                continue;
            }
        };
        let Some(vhost) = vhost.upgrade() else { continue };
        match load(&mut *reading, number, &located) {
            Ok(messages) => vhost.submit([Command::Loaded { serial, messages }]),
            Err(error) => journal.upgrade().into_iter().for_each(|journal| journal.fail(&error)),
        }
    }
}

/// Reads messages, in the order in which they are asked for. What was reclaimed or trimmed meanwhile is left out.
pub(super) fn load(
    reading: &mut dyn Reading,
    vhost: VhostNumber,
    located: &Located,
) -> Result<Vec<Loaded>, StoreError> {
    match located {
        Located::Records(wanted) => load_records(reading, wanted),
        Located::Log { stream, part, from, since, octets } => {
            load_log(reading, LogId { group: vhost, log: *stream }, part, *from, *since, *octets)
        }
    }
}

fn load_records(reading: &mut dyn Reading, wanted: &[(Kept, Position)]) -> Result<Vec<Loaded>, StoreError> {
    let mut loaded: Vec<Option<Loaded>> = Vec::new();
    loaded.resize_with(wanted.len(), || None);
    each_record(reading, wanted, &mut |index, message, (queue, number)| {
        let message_here = Arc::new(message.message());
        if let Some(place) = loaded.get_mut(index) {
            *place = Some(Loaded { queue, number, at: message.at(), message: message_here });
        }
        Ok(())
    })?;
    Ok(loaded.into_iter().flatten().collect())
}

/// Is handed a message with the index of the wish, its queue and its number.
pub(super) type Found<'a> = dyn FnMut(usize, &Stored<'_>, (u64, u64)) -> Result<(), StoreError> + 'a;

/// Hands over the messages that are wanted, as they stand in their records: with the index of each, its queue and its number.
pub(super) fn each_record(
    reading: &mut dyn Reading,
    wanted: &[(Kept, Position)],
    found: &mut Found<'_>,
) -> Result<(), StoreError> {
    // Messages of one transaction are in one record, which is read once for all that follow each other.
    let mut groups: Vec<(Position, usize, usize)> = Vec::new();
    for (index, (_, position)) in wanted.iter().enumerate() {
        match groups.last_mut().filter(|(last, ..)| last == position) {
            Some((_, _, end)) => *end = index + 1,
            None => groups.push((*position, index, index + 1)),
        }
    }
    let positions: Vec<Position> = groups.iter().map(|(position, ..)| *position).collect();
    let mut outcome = Ok(());
    reading.records(&positions, &mut |group, octets| {
        let Some((_, start, end)) = groups.get(group).filter(|_| outcome.is_ok()) else { return };
        let of_group = wanted.get(*start..*end).unwrap_or_default();
        outcome = pick(octets, *start, of_group, found);
    })?;
    outcome
}

/// Picks the wanted messages out of a record, which begins with the number of its vhost.
fn pick(octets: &[u8], start: usize, wanted: &[(Kept, Position)], found: &mut Found<'_>) -> Result<(), StoreError> {
    let record = octets.get(size_of::<VhostNumber>()..).ok_or(StoreError::Foreign)?;
    for message in stored(record) {
        let message = message?;
        for place in message.places() {
            let index = wanted.iter().position(|(kept, _)| (kept.queue, kept.number) == place);
            if let Some(index) = index {
                found(start + index, &message, place)?;
            }
        }
    }
    Ok(())
}

fn load_log(
    reading: &mut dyn Reading,
    id: LogId,
    part: &LogPart,
    from: u64,
    since: Time,
    octets: usize,
) -> Result<Vec<Loaded>, StoreError> {
    let part = to_part(part);
    let from = match since {
        Time(0) => from,
        since => from.max(reading.seek(id, &part, since.0)?),
    };
    let (mut loaded, mut outcome) = (Vec::new(), Ok(()));
    reading.log(id, &part, from, octets, &mut |record| match stored(record.octets).next() {
        Some(Ok(message)) => {
            let (number, at) = (record.number, Time(record.time));
            loaded.push(Loaded { queue: id.log, number, at, message: Arc::new(message.message()) });
            ControlFlow::Continue(())
        }
        other => {
            outcome = other.map_or(Err(StoreError::Foreign), |it| it.map(|_| ()).map_err(StoreError::from));
            ControlFlow::Break(())
        }
    })?;
    outcome.map(|()| loaded)
}

/// A part of a log, as the store has it.
pub(super) fn to_part(part: &LogPart) -> Part {
    let LogPart { first, end, octets, first_time, last_time } = *part;
    Part { first, end, octets, first_time: first_time.0, last_time: last_time.0 }
}

/// A part of a log, as the broker has it.
pub(super) fn from_part(part: &Part) -> LogPart {
    let Part { first, end, octets, first_time, last_time } = *part;
    LogPart { first, end, octets, first_time: Time(first_time), last_time: Time(last_time) }
}
