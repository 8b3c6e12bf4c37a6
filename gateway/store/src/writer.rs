//! Writes records to segments, one after the other.

use crate::backend::{Backend, File};
use crate::record::{self, Context};
use crate::segment::Segment;
use crate::{Error, Position, failpoint};
use std::sync::{Arc, Mutex, PoisonError};

/// Where segments begin, in order; the last is the one that is written to.
pub(crate) type Starts = Arc<Mutex<Vec<Position>>>;

/// The end of the journal.
#[derive(Debug)]
pub(crate) struct Writer<B: Backend> {
    backend: Arc<B>,
    journal: u64,
    /// Octets of records that a segment has room for, unless one record alone has more.
    room: u64,
    segment: Segment<B::File>,
    starts: Starts,
    /// Where the next record begins.
    end: Position,
}

/// How far a writer came that could not go on.
#[derive(Debug)]
pub(crate) struct Stopped {
    /// Octets that are durable.
    pub(crate) done: usize,
    pub(crate) error: Error,
}

impl<B: Backend> Writer<B> {
    /// Goes on in a new segment at `end`: what a crash left behind a journal's end never mixes with what comes.
    pub(crate) fn begin(
        backend: Arc<B>,
        journal: u64,
        room: u64,
        end: Position,
        starts: Starts,
    ) -> Result<Self, Error> {
        let segment = create(&*backend, journal, end, room, 0)?;
        note(&starts, end);
        Ok(Writer { backend, journal, room, segment, starts, end })
    }

    pub(crate) fn end(&self) -> Position {
        self.end
    }

    /// Writes and syncs records that were written with [`record::write`]. `durable` is what was durable before.
    pub(crate) fn write(&mut self, records: &mut [u8], durable: Position) -> Result<(), Stopped> {
        let mut done = 0;
        while let Some(rest) = records.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let fitting = self.seal(rest, durable);
            let outcome = match rest.get(..fitting) {
                Some(group) if fitting > 0 => self.write_group(group),
                _ => self.roll(record::written_size(rest).unwrap_or_default() as u64),
            };
            match outcome {
                Ok(()) => done += fitting,
                Err(error) => return Err(Stopped { done, error }),
            }
        }
        Ok(())
    }

    /// Seals the records that fit into this segment. Returns how many octets they have.
    fn seal(&self, records: &mut [u8], durable: Position) -> usize {
        let room = usize::try_from(self.segment.size - self.segment.offset_of(self.end)).unwrap_or(usize::MAX);
        let mut fitting = 0;
        while let Some(size) = records.get(fitting..).and_then(record::written_size)
            && fitting + size <= room
            && let Some(record) = records.get_mut(fitting..fitting + size)
        {
            record::seal(record, Context { journal: self.journal, position: self.end.after(fitting) }, durable);
            fitting += size;
        }
        fitting
    }

    fn write_group(&mut self, group: &[u8]) -> Result<(), Error> {
        let Segment { file, name, .. } = &self.segment;
        failpoint::pass("journal.writing");
        file.write_at(group, self.segment.offset_of(self.end)).map_err(|error| Error::io("writing", name, error))?;
        failpoint::pass("journal.written");
        let synced = failpoint::attempt("journal.sync").and_then(|()| file.sync());
        synced.map_err(|error| Error::io("syncing", name, error))?;
        failpoint::pass("journal.synced");
        self.end = self.end.after(group.len());
        Ok(())
    }

    /// Ends this segment and begins the next, with room for a record of this size.
    fn roll(&mut self, size: u64) -> Result<(), Error> {
        let Segment { file, name, .. } = &self.segment;
        // A segment that is not the last has records up to its end: whatever is missing there is damage.
        file.truncate(self.segment.offset_of(self.end)).map_err(|error| Error::io("cutting", name, error))?;
        file.sync().map_err(|error| Error::io("syncing", name, error))?;
        failpoint::pass("segment.ended");
        let next = create(&*self.backend, self.journal, self.end, self.room, size)?;
        note(&self.starts, self.end);
        self.segment = next;
        Ok(())
    }
}

/// Octets of records in a segment for which a full disk may still have room: so that what is settled can be kept, and space be given back.
const SMALL: u64 = 1 << 20;

/// Makes a segment with room for a record of this size.
fn create<B: Backend>(
    backend: &B,
    journal: u64,
    start: Position,
    room: u64,
    size: u64,
) -> Result<Segment<B::File>, Error> {
    match Segment::create(backend, journal, start, room.max(size)) {
        Err(error) if error.is_full() && room > SMALL => Segment::create(backend, journal, start, SMALL.max(size)),
        made => made,
    }
}

/// A segment begins here. It may take the place of one that is empty and too small for what comes: that is on the list once, or the
/// segment would be reclaimed for being before itself.
fn note(starts: &Starts, start: Position) {
    let mut known = starts.lock().unwrap_or_else(PoisonError::into_inner);
    known.retain(|other| *other < start);
    known.push(start);
}
