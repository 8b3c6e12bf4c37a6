//! Reads logs, from any record on.

use super::index::Place;
use super::open::OpenPart;
use super::walk::{CHUNK, Walk};
use super::{LogId, LogRecord, Logs, Part};
use crate::Error;
use crate::backend::Backend;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Octets of the buffer that are kept for the next reading.
const KEPT: usize = 4 * CHUNK;

/// Reads logs, with a buffer of its own: one for each thread. What is learned about files is shared by all.
#[derive(Debug)]
pub struct LogReader<B: Backend> {
    logs: Logs<B>,
    buffer: Vec<u8>,
}

impl<B: Backend> LogReader<B> {
    pub(super) fn new(logs: Logs<B>) -> Self {
        LogReader { logs, buffer: Vec::new() }
    }

    /// Hands over the records of a part whose number is not less than `from`, in order, until they have about so many octets, or
    /// `found` breaks: the one it was given then counts as handed over. One at least is, if there is one. Returns the number to go on
    /// with, which is `part.end` if nothing of the part is left, or it was removed meanwhile.
    pub fn read(
        &mut self,
        id: LogId,
        part: &Part,
        from: u64,
        octets: usize,
        found: &mut dyn FnMut(LogRecord<'_>) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        if from >= part.end {
            return Ok(part.end);
        }
        let Some(open) = self.logs.open(id, part.first)? else { return Ok(part.end) };
        let (key, start) = ((id, part.first), self.place(id, part, from, &open));
        let (mut left, mut wanted) = (octets, if start.number < from { CHUNK } else { octets });
        let mut walk = Walk::new(&open, part, start, &mut self.buffer);
        while let Some(record) = walk.step(wanted)? {
            if record.number < from {
                continue;
            }
            left = left.saturating_sub(record.size());
            wanted = left;
            if found(record).is_break() || left == 0 {
                break;
            }
        }
        let trace = walk.into_trace();
        open.index().learn(&trace);
        self.logs.opened().note_end(key, trace.end());
        self.give_back();
        Ok(trace.end().number)
    }

    /// The number of the first record of a part whose time is not before this one; `part.end`: there is none.
    pub fn seek(&mut self, id: LogId, part: &Part, time: u64) -> Result<u64, Error> {
        if time > part.last_time {
            return Ok(part.end);
        }
        if time <= part.first_time {
            return Ok(part.first);
        }
        let Some(open) = self.logs.open(id, part.first)? else { return Ok(part.end) };
        let start = open.index().find_time(time);
        let mut walk = Walk::new(&open, part, start, &mut self.buffer);
        let mut number = part.end;
        while let Some(record) = walk.step(CHUNK)? {
            if record.time >= time {
                number = record.number;
                break;
            }
        }
        let trace = walk.into_trace();
        open.index().learn(&trace);
        self.give_back();
        Ok(number)
    }

    /// A place at or before the record of this number. Who goes on where a reading ended needs no index.
    fn place(&self, id: LogId, part: &Part, from: u64, open: &Arc<OpenPart<B::File>>) -> Place {
        if from <= part.first {
            return Place::start(part.first);
        }
        let end = self.logs.opened().end((id, part.first), from);
        end.unwrap_or_else(|| open.index().find_number(from))
    }

    /// One large record is no reason to keep its room.
    fn give_back(&mut self) {
        if self.buffer.len() > KEPT {
            self.buffer = Vec::new();
        }
    }
}

impl<B: Backend> Clone for LogReader<B> {
    fn clone(&self) -> Self {
        LogReader::new(self.logs.clone())
    }
}
