//! The journal: records are appended by many and written by one thread, with one sync for all who wait.

use crate::backend::Backend;
use crate::gathering::Gathering;
use crate::record::{self, MAX_RECORD};
use crate::recovery::{Found, Mode, Replayed, recover};
use crate::writer::{Starts, Stopped, Writer};
use crate::{Error, Logs, Position, Reader, failpoint, segment, snapshot};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Octets of room that is kept for records to come: one large group is no reason to keep its own.
const RETAINED: usize = 1 << 20;

/// How a store is kept.
#[derive(Debug, Clone)]
pub struct Options {
    /// Octets of records in each file.
    pub segment: u64,
    /// How long to wait for room on a full disk, before it is looked for again.
    pub retry: Duration,
    /// Whether what is damaged is put aside, instead of refused.
    pub repair: bool,
    /// The id of the journal, if there is none yet: a random number.
    pub journal: u64,
}

/// What the commit thread has to tell.
#[derive(Debug)]
pub enum Progress {
    /// All that precedes this place is durable.
    Durable(Position),
    /// There is no room on the disk: what is appended waits.
    Full,
    /// There is room again.
    Resumed,
    /// Nothing more will be durable: the server has to end.
    Failed(Error),
}

/// An open journal. Dropped, it writes what was appended and ends its thread.
#[derive(Debug)]
pub struct Journal<B: Backend> {
    backend: Arc<B>,
    id: u64,
    starts: Starts,
    logs: Logs<B>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Debug)]
struct State {
    /// Records that the thread has not taken yet.
    waiting: Vec<u8>,
    /// How many they are.
    count: usize,
    /// So many of them are waited for; 0: for any.
    wanted: usize,
    /// Where the next record begins.
    end: Position,
    durable: Position,
    is_closed: bool,
    failure: Option<String>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits a little for those who are expected, so that one sync is for all of them.
    fn gather<'a>(&'a self, mut state: MutexGuard<'a, State>, gathering: &mut Gathering) -> MutexGuard<'a, State> {
        let count = state.count;
        let Some((expected, patience)) = gathering.expected().filter(|(expected, _)| count < *expected) else {
            return state;
        };
        state.wanted = expected;
        let is_missing = |state: &mut State| state.count < expected && !state.is_closed;
        let waited = self.work.wait_timeout_while(state, patience, is_missing);
        let (mut state, outcome) = waited.unwrap_or_else(PoisonError::into_inner);
        state.wanted = 0;
        gathering.handle_waited(outcome.timed_out());
        state
    }
}

impl<B: Backend> Journal<B> {
    /// Opens a directory: hands over what is in it, and goes on behind it. `tell` is called by the commit thread.
    pub fn open(
        backend: B,
        options: &Options,
        mut replay: impl FnMut(Replayed<'_>),
        tell: impl FnMut(Progress) + Send + 'static,
    ) -> Result<(Self, Found), Error> {
        let backend = Arc::new(backend);
        let mode = if options.repair { Mode::Repair } else { Mode::Open };
        let recovered = recover(&*backend, mode, &mut replay)?;
        let (id, end) = (recovered.journal.unwrap_or(options.journal), recovered.found.end);
        let starts: Starts = Arc::new(Mutex::new(recovered.starts));
        let writer = Writer::begin(Arc::clone(&backend), id, options.segment, end, Arc::clone(&starts))?;
        let state =
            State { waiting: Vec::new(), count: 0, wanted: 0, end, durable: end, is_closed: false, failure: None };
        let shared = Arc::new(Shared { state: Mutex::new(state), work: Condvar::new() });
        let mut committer = Committer {
            shared: Arc::clone(&shared),
            writer,
            retry: options.retry,
            gathering: Gathering::default(),
            tell,
        };
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || committer.run());
        let thread = Some(thread.map_err(|error| Error::io("starting a thread for", ".", error))?);
        let logs = Logs::new(Arc::clone(&backend), id);
        Ok((Journal { backend, id, starts, logs, shared, thread }, recovered.found))
    }

    /// Looks at a directory and changes nothing.
    pub fn check(backend: &B, mut replay: impl FnMut(Replayed<'_>)) -> Result<Found, Error> {
        recover(backend, Mode::Check, &mut replay).map(|recovered| recovered.found)
    }

    /// Appends a record: after a crash all of it is there or nothing. Returns where it ends; once that is durable, so is it.
    /// It is given in parts, to be put together here.
    pub fn append(&self, parts: &[&[u8]]) -> Result<Position, Error> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if length > MAX_RECORD || length == 0 {
            return Err(Error::TooLarge(length));
        }
        let mut state = self.shared.state();
        if let Some(failure) = &state.failure {
            return Err(Error::Failed(failure.clone()));
        }
        state.count += 1;
        let is_awaited = state.count == state.wanted.max(1);
        record::write(parts, &mut state.waiting);
        state.end = state.end.after(record::HEAD + length);
        let end = state.end;
        drop(state);
        failpoint::pass("journal.appended");
        if is_awaited {
            self.shared.work.notify_one();
        }
        Ok(end)
    }

    /// Octets that were appended and are not durable: who appends should wait when they are too many.
    pub fn backlog(&self) -> u64 {
        let state = self.shared.state();
        state.end.0 - state.durable.0
    }

