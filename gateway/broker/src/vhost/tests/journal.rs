//! A journal as tests have it: definitions, records since some place, logs of streams; and what reads them.

use super::*;
use crate::effect::{Kept, Load, Wanted};
use crate::record::{Recovery, stored};
use crate::{Loaded, LogPart, Stored};
use std::collections::BTreeMap;

/// Octets that a journal needs for each record beside it.
const HEAD: u64 = 20;

/// A message in a log: offset, time, octets.
type Logged = (u64, Time, Vec<u8>);

/// What was kept.
#[derive(Debug, Default, Clone)]
pub(super) struct Journal {
    definitions: Vec<u8>,
    /// Where the next record begins.
    next: u64,
    /// By place.
    pub(super) records: BTreeMap<u64, Vec<u8>>,
    /// Parts of streams, each with its messages: offset, time, octets.
    pub(super) logs: BTreeMap<(u64, u64), Vec<Logged>>,
}

impl Journal {
    /// Takes the record of what was done.
    pub(super) fn take(&mut self, vhost: &mut Vhost) {
        if !vhost.record().is_empty() {
            let (place, record) = (vhost.record_place(), vhost.record().to_vec());
            self.next = place + HEAD + record.len() as u64;
            vhost.handle_recorded(self.next);
            self.records.insert(place, record);
        }
    }

    fn message<'a>(&'a self, kept: &Kept) -> Option<Stored<'a>> {
        let record = self.records.get(&kept.place)?;
        let mut messages = stored(record).map(Result::unwrap);
        messages.find(|stored| stored.places().any(|place| place == (kept.queue, kept.number)))
    }

    /// Reads a message that is away.
    pub(super) fn read(&self, queue: u64, number: u64, place: u64) -> Message {
        self.message(&Kept { queue, number, place }).expect("what is away is in its record").message()
    }

    pub(super) fn load(&self, wanted: &Wanted) -> Vec<Loaded> {
        match wanted {
            Wanted::Records(list) => {
                let found = list.iter().filter_map(|kept| Some((kept, self.message(kept)?)));
                let loaded = found.map(|(kept, stored)| Loaded {
                    queue: kept.queue,
                    number: kept.number,
                    at: stored.at(),
                    message: Arc::new(stored.message()),
                });
                loaded.collect()
            }
            Wanted::Log { stream, part, from, since, .. } => {
                let log = self.logs.get(&(*stream, part.first)).into_iter().flatten();
                let there = log.filter(|(offset, at, _)| offset >= from && offset < &part.end && at >= since);
                let loaded = there.take(3).map(|(offset, at, octets)| Loaded {
                    queue: *stream,
                    number: *offset,
                    at: *at,
                    message: Arc::new(stored(octets).next().unwrap().unwrap().message()),
                });
                loaded.collect()
            }
        }
    }

    /// Carries forward what is needed of all records so far, moves what streams have in them to logs if it is `large`, and forgets
    /// them.
    pub(super) fn reclaim(&mut self, vhost: &mut Vhost, now: Time, large: bool) {
        let before = vhost.record_place();
        if large {
            self.move_streams(vhost, before);
        }
        let octets = vhost.needed_octets(before, u64::MAX);
        let mut needed = vhost.needed(before, 400);
        assert_eq!(octets == 0, needed.is_empty(), "what is to be written again is known before");
        while !needed.is_empty() {
            let messages: Vec<_> = needed.iter().map(|kept| (*kept, self.message(kept).expect("it is kept"))).collect();
            vhost.carry(&messages, now);
            drop(messages);
            self.take(vhost);
            needed = vhost.needed(before, 400);
        }
        assert_eq!(vhost.needed_octets(before, u64::MAX), 0);
        self.definitions = vhost.definitions();
        self.records.retain(|place, _| *place >= before);
    }

    fn move_streams(&mut self, vhost: &mut Vhost, before: u64) {
        for movable in vhost.movable_of(before, 0) {
            let mut parts = Vec::new();
            for part in movable.messages.chunks(4) {
                let octets = |kept: &Kept| self.message(kept).expect("it is kept").octets().to_vec();
                let log: Vec<_> = part.iter().map(|it| (it.kept.number, it.at, octets(&it.kept))).collect();
                let (first, last) = (log.first().unwrap(), log.last().unwrap());
                parts.push(LogPart {
                    first: first.0,
                    end: last.0 + 1,
                    octets: log.iter().map(|(_, _, octets)| octets.len() as u64).sum(),
                    first_time: first.1,
                    last_time: last.1,
                });
                self.logs.insert((movable.stream, first.0), log);
            }
            assert!(vhost.handle_moved(movable.stream, &parts));
        }
    }

    pub(super) fn recover(&self, limits: Limits, now: Time) -> Vhost {
        let mut recovery = Recovery::default();
        recovery.replay_definitions(&self.definitions).unwrap();
        for (place, record) in &self.records {
            recovery.replay(record, *place).unwrap();
        }
        for (stream, parts) in recovery.logs() {
            assert!(parts.iter().all(|part| self.logs.contains_key(&(stream, part.first))), "no part is lost");
        }
        Vhost::recover(limits, 1, recovery, self.next.max(1), now, &mut Effects::default()).unwrap()
    }
}

impl Fixture {
    /// A vhost whose records are kept, and read again when it asks.
    pub(super) fn keeping(limits: Limits) -> Self {
        let mut fixture = Fixture::with(limits);
        fixture.vhost = Journal::default().recover(limits, fixture.now);
        fixture.is_kept = true;
        fixture.handle(Command::Connect { connection: ALICE });
        fixture.handle(Command::Connect { connection: BOB });
        fixture
    }

    /// Takes the record of the last command, and reads what it asks for, until it asks for nothing.
    pub(super) fn settle_journal(&mut self) {
        if !self.is_kept {
            return;
        }
        for _ in 0..10_000 {
            self.journal.take(&mut self.vhost);
            if self.vhost.has_unseen() {
                self.vhost.handle_durable(self.journal.next, self.now, &mut self.effects);
                continue;
            }
            let index = self.effects.list.iter().position(|effect| matches!(effect, Effect::Load(_)));
            let Some(index) = index else { return };
            let Effect::Load(Load { serial, wanted }) = self.effects.list.remove(index) else { unreachable!() };
            let messages = self.journal.load(&wanted);
            self.vhost.handle(Command::Loaded { serial, messages }, self.now, &mut self.effects);
        }
        panic!("it asks for ever");
    }

    /// The server ends, and starts again.
    pub(super) fn restart(&mut self, limits: Limits) {
        self.vhost = self.journal.recover(limits, self.now);
        self.handle(Command::Connect { connection: ALICE });
        self.handle(Command::Connect { connection: BOB });
    }

    pub(super) fn reclaim(&mut self, large: bool) {
        self.journal.reclaim(&mut self.vhost, self.now, large);
    }
}
