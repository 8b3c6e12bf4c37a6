//! Reads single records by their positions, while others write: who wants them does not pass through the commit thread.

use crate::backend::{Backend, File};
use crate::record::{self, Context};
use crate::segment::Segment;
use crate::writer::Starts;
use crate::{Error, Position};
use std::io;
use std::sync::{Arc, MutexGuard, PoisonError};

/// Octets. Records whose heads are not farther apart are read together: what is between them costs less than one more call.
const NEAR: u64 = 64 * 1024;
/// Octets between the heads of the first and the last record that are read together, so that the buffer stays small.
const SPAN: u64 = 1024 * 1024;
/// Octets that are read of a record whose length is not known yet: most have no more.
const FIRST: usize = 4 * 1024;
/// Open files that are kept: what is read is mostly in few of them.
const OPEN_FILES: usize = 4;

/// Reads single records of a journal. Each clone has open files and a buffer of its own: one for each thread.
#[derive(Debug)]
pub struct Reader<B: Backend> {
    backend: Arc<B>,
    journal: u64,
    starts: Starts,
    /// Which was used last is the last.
    open: Vec<Segment<B::File>>,
    buffer: Vec<u8>,
}

/// A record that is wanted: where it begins, and the index of its position as the caller gave it.
type Wanted = (Position, usize);

impl<B: Backend> Reader<B> {
    pub(crate) fn new(backend: Arc<B>, journal: u64, starts: Starts) -> Self {
        Reader { backend, journal, starts, open: Vec::new(), buffer: Vec::new() }
    }

    /// Reads the records that begin at these positions, which must be durable: a record begins [`crate::RECORD_HEAD`] octets
    /// and its own length before the place that `append` returned. They may be in any order; those that are close together are read
    /// together. `found` gets the index of each position, in the order of positions, and the record's octets. One whose segment was
    /// reclaimed meanwhile is left out.
    pub fn read(&mut self, positions: &[Position], found: &mut dyn FnMut(usize, &[u8])) -> Result<(), Error> {
        let mut wanted: Vec<Wanted> = positions.iter().copied().zip(0..).collect();
        wanted.sort_unstable();
        self.close_reclaimed();
        let mut rest = wanted.as_slice();
        while let Some((first, _)) = rest.first() {
            let (start, next) = self.segment_of(*first);
            let (span, later) = rest.split_at(span(rest, next));
            if let Some(start) = start {
                self.read_span(start, span, found)?;
            }
            rest = later;
        }
        if self.buffer.len() as u64 > 2 * SPAN {
            self.buffer = Vec::new(); // one large record is no reason to keep its room
        }
        Ok(())
    }

    /// Where the segment of this position begins, if it is there, and where the next one does.
    fn segment_of(&self, position: Position) -> (Option<Position>, Option<Position>) {
        let starts = lock(&self.starts);
        let next = starts.partition_point(|start| *start <= position);
        (next.checked_sub(1).and_then(|index| starts.get(index)).copied(), starts.get(next).copied())
    }

    /// A removed file that is open has its room on the disk still.
    fn close_reclaimed(&mut self) {
        let oldest = lock(&self.starts).first().copied();
        self.open.retain(|segment| oldest.is_some_and(|oldest| oldest <= segment.start));
    }

    fn read_span(
        &mut self,
        start: Position,
        span: &[Wanted],
        found: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), Error> {
        let Some(mut segment) = self.take(start)? else { return Ok(()) };
        let outcome = read_records(&mut segment, self.journal, span, &mut self.buffer, found);
        self.open.push(segment);
        outcome
    }

    /// Takes an open file from those that are kept, or opens it. `None`: it was reclaimed.
    fn take(&mut self, start: Position) -> Result<Option<Segment<B::File>>, Error> {
        if let Some(index) = self.open.iter().position(|segment| segment.start == start) {
            return Ok(Some(self.open.remove(index)));
        }
        if self.open.len() >= OPEN_FILES {
            self.open.remove(0);
        }
        Segment::open(&*self.backend, start)
    }
}

impl<B: Backend> Clone for Reader<B> {
    fn clone(&self) -> Self {
        Reader::new(Arc::clone(&self.backend), self.journal, Arc::clone(&self.starts))
    }
}

fn lock(starts: &Starts) -> MutexGuard<'_, Vec<Position>> {
    starts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many of these, the first included, are read together. None of them is at `next` or behind it.
fn span(wanted: &[Wanted], next: Option<Position>) -> usize {
    let Some((first, _)) = wanted.first() else { return 0 };
    let mut last = *first;
    let joins = |(position, _): &&Wanted| {
        let is_near = position.0 - last.0 <= NEAR && position.0 - first.0 <= SPAN;
        last = *position;
        is_near && next.is_none_or(|next| *position < next)
    };
    wanted.iter().take_while(joins).count().max(1)
}

fn read_records<F: File>(
    segment: &mut Segment<F>,
    journal: u64,
    span: &[Wanted],
    buffer: &mut Vec<u8>,
    found: &mut dyn FnMut(usize, &[u8]),
) -> Result<(), Error> {
    let (Some((first, _)), Some((last, _))) = (span.first(), span.last()) else { return Ok(()) };
    let place = |position: Position| usize::try_from(position.0 - first.0).unwrap_or(usize::MAX);
    let mut window = Window { offset: segment.offset_of(*first), segment, buffer, filled: 0 };
    window.fill(place(*last).saturating_add(FIRST))?;
    for (position, index) in span {
        let at = place(*position);
        let size = record::written_size(window.from(at)).unwrap_or_default();
        window.fill(at.saturating_add(size))?;
        let context = Context { journal, position: *position };
        let Some(record) = record::read(window.from(at), context) else {
            return Err(window.segment.broken(*position));
        };
        found(*index, record.octets);
    }
    Ok(())
}

/// A part of a file that is read bit by bit.
struct Window<'a, F> {
    segment: &'a mut Segment<F>,
    /// Where in the file it begins.
    offset: u64,
    buffer: &'a mut Vec<u8>,
    /// Octets of the buffer that are of the file.
    filled: usize,
}

impl<F: File> Window<'_, F> {
    /// What is known from this place on.
    fn from(&self, at: usize) -> &[u8] {
        self.buffer.get(at..self.filled).unwrap_or_default()
    }

    /// Reads on until there are so many octets, or all of the file.
    fn fill(&mut self, wanted: usize) -> Result<(), Error> {
        if self.offset.saturating_add(wanted as u64) > self.segment.size {
            self.segment.size = self.size()?; // it may have grown
        }
        loop {
            let there = usize::try_from(self.segment.size.saturating_sub(self.offset)).unwrap_or(usize::MAX);
            let wanted = wanted.min(there);
            if wanted <= self.filled {
                return Ok(());
            }
            if self.buffer.len() < wanted {
                self.buffer.resize(wanted, 0);
            }
            let Some(room) = self.buffer.get_mut(self.filled..wanted) else { return Ok(()) };
            let Err(error) = self.segment.file.read_at(room, self.offset + self.filled as u64) else {
                self.filled = wanted;
                return Ok(());
            };
            // Room that was not used is cut off once another segment follows: what is wanted may precede it.
            let size = self.size()?;
            if error.kind() != io::ErrorKind::UnexpectedEof || size >= self.segment.size {
                return Err(Error::io("reading", &self.segment.name, error));
            }
            self.segment.size = size;
        }
    }

    fn size(&self) -> Result<u64, Error> {
        self.segment.file.size().map_err(|error| Error::io("reading", &self.segment.name, error))
    }
}