    /// Where its segments begin, in order; the last is the one that is written to.
    pub fn segments(&self) -> Vec<Position> {
        self.starts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Octets that the segment that is written to has left, whatever else is free on the disk: it got its room when it was made.
    pub fn room(&self) -> Result<u64, Error> {
        let Some(last) = self.segments().last().copied() else { return Ok(0) };
        let segment = segment::Segment::open(&*self.backend, last)?;
        Ok(segment.map_or(0, |segment| segment.size.saturating_sub(segment.offset_of(self.end()))))
    }

    /// Reads single records by their positions, without the commit thread.
    pub fn reader(&self) -> Reader<B> {
        Reader::new(Arc::clone(&self.backend), self.id, Arc::clone(&self.starts))
    }

    /// The logs in the same directory: all that this returns are the same.
    pub fn logs(&self) -> Logs<B> {
        self.logs.clone()
    }

    /// Where the next record begins.
    pub fn end(&self) -> Position {
        self.shared.state().end
    }

    /// Writes a snapshot of all that precedes `covers`, which must be durable, and reclaims what it replaces.
    pub fn write_snapshot(&self, covers: Position, octets: &[u8]) -> Result<(), Error> {
        debug_assert!(covers <= self.shared.state().durable, "a snapshot must not know more than the journal");
        let written = snapshot::write(&*self.backend, self.id, covers, octets)?;
        let names = self.backend.list().map_err(|error| Error::io("listing", ".", error))?;
        for older in snapshot::newest_first(&names).into_iter().filter(|older| !written.contains(older)) {
            self.remove(&older)?;
        }
        for segment in self.reclaimable(covers) {
            failpoint::pass("segment.removing");
            self.remove(&segment::name_of(segment))?;
        }
        Ok(())
    }

    /// Takes the segments of which nothing is needed off the list.
    fn reclaimable(&self, covers: Position) -> Vec<Position> {
        let mut starts = self.starts.lock().unwrap_or_else(PoisonError::into_inner);
        let needed = starts.iter().rposition(|start| *start <= covers).unwrap_or(0);
        starts.drain(..needed).collect()
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        self.backend.remove(name).map_err(|error| Error::io("removing", name, error))
    }
}

impl<B: Backend> Drop for Journal<B> {
    fn drop(&mut self) {
        self.shared.state().is_closed = true;
        self.shared.work.notify_all();
        // Who is told of progress may be the last to know the journal: a thread cannot wait for itself.
        if let Some(thread) = self.thread.take().filter(|it| it.thread().id() != std::thread::current().id()) {
            let _ = thread.join(); // a panic there was told by itself
        }
    }
}

/// The clock, for how long the disk takes: nothing that is kept depends on it.
#[expect(clippy::disallowed_methods, reason = "the thread waits for a disk, and for others in proportion to that")]
fn now() -> Instant {
    Instant::now()
}

/// The thread that writes.
struct Committer<B: Backend, T> {
    shared: Arc<Shared>,
    writer: Writer<B>,
    retry: Duration,
    gathering: Gathering,
    tell: T,
}

impl<B: Backend, T: FnMut(Progress)> Committer<B, T> {
    fn run(&mut self) {
        let mut batch = Vec::new();
        while let Some(durable) = self.take(&mut batch) {
            if let Err(error) = self.commit(&mut batch, durable) {
                self.shared.state().failure = Some(error.to_string());
                return (self.tell)(Progress::Failed(error));
            }
            batch.clear();
            batch.shrink_to(RETAINED);
        }
    }

    /// Waits for records, and takes all there are. Returns what is durable; `None`: nothing more comes.
    fn take(&mut self, batch: &mut Vec<u8>) -> Option<Position> {
        let Committer { shared, gathering, .. } = self;
        let mut state = shared.state();
        while state.waiting.is_empty() && !state.is_closed {
            state = shared.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state = shared.gather(state, gathering);
        std::mem::swap(&mut state.waiting, batch);
        gathering.handle_taken(std::mem::take(&mut state.count));
        (!batch.is_empty()).then_some(state.durable)
    }

    fn commit(&mut self, batch: &mut [u8], durable: Position) -> Result<(), Error> {
        let (mut done, mut durable, mut is_full) = (0, durable, false);
        while let Some(rest) = batch.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let began = now();
            let stopped = self.writer.write(rest, durable).err();
            if self.writer.end() > durable {
                durable = self.writer.end();
                let Committer { shared, gathering, .. } = self;
                let mut state = shared.state();
                state.durable = durable;
                gathering.handle_synced(began.elapsed(), state.count);
                drop(state);
                if std::mem::take(&mut is_full) {
                    (self.tell)(Progress::Resumed);
                }
                (self.tell)(Progress::Durable(durable));
            }
            let Some(Stopped { done: more, error }) = stopped else { return Ok(()) };
            done += more;
            if !error.is_full() {
                return Err(error);
            }
            if !std::mem::replace(&mut is_full, true) {
                (self.tell)(Progress::Full);
            }
            self.wait_for_room(error)?;
        }
        Ok(())
    }

    /// Who closes the store does not wait for somebody to clean up.
    fn wait_for_room(&self, error: Error) -> Result<(), Error> {
        let state = self.shared.state();
        let (state, _) = self
            .shared
            .work
            .wait_timeout_while(state, self.retry, |state| !state.is_closed)
            .unwrap_or_else(PoisonError::into_inner);
        if state.is_closed { Err(error) } else { Ok(()) }
    }
}
