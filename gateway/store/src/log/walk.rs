//! Reads the records of a file one after the other.

use super::Part;
use super::index::{Place, Trace};
use super::open::OpenPart;
use super::record::{self, HEAD, LogRecord};
use crate::Error;
use crate::backend::File;
use crate::record::BROKEN;
use std::io;

/// Octets that are read from a file at once at most, unless one record has more: fast, and still in the cache when they are verified.
pub(super) const CHUNK: usize = 256 * 1024;
/// Octets that are read at once at least.
const LEAST: usize = 4 * 1024;

/// A way through a file of a log.
pub(super) struct Walk<'a, F> {
    open: &'a OpenPart<F>,
    part: &'a Part,
    buffer: &'a mut Vec<u8>,
    /// The octets of the buffer that were read and not yet walked over.
    at: usize,
    filled: usize,
    trace: Trace,
}

impl<'a, F: File> Walk<'a, F> {
    /// Begins at a place that is known.
    pub(super) fn new(open: &'a OpenPart<F>, part: &'a Part, start: Place, buffer: &'a mut Vec<u8>) -> Self {
        Walk { open, part, buffer, at: 0, filled: 0, trace: Trace::new(start) }
    }

    /// The next record. `wanted` is how many octets of records are wanted still. `None`: the part ends here.
    pub(super) fn step(&mut self, wanted: usize) -> Result<Option<LogRecord<'_>>, Error> {
        let Place { number: least, offset } = self.trace.end();
        if offset >= self.part.octets {
            return Ok(None);
        }
        self.fill(HEAD, wanted)?;
        let size = record::size(self.ahead());
        self.fill(size, wanted)?;
        let start = self.at;
        self.at = self.filled.min(start + size);
        let read = self.buffer.get(start..self.at).and_then(|input| record::read(input, self.open.seed));
        let Some(record) = read.filter(|record| (least..self.part.end).contains(&record.number)) else {
            return Err(self.damaged(BROKEN));
        };
        self.trace.see(record.number, record.time, size);
        Ok(Some(record))
    }

    /// What was seen on the way.
    pub(super) fn into_trace(self) -> Trace {
        self.trace
    }

    pub(super) fn trace(&self) -> &Trace {
        &self.trace
    }

    fn ahead(&self) -> &[u8] {
        self.buffer.get(self.at..self.filled).unwrap_or_default()
    }

    /// Reads on, so that there are `needed` octets ahead.
    fn fill(&mut self, needed: usize, wanted: usize) -> Result<(), Error> {
        let ahead = self.filled - self.at;
        if needed <= ahead {
            return Ok(());
        }
        let offset = self.trace.end().offset;
        let rest = usize::try_from(self.part.octets - offset).unwrap_or(usize::MAX);
        if needed > rest {
            return Err(self.damaged(BROKEN));
        }
        let filled = (ahead + wanted.clamp(LEAST, CHUNK)).max(needed).min(rest);
        self.buffer.copy_within(self.at..self.filled, 0);
        (self.at, self.filled) = (0, ahead);
        if self.buffer.len() < filled {
            self.buffer.resize(filled, 0);
        }
        let Some(room) = self.buffer.get_mut(ahead..filled) else { return Ok(()) };
        self.open.file.read_at(room, offset + ahead as u64).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged("it is shorter than it was"),
            _ => Error::io("reading", &self.open.name, error),
        })?;
        self.filled = filled;
        Ok(())
    }

    /// At the record that comes next.
    fn damaged(&self, what: &'static str) -> Error {
        Error::Damaged { file: self.open.name.clone(), offset: self.trace.end().offset, what }
    }
}
