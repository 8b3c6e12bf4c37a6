//! Reads what a directory holds, and tells a tail that was being written from damage.
//!
//! A record says how much was durable when it was written. Where a record is broken and a later one says that the
//! broken one was durable, it was damaged. Where none says so, the broken one, and all that follow, were on their way to the disk
//! when the power went: nobody was told of them, but perhaps of the last that was synced, of which no later record tells.

use crate::backend::{Backend, File};
use crate::record::{self, Context};
use crate::segment::{self, HEADER, Header, UNFINISHED};
use crate::{Cut, Error, Position, snapshot};

/// What is handed over when a store is opened, in order.
#[derive(Debug)]
pub enum Replayed<'a> {
    /// All that precedes the records that follow. At most one, and first.
    Snapshot(&'a [u8]),
    /// A record, and where it ends.
    Record(&'a [u8], Position),
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The journal's id; `None`: there was no journal.
    pub journal: Option<u64>,
    /// Records that were handed over.
    pub records: u64,
    /// Where the journal ends.
    pub end: Position,
    /// The end of the journal was being written when the power went.
    pub cut: Option<Cut>,
    /// Files that were damaged and put aside, or should be.
    pub damaged: Vec<String>,
}

/// What the writer needs to know to go on.
#[derive(Debug)]
pub(crate) struct State {
    /// The journal's id; `None`: there is no journal yet.
    pub(crate) journal: Option<u64>,
    /// Where its segments begin, in order.
    pub(crate) starts: Vec<Position>,
    /// What the newest snapshot covers.
    pub(crate) covers: Position,
    pub(crate) found: Found,
}

/// What may be done about what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Only look.
    Check,
    /// Cut a tail; refuse to go on from damage.
    Open,
    /// Cut a tail; keep what precedes damage, and put the rest aside.
    Repair,
}

/// Reads all of a directory.
pub(crate) fn recover<B: Backend>(
    backend: &B,
    mode: Mode,
    replay: &mut dyn FnMut(Replayed<'_>),
) -> Result<State, Error> {
    let mut names = backend.list().map_err(|error| Error::io("listing", ".", error))?;
    names.sort_unstable();
    if mode != Mode::Check {
        remove_unfinished(backend, &names)?;
    }
    let mut recovery = Recovery {
        backend,
        mode,
        state: State { journal: None, starts: Vec::new(), covers: Position(0), found: Found::default() },
    };
    recovery.read_snapshot(&names, replay)?;
    recovery.read_segments(&names, replay)?;
    recovery.state.found.journal = recovery.state.journal;
    Ok(recovery.state)
}

fn remove_unfinished<B: Backend>(backend: &B, names: &[String]) -> Result<(), Error> {
    for name in names.iter().filter(|name| name.ends_with(UNFINISHED)) {
        backend.remove(name).map_err(|error| Error::io("removing", name, error))?;
    }
    Ok(())
}

struct Recovery<'a, B> {
    backend: &'a B,
    mode: Mode,
    state: State,
}

/// How far the records of a segment go.
struct Scanned {
    /// Octets of the file that are records, and its header.
    valid: usize,
    /// Whether a later record tells that there were more.
    is_damaged: bool,
}

