//! The files of a journal, whatever they are made of: one face for a directory and for memory.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::ControlFlow;
use store::backend::Backend;
use store::{Error, LogId, LogReader, LogRecord, Logs, Part, Position, Reader};

/// An open journal and its logs.
pub(super) trait Files: Debug + Send + Sync {
    fn append(&self, parts: &[&[u8]]) -> Result<Position, Error>;
    fn segments(&self) -> Vec<Position>;
    fn end(&self) -> Position;
    fn room(&self) -> Result<u64, Error>;
    fn write_snapshot(&self, covers: Position, octets: &[u8]) -> Result<(), Error>;
    /// A reader with buffers of its own.
    fn reading(&self) -> Box<dyn Reading>;
    fn settle_logs(&self, known: &mut BTreeMap<LogId, Vec<Part>>, repair: bool) -> Result<Vec<String>, Error>;
    fn append_to_log(
        &self,
        id: LogId,
        parts: &mut Vec<Part>,
        records: &[LogRecord<'_>],
        segment: u64,
    ) -> Result<(), Error>;
    fn sync_log(&self, id: LogId, parts: &[Part]) -> Result<(), Error>;
    fn remove_from_log(&self, id: LogId, first: u64) -> Result<(), Error>;
}

/// What reads them, for one thread.
pub(super) trait Reading: Send {
    fn records(&mut self, positions: &[Position], found: &mut dyn FnMut(usize, &[u8])) -> Result<(), Error>;
    fn log(
        &mut self,
        id: LogId,
        part: &Part,
        from: u64,
        octets: usize,
        found: &mut dyn FnMut(LogRecord<'_>) -> ControlFlow<()>,
    ) -> Result<u64, Error>;
    fn seek(&mut self, id: LogId, part: &Part, time: u64) -> Result<u64, Error>;
}

/// A journal with the logs beside it.
#[derive(Debug)]
pub(super) struct Opened<B: Backend> {
    journal: store::Journal<B>,
    logs: Logs<B>,
}

impl<B: Backend> Opened<B> {
    pub(super) fn new(journal: store::Journal<B>) -> Self {
        Opened { logs: journal.logs(), journal }
    }
}

impl<B: Backend + Debug> Files for Opened<B>
where
    B::File: Debug,
{
    fn append(&self, parts: &[&[u8]]) -> Result<Position, Error> {
        self.journal.append(parts)
    }

    fn segments(&self) -> Vec<Position> {
        self.journal.segments()
    }

    fn end(&self) -> Position {
        self.journal.end()
    }

    fn room(&self) -> Result<u64, Error> {
        self.journal.room()
    }

    fn write_snapshot(&self, covers: Position, octets: &[u8]) -> Result<(), Error> {
        self.journal.write_snapshot(covers, octets)
    }

    fn reading(&self) -> Box<dyn Reading> {
        Box::new(OneReading { records: self.journal.reader(), logs: self.logs.reader() })
    }

    fn settle_logs(&self, known: &mut BTreeMap<LogId, Vec<Part>>, repair: bool) -> Result<Vec<String>, Error> {
        self.logs.settle(known, repair)
    }

    fn append_to_log(
        &self,
        id: LogId,
        parts: &mut Vec<Part>,
        records: &[LogRecord<'_>],
        segment: u64,
    ) -> Result<(), Error> {
        self.logs.append(id, parts, records, segment)
    }

    fn sync_log(&self, id: LogId, parts: &[Part]) -> Result<(), Error> {
        self.logs.sync(id, parts)
    }

    fn remove_from_log(&self, id: LogId, first: u64) -> Result<(), Error> {
        self.logs.remove(id, first)
    }
}

struct OneReading<B: Backend> {
    records: Reader<B>,
    logs: LogReader<B>,
}

impl<B: Backend> Reading for OneReading<B> {
    fn records(&mut self, positions: &[Position], found: &mut dyn FnMut(usize, &[u8])) -> Result<(), Error> {
        self.records.read(positions, found)
    }

    fn log(
        &mut self,
        id: LogId,
        part: &Part,
        from: u64,
        octets: usize,
        found: &mut dyn FnMut(LogRecord<'_>) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        self.logs.read(id, part, from, octets, found)
    }

    fn seek(&mut self, id: LogId, part: &Part, time: u64) -> Result<u64, Error> {
        self.logs.seek(id, part, time)
    }
}
