//! Logs: numbered records in files of their own, for what outlives the journal. Their owner remembers, in the journal, which files
//! a log has, and how much of each counts; what is in the directory besides was being written when the power went.
//!
//! ```text
//!   append -> write to the last part, or a new one -> sync -> the owner remembers the parts
//!   open   -> what the owner remembers -> settle -> append
//! ```

mod header;
mod index;
mod open;
mod reader;
mod record;
mod settle;
mod walk;

pub use reader::LogReader;
pub use record::LogRecord;

use crate::backend::{Backend, File};
use crate::record::MAX_RECORD;
use crate::{Error, failpoint};
use header::{HEADER, Header};
use open::{OpenPart, Opened};
use record::Seed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, io};

/// Octets that are written at once, about: more of them do not make it faster.
const WRITE: usize = 1024 * 1024;

/// Names a log. A name is not given again as long as the directory lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId {
    /// Of logs that have one owner.
    pub group: u32,
    /// Its number in the group.
    pub log: u64,
}

/// A file of a log, as its owner remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The number of its first record, which names the file.
    pub first: u64,
    /// The number after that of its last record.
    pub end: u64,
    /// Octets of the file that count, header included.
    pub octets: u64,
    /// The time of its first record.
    pub first_time: u64,
    /// The latest time of its records.
    pub last_time: u64,
}

/// The logs of a directory. Each is written by one at a time, and read by any number.
pub struct Logs<B: Backend> {
    shared: Arc<Shared<B>>,
}

struct Shared<B: Backend> {
    backend: Arc<B>,
    journal: u64,
    opened: Mutex<Opened<B::File>>,
    /// Whether there are files whose names are not durable.
    has_new_names: Mutex<bool>,
}

impl<B: Backend> fmt::Debug for Logs<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logs").field("journal", &self.shared.journal).finish_non_exhaustive()
    }
}

impl<B: Backend> Clone for Logs<B> {
    fn clone(&self) -> Self {
        Logs { shared: Arc::clone(&self.shared) }
    }
}

impl<B: Backend> Logs<B> {
    /// The logs beside the journal of this id. Where the journal is open, [`crate::Journal::logs`] has them: what is open is known to
    /// all that come from one.
    pub fn new(backend: Arc<B>, journal: u64) -> Self {
        let (opened, has_new_names) = (Mutex::default(), Mutex::new(false));
        Logs { shared: Arc::new(Shared { backend, journal, opened, has_new_names }) }
    }

    /// Reads them.
    pub fn reader(&self) -> LogReader<B> {
        LogReader::new(self.clone())
    }