impl<B: Backend> Recovery<'_, B> {
    fn read_snapshot(&mut self, names: &[String], replay: &mut dyn FnMut(Replayed<'_>)) -> Result<(), Error> {
        let mut covers = None;
        for name in snapshot::newest_first(names) {
            if covers.is_some_and(|covers| !snapshot::is_of(&name, covers)) {
                break; // an older one
            }
            match snapshot::read(self.backend, &name) {
                Ok(_) if covers.is_some() => {} // a sound copy: damage to it is told before it is needed
                Ok(snapshot) => {
                    covers = Some(snapshot.covers);
                    self.state.journal = Some(snapshot.journal);
                    self.state.covers = snapshot.covers;
                    self.state.found.end = snapshot.covers;
                    replay(Replayed::Snapshot(snapshot.octets()));
                }
                Err(error) => self.put_aside(&name, error)?,
            }
        }
        Ok(())
    }

    fn read_segments(&mut self, names: &[String], replay: &mut dyn FnMut(Replayed<'_>)) -> Result<(), Error> {
        let segments: Vec<&String> = names.iter().filter(|name| segment::is_segment(name)).collect();
        for (index, name) in segments.iter().enumerate() {
            let is_last = index + 1 == segments.len();
            if let Err(error) = self.read_segment(name, is_last, replay) {
                self.put_aside(name, error)?;
                for later in segments.iter().skip(index + 1) {
                    self.put_aside(later, missing(later))?;
                }
                break;
            }
        }
        if self.state.found.end < self.state.covers {
            let error = Error::Damaged {
                file: segment::name_of(self.state.found.end),
                offset: 0,
                what: "the snapshot is newer than the end of the journal",
            };
            self.put_aside("", error)?;
            self.state.found.end = self.state.covers;
        }
        Ok(())
    }

    fn read_segment(&mut self, name: &str, is_last: bool, replay: &mut dyn FnMut(Replayed<'_>)) -> Result<(), Error> {
        let io = |error| Error::io("reading", name, error);
        let file = self.backend.open(name).map_err(io)?;
        let mut octets = vec![0; usize::try_from(file.size().map_err(io)?).unwrap_or(usize::MAX)];
        file.read_at(&mut octets, 0).map_err(io)?;
        let header = self.check_header(name, &octets)?;
        let start = header.start;
        let journal = self.state.journal.unwrap_or_default();
        let scanned = self.scan(journal, start, &octets, replay);
        let rest = octets.get(scanned.valid..).unwrap_or_default();
        self.state.starts.push(start);
        if scanned.is_damaged || (!is_last && !rest.is_empty()) {
            self.keep(name, &octets, scanned.valid)?;
            return Ok(());
        }
        if is_last {
            self.cut(name, &file, rest, scanned.valid, (octets.len() as u64) < header.size)?;
        }
        Ok(())
    }

    /// The segment has to begin where the one before it ended, or where the snapshot says that nothing before is needed.
    fn check_header(&mut self, name: &str, octets: &[u8]) -> Result<Header, Error> {
        let header = segment::read_header(name, octets)?;
        let damaged = |what| Error::Damaged { file: name.to_owned(), offset: 0, what };
        if segment::name_of(header.start) != *name {
            return Err(damaged("its name is not that of its position"));
        }
        if *self.state.journal.get_or_insert(header.journal) != header.journal {
            return Err(damaged("it belongs to another journal"));
        }
        let is_next = match self.state.starts.is_empty() {
            true => header.start <= self.state.covers,
            false => header.start == self.state.found.end,
        };
        if !is_next {
            return Err(missing(name));
        }
        self.state.found.end = header.start;
        Ok(header)
    }

    fn scan(&mut self, journal: u64, start: Position, octets: &[u8], replay: &mut dyn FnMut(Replayed<'_>)) -> Scanned {
        let mut valid = HEADER;
        let context = |offset: usize| Context { journal, position: start.after(offset - HEADER) };
        while let Some(found) = octets.get(valid..).and_then(|rest| record::read(rest, context(valid))) {
            valid += found.size();
            let end = start.after(valid - HEADER);
            if end > self.state.covers {
                self.state.found.records += 1;
                replay(Replayed::Record(found.octets, end));
            }
            self.state.found.end = end;
        }
        let broken = start.after(valid.saturating_sub(HEADER));
        let tells = |offset: usize| {
            octets
                .get(offset..)
                .and_then(|rest| record::read(rest, context(offset)))
                .is_some_and(|later| later.durable > broken)
        };
        // What was not written is zero, and no record begins there.
        let written = octets.len() - zeros_at_end(octets);
        let is_damaged = (valid + 1..written).any(tells);
        Scanned { valid, is_damaged }
    }

    /// What precedes damage is kept; the file as it was is put aside.
    fn keep(&mut self, name: &str, octets: &[u8], valid: usize) -> Result<(), Error> {
        let error = Error::Damaged { file: name.to_owned(), offset: valid as u64, what: record::BROKEN };
        if self.mode != Mode::Repair {
            return Err(error);
        }
        let unfinished = format!("{name}{UNFINISHED}");
        let kept = octets.get(..valid).unwrap_or_default();
        let new =
            self.backend.create(&unfinished, valid as u64).map_err(|error| Error::io("making", &unfinished, error))?;
        new.write_at(kept, 0).map_err(|error| Error::io("writing", &unfinished, error))?;
        new.sync().map_err(|error| Error::io("syncing", &unfinished, error))?;
        self.put_aside(name, error)?;
        self.backend.rename(&unfinished, name).map_err(|error| Error::io("naming", name, error))?;
        self.backend.sync().map_err(|error| Error::io("syncing the directory for", name, error))
    }

    /// Cuts off what was being written. Zeros are room that was not used.
    fn cut(&mut self, name: &str, file: &B::File, rest: &[u8], valid: usize, is_short: bool) -> Result<(), Error> {
        let octets = (rest.len() - zeros_at_end(rest)) as u64;
        if octets > 0 || is_short {
            let position = self.state.found.end;
            self.state.found.cut = Some(Cut { file: name.to_owned(), offset: valid as u64, position, octets });
        }
        if self.mode == Mode::Check || rest.is_empty() {
            return Ok(());
        }
        file.truncate(valid as u64).map_err(|error| Error::io("cutting", name, error))?;
        file.sync().map_err(|error| Error::io("syncing", name, error))
    }

    /// Goes on without a file, if that is wanted.
    fn put_aside(&mut self, name: &str, error: Error) -> Result<(), Error> {
        if self.mode != Mode::Repair || !matches!(error, Error::Damaged { .. }) {
            return Err(error);
        }
        if !name.is_empty() {
            self.backend.set_aside(name).map_err(|error| Error::io("putting aside", name, error))?;
        }
        self.state.found.damaged.push(error.to_string());
        Ok(())
    }
}

/// How many zeros are at the end: a large part of a file, so they are counted by the page.
fn zeros_at_end(octets: &[u8]) -> usize {
    const PAGE: [u8; 4096] = [0; 4096];
    let pages = octets.rchunks_exact(PAGE.len()).take_while(|page| **page == PAGE).count();
    let rest = octets.get(..octets.len() - pages * PAGE.len()).unwrap_or_default();
    pages * PAGE.len() + rest.iter().rev().take_while(|octet| **octet == 0).count()
}

fn missing(name: &str) -> Error {
    Error::Damaged { file: name.to_owned(), offset: 0, what: "what precedes it is missing" }
}