    /// Appends records to the log whose parts these are, in order of their numbers. A part that has `segment` octets is followed by a
    /// new one. `parts` tells then what the log has; after an error it is as it was, and the same may be appended again. Nothing
    /// is durable before [`Logs::sync`].
    pub fn append(
        &self,
        id: LogId,
        parts: &mut Vec<Part>,
        records: &[LogRecord<'_>],
        segment: u64,
    ) -> Result<(), Error> {
        if let Some(wrong) = records.iter().find(|it| it.octets.is_empty() || it.octets.len() > MAX_RECORD) {
            return Err(Error::TooLarge(wrong.octets.len()));
        }
        let mut changed = Vec::from_iter(parts.last().copied());
        let mut rest = records;
        while let Some(next) = rest.first() {
            let mut part = match changed.pop_if(|last| last.octets < segment) {
                Some(last) => last,
                None => Part::new(next, changed.last()),
            };
            rest = self.extend(id, &mut part, rest, segment)?;
            changed.push(part);
        }
        parts.pop();
        parts.append(&mut changed);
        failpoint::pass("log.appended");
        Ok(())
    }

    /// Makes these parts durable: those that [`Logs::append`] has changed or made. After an error nobody knows what is.
    pub fn sync(&self, id: LogId, parts: &[Part]) -> Result<(), Error> {
        for part in parts {
            let name = header::name_of(id, part.first);
            let file = self.shared.backend.open(&name).map_err(|error| Error::io("opening", &name, error))?;
            file.sync().map_err(|error| Error::io("syncing", &name, error))?;
        }
        // Whoever finds that there are no new names must not be faster than who makes them durable: so it waits here.
        let mut has_new_names = self.new_names();
        if *has_new_names {
            self.shared.backend.sync().map_err(|error| Error::io("syncing", ".", error))?;
            *has_new_names = false;
        }
        failpoint::pass("log.synced");
        Ok(())
    }

    /// Removes a part, of which its owner has to know nothing any more, even after a crash. Who is reading it may go on; if it
    /// is not there, that is fine.
    pub fn remove(&self, id: LogId, first: u64) -> Result<(), Error> {
        let name = header::name_of(id, first);
        failpoint::pass("log.removing");
        let removed = self.shared.backend.remove(&name);
        self.opened().forget((id, first));
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("removing", &name, error)),
            _ => Ok(()),
        }
    }

    /// Writes the first of these records, until the part has `segment` octets. Returns the others.
    fn extend<'a, 'r>(
        &self,
        id: LogId,
        part: &mut Part,
        mut records: &'a [LogRecord<'r>],
        segment: u64,
    ) -> Result<&'a [LogRecord<'r>], Error> {
        let (name, mut out) = (header::name_of(id, part.first), Vec::new());
        let file = match part.octets {
            0 => {
                out.extend_from_slice(&self.header(id, part.first).octets());
                self.create(&name)?
            }
            _ => self.shared.backend.open(&name).map_err(|error| Error::io("opening", &name, error))?,
        };
        let seed = Seed::new(self.shared.journal, id);
        while let Some((record, rest)) = records.split_first()
            && part.octets + (out.len() as u64) < segment.max(HEADER as u64 + 1)
        {
            debug_assert!(record.number >= part.end, "numbers ascend");
            record::write(record, seed, &mut out);
            part.end = record.number.saturating_add(1);
            part.last_time = part.last_time.max(record.time);
            records = rest;
            if out.len() >= WRITE {
                part.write(&name, &file, &mut out)?;
            }
        }
        part.write(&name, &file, &mut out)?;
        Ok(records)
    }

    fn create(&self, name: &str) -> Result<B::File, Error> {
        let file = self.shared.backend.create(name, 0).map_err(|error| Error::io("making", name, error))?;
        *self.new_names() = true;
        Ok(file)
    }

    /// Opens a part to read it. `None`: it was removed.
    fn open(&self, id: LogId, first: u64) -> Result<Option<Arc<OpenPart<B::File>>>, Error> {
        let removals = {
            let mut opened = self.opened();
            if let Some(found) = opened.get((id, first)) {
                return Ok(Some(found));
            }
            opened.removals()
        };
        let Some(part) = self.open_new(id, first)? else { return Ok(None) };
        Ok(Some(self.opened().keep((id, first), Arc::new(part), removals)))
    }

    fn open_new(&self, id: LogId, first: u64) -> Result<Option<OpenPart<B::File>>, Error> {
        let name = header::name_of(id, first);
        let file = match self.shared.backend.open(&name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(|error| Error::io("opening", &name, error))?,
        };
        let mut octets = [0; HEADER];
        file.read_at(&mut octets, 0).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                Error::Damaged { file: name.clone(), offset: 0, what: "it is shorter than a header" }
            }
            _ => Error::io("reading", &name, error),
        })?;
        self.header(id, first).check(&name, octets)?;
        Ok(Some(OpenPart::new(name, file, Seed::new(self.shared.journal, id), first)))
    }

    fn header(&self, id: LogId, first: u64) -> Header {
        Header { journal: self.shared.journal, id, first }
    }

    fn opened(&self) -> MutexGuard<'_, Opened<B::File>> {
        self.shared.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_names(&self) -> MutexGuard<'_, bool> {
        self.shared.has_new_names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    /// One whose file is not there yet.
    fn new(first: &LogRecord<'_>, before: Option<&Part>) -> Self {
        debug_assert!(before.is_none_or(|before| before.end <= first.number), "numbers ascend");
        Part { first: first.number, end: first.number, octets: 0, first_time: first.time, last_time: first.time }
    }

    /// Writes to its end.
    fn write<F: File>(&mut self, name: &str, file: &F, out: &mut Vec<u8>) -> Result<(), Error> {
        file.write_at(out, self.octets).map_err(|error| Error::io("writing", name, error))?;
        self.octets += out.len() as u64;
        out.clear();
        Ok(())
    }
}
