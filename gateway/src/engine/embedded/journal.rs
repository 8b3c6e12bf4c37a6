//! The journal of this process: the records of all vhosts, in a directory or in memory.

use super::EmbeddedVhost;
use super::files::{Files, Opened, Reading};
use super::places::place_at;
use super::reader::{Located, from_part, load, to_part};
use crate::engine::keeping::Keeping;
use crate::engine::store_error::StoreError;
use crate::engine::vhosts::Known;
use broker::{Loaded, Recovery};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak};
use std::time::Duration;
use store::backend::{Backend, FileBackend, MemoryBackend};
use store::{Error, Found, LogId, LogRecord, Logs, Options, Part, Position, Progress, RECORD_HEAD, Replayed};
use tokio::sync::{oneshot, watch};

/// How a vhost is called in records.
pub(in crate::engine) type VhostNumber = u32;

/// What the definitions of the whole server are kept under, as if they were those of a vhost. No vhost is called that.
pub(in crate::engine) const GLOBAL: VhostNumber = VhostNumber::MAX;

const MIB: u64 = 1 << 20;

/// How long a full disk is left alone before it is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// Octets of a file, and of all files up to which nothing is reclaimed.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Sizes {
    pub(in crate::engine) segment: u64,
    pub(in crate::engine) window: u64,
}

/// Small, since it takes what it is to keep messages from taking.
const IN_MEMORY: Sizes = Sizes { segment: 4 * MIB, window: 16 * MIB };

/// Octets that giving back has to gain at least, on a disk that is full.
const LEAST_GAIN: u64 = 4 * MIB;

/// Octets that giving back leaves there to what is settled meanwhile.
const OF_OTHERS: u64 = 4 * MIB;

/// Files from which on the oldest are reclaimed if they hold little: each start of the server begins one.
const MOST_SEGMENTS: usize = 64;

/// Where records go.
#[derive(Debug)]
pub(in crate::engine) struct Journal {
    files: Box<dyn Files>,
    /// `None`: in memory.
    directory: Option<PathBuf>,
    sizes: Sizes,
    told: Arc<Told>,
}

/// What the journal's thread said last, and whom it tells.
#[derive(Debug, Default)]
struct Told {
    /// What is durable: apart from the rest, for whom each sync would be a wake-up for nothing.
    durable: Mutex<Durable>,
    state: watch::Sender<State>,
    vhosts: RwLock<Vec<Weak<EmbeddedVhost>>>,
    /// Where it is, if it is on a disk, and octets of room that publishers leave to others there.
    disk: OnceLock<(PathBuf, u64)>,
}

/// What is durable, and who waits for more of it: woken when it is there, and not before.
#[derive(Debug, Default)]
struct Durable {
    position: Position,
    /// In the order of what they wait for.
    waiting: VecDeque<(Position, oneshot::Sender<()>)>,
}

impl Durable {
    /// `None`: it is durable already.
    fn wait(&mut self, position: Position) -> Option<oneshot::Receiver<()>> {
        if self.position >= position {
            return None;
        }
        if self.waiting.len() == self.waiting.capacity() {
            self.waiting.retain(|(_, sender)| !sender.is_closed()); // some do not wait any more
        }
        let (sender, receiver) = oneshot::channel();
        let index = self.waiting.partition_point(|(other, _)| *other <= position);
        self.waiting.insert(index, (position, sender));
        Some(receiver)
    }

    fn advance(&mut self, position: Position) {
        self.position = position;
        while let Some((_, waiting)) = self.waiting.pop_front_if(|(wanted, _)| *wanted <= position) {
            let _ = waiting.send(()); // who does not wait any more needs no answer
        }
    }
}

#[derive(Debug, Clone, Default)]
struct State {
    /// The journal waits for room.
    is_full: bool,
    /// There is little room left.
    is_tight: bool,
    failure: Option<String>,
}

/// The disk that the journal is on.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Disk {
    /// Octets that are free; 0, if the system does not tell.
    pub(in crate::engine) free: u64,
    /// The journal waits for room.
    pub(in crate::engine) is_full: bool,
}

/// What was in a journal when it was opened.
#[derive(Debug, Default)]
pub(in crate::engine) struct Kept {
    pub(in crate::engine) vhosts: BTreeMap<VhostNumber, Recovery>,
    pub(in crate::engine) found: Found,
}

/// Octets of a record in the journal beside those that a vhost wrote: the store's head, and the vhost's number.
pub(super) const OVERHEAD: u64 = RECORD_HEAD as u64 + size_of::<VhostNumber>() as u64;

impl Journal {
    /// Opens the journal.
    pub(in crate::engine) fn open(keeping: &Keeping) -> Result<(Self, Kept), StoreError> {
        let Some(directory) = &keeping.directory else {
            return Journal::open_on(MemoryBackend::default(), IN_MEMORY, keeping.repair);
        };
        let sizes = Sizes { segment: keeping.segment, window: keeping.window };
        let (journal, kept) = Journal::open_on(lock(directory)?, sizes, keeping.repair)?;
        let _ = journal.told.disk.set((directory.clone(), reserve(directory, sizes.segment)));
        Ok((Journal { directory: Some(directory.clone()), ..journal }, kept))
    }

    /// Opens the journal that is there. `repair`: what is damaged is put aside.
    pub(in crate::engine) fn open_on<B>(backend: B, sizes: Sizes, repair: bool) -> Result<(Self, Kept), StoreError>
    where
        B: Backend<File: Debug> + Debug,
    {
        let options = Options { segment: sizes.segment, retry: RETRY, repair, journal: rand::random() };
        let told = Arc::new(Told::default());
        let teller = Arc::clone(&told);
        let tell = move |progress| teller.handle(progress);
        let mut reader = Reader::default();
        let (journal, mut found) = store::Journal::open(backend, &options, |it| reader.read(&it), tell)?;
        let files = Box::new(Opened::new(journal));
        let mut vhosts = reader.finish()?;
        drop_deleted(&mut vhosts)?;
        let mut logs = logs_of(&mut vhosts);
        found.damaged.extend(files.settle_logs(&mut logs, repair)?);
        set_logs(&mut vhosts, &logs);
        told.durable().position = found.end;
        Ok((Journal { files, directory: None, sizes, told }, Kept { found, vhosts }))
    }

    /// Reads what is in a directory, all of it, and changes nothing.
    pub(in crate::engine) fn check(directory: &Path) -> Result<Kept, StoreError> {
        let mut reader = Reader::default();
        let backend = Arc::new(lock(directory)?);
        let found = store::Journal::check(&*backend, |it| reader.read(&it))?;
        let mut vhosts = reader.finish()?;
        drop_deleted(&mut vhosts)?;
        if let Some(journal) = found.journal {
            Logs::new(backend, journal).check(&logs_of(&mut vhosts))?;
        }
        Ok(Kept { found, vhosts })
    }

    /// Tells this vhost of progress from now on, for as long as it is there.
    pub(in crate::engine) fn tell(&self, vhost: &Arc<EmbeddedVhost>) {
        let mut vhosts = self.told.vhosts.write().unwrap_or_else(PoisonError::into_inner);
        vhosts.retain(|other| other.strong_count() > 0);
        vhosts.push(Arc::downgrade(vhost));
        drop(vhosts);
        if self.lacks_room() {
            vhost.handle_full(true); // which was told before it was there to hear it
        }
    }

    /// Appends a record of a vhost. Returns where it ends; once that is durable, so is the record. If the journal has failed it
    /// never will be, and the server ends.
    pub(super) fn append(&self, vhost: VhostNumber, record: &[u8]) -> Position {
        let number = vhost.to_le_bytes();
        let parts = [&number[..], record];
        self.files.append(&parts).unwrap_or_else(|error| {
            tracing::error!("a record cannot be kept: {error}");
            self.fail(&error.into());
            Position(u64::MAX)
        })
    }

    /// What is durable.
    pub(super) fn durable(&self) -> Position {
        self.told.durable().position
    }

    /// Waits until this is durable: for ever, if the journal has failed.
    pub(in crate::engine) async fn wait(&self, position: Position) {
        let waiting = self.told.durable().wait(position);
        if let Some(waiting) = waiting
            && waiting.await.is_err()
        {
            std::future::pending::<()>().await;
        }
    }

    /// The same, for who is not to wait for ever: an error, if the journal has failed.
    pub(super) async fn wait_or_fail(&self, position: Position) -> Result<(), StoreError> {
        tokio::select! {
            biased;
            () = self.wait(position) => Ok(()),
            failure = self.failure() => Err(Error::Failed(failure).into()),
        }
    }

    /// Waits until the journal fails, and tells why.
    pub(in crate::engine) async fn failure(&self) -> String {
        let mut state = self.told.state.subscribe();
        match state.wait_for(|state| state.failure.is_some()).await {
            Ok(state) => state.failure.clone().unwrap_or_default(),
            Err(_) => std::future::pending().await,
        }
    }

    /// The disk that it is on, if it is on one.
    pub(in crate::engine) fn disk(&self) -> Option<Disk> {
        let directory = self.directory.as_deref()?;
        Some(Disk { free: free(directory).unwrap_or(0), is_full: self.lacks_room() })
    }

    /// Where the next record begins.
    pub(in crate::engine) fn end(&self) -> Position {
        self.files.end()
    }

    /// Up to where the journal should be reclaimed, of which so many octets are needed. Not as long as that would write more than
    /// it frees.
    pub(in crate::engine) fn reclaimable(&self, live: u64) -> Option<Position> {
        let segments = self.files.segments();
        let size = self.end().0 - segments.first()?.0;
        let is_large = size > self.sizes.window.max(2 * live);
        let is_worth_it = self.lacks_room() && size > live + LEAST_GAIN;
        let oldest = segments.len().div_ceil(4);
        let count = segments.len();
        let is_scattered = count > MOST_SEGMENTS && size < count as u64 * self.sizes.segment / 4;
        segments.get(oldest).copied().filter(|_| is_large || is_scattered || is_worth_it)
    }

    /// Up to where it can be reclaimed, at most `covers`: on a disk without room no further than what is needed can be written again, or that would
    /// wait for room, and all behind it, such as acknowledgements, with it. `needed` tells how many octets that is, counted no further than to its
    /// second argument.
    pub(in crate::engine) fn affordable(
        &self,
        covers: Position,
        needed: impl Fn(Position, u64) -> u64,
    ) -> Option<Position> {
        if !self.lacks_room() {
            return Some(covers);
        }
        let free = self.disk().map_or(0, |disk| disk.free);
        let room = self.files.room().unwrap_or(0) + free.saturating_sub(OF_OTHERS);
        let segments = self.files.segments();
        let ends = segments.into_iter().skip(1).take_while(|end| *end <= covers);
        ends.take_while(|end| needed(*end, room) <= room).last()
    }

    /// Whether publishers wait for room on the disk. It is looked at now and then, and with each sync.
    pub(in crate::engine) fn lacks_room(&self) -> bool {
        let state = self.told.state.borrow();
        state.is_full || state.is_tight
    }

    /// Looks whether there is room on the disk.
    pub(in crate::engine) fn look_for_room(&self) {
        self.told.look_for_room();
    }

    /// Writes what is declared in each vhost, and gives back what precedes `covers`. Takes its time.
    pub(super) fn write_snapshot(
        &self,
        covers: Position,
        definitions: &[(VhostNumber, Vec<u8>)],
    ) -> Result<(), StoreError> {
        let mut snapshot = Vec::new();
        for (vhost, definitions) in definitions {
            snapshot.extend_from_slice(&vhost.to_le_bytes());
            snapshot.extend_from_slice(&u32::try_from(definitions.len()).unwrap_or(u32::MAX).to_le_bytes());
            snapshot.extend_from_slice(definitions);
        }
        Ok(self.files.write_snapshot(covers, &snapshot)?)
    }

    /// Writes what is declared in each vhost beside all records that are there: what was put aside is not missed at the next start.
    pub(in crate::engine) fn note_repaired(&self, definitions: &[(VhostNumber, Vec<u8>)]) -> Result<(), StoreError> {
        let oldest = self.files.segments().first().copied();
        self.write_snapshot(oldest.unwrap_or_default(), definitions)
    }

    /// A reader of records and logs, for one thread.
    pub(super) fn reading(&self) -> Box<dyn Reading> {
        self.files.reading()
    }

    /// Reads messages. What cannot be read ends the server.
    pub(in crate::engine) fn load(&self, vhost: VhostNumber, located: &Located) -> Vec<Loaded> {
        load(&mut *self.reading(), vhost, located).unwrap_or_else(|error| {
            self.fail(&error);
            Vec::new()
        })
    }

    pub(super) fn append_to_log(
        &self,
        id: LogId,
        parts: &mut Vec<Part>,
        records: &[LogRecord<'_>],
        segment: u64,
    ) -> Result<(), Error> {
        self.files.append_to_log(id, parts, records, segment)
    }

    pub(super) fn sync_log(&self, id: LogId, parts: &[Part]) -> Result<(), Error> {
        self.files.sync_log(id, parts)
    }

    pub(in crate::engine) fn remove_from_log(&self, id: LogId, first: u64) -> Result<(), Error> {
        self.files.remove_from_log(id, first)
    }

    /// What is kept cannot be read: the server has to end.
    pub(super) fn fail(&self, error: &StoreError) {
        self.told.state.send_modify(|state| _ = state.failure.get_or_insert_with(|| error.to_string()));
    }
}

/// Drops what is left of vhosts that were deleted. No other is without its definition, which stands before all that is in it: of a damaged
/// journal only what precedes the damage is read.
fn drop_deleted(vhosts: &mut BTreeMap<VhostNumber, Recovery>) -> Result<(), StoreError> {
    if let Some(numbers) = Known::read(vhosts.get(&GLOBAL))?.numbers() {
        vhosts.retain(|number, _| *number == GLOBAL || numbers.contains(number));
    }
    Ok(())
}

/// The logs of all streams.
fn logs_of(vhosts: &mut BTreeMap<VhostNumber, Recovery>) -> BTreeMap<LogId, Vec<Part>> {
    let logs = vhosts.iter_mut().flat_map(|(group, recovery)| {
        recovery.logs().map(|(log, parts)| (LogId { group: *group, log }, parts.iter().map(to_part).collect()))
    });
    logs.collect()
}

/// The same, as they turned out to be.
fn set_logs(vhosts: &mut BTreeMap<VhostNumber, Recovery>, logs: &BTreeMap<LogId, Vec<Part>>) {
    for (group, recovery) in vhosts {
        for (log, parts) in recovery.logs() {
            let known = logs.get(&LogId { group: *group, log });
            *parts = known.into_iter().flatten().map(from_part).collect();
        }
    }
}

/// Octets that are free on the disk of a directory; `None`: the system does not tell.
fn free(directory: &Path) -> Option<u64> {
    rustix::fs::statvfs(directory).ok().map(|disk| disk.f_bavail * disk.f_frsize)
}

/// Room that publishers leave: two segments, of which the next may take one, or less of a small disk.
fn reserve(directory: &Path, segment: u64) -> u64 {
    let size = rustix::fs::statvfs(directory).map_or(0, |disk| disk.f_blocks * disk.f_frsize);
    (2 * segment).min(size / 4)
}

fn lock(directory: &Path) -> Result<FileBackend, StoreError> {
    let opened = FileBackend::open(directory).map_err(StoreError::Directory)?;
    opened.ok_or(StoreError::Store(Error::Locked))
}

impl Told {
    fn durable(&self) -> MutexGuard<'_, Durable> {
        // No code that can panic runs under this lock.
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self, progress: Progress) {
        match progress {
            Progress::Durable(position) => {
                self.durable().advance(position);
                self.each(&|vhost| vhost.handle_durable(position));
                self.look_for_room();
            }
            Progress::Full => self.set_room(|state| state.is_full = true),
            Progress::Resumed => self.set_room(|state| state.is_full = false),
            Progress::Failed(error) => self.state.send_modify(|state| state.failure = Some(error.to_string())),
        }
    }

    /// Lets publishers wait while there is still room for what is settled, and for giving room back: on a disk without any nothing could be
    /// done about it.
    fn look_for_room(&self) {
        let Some((directory, reserve)) = self.disk.get() else { return };
        let Some(free) = free(directory) else { return };
        let is_tight = self.state.borrow().is_tight;
        let wanted = if is_tight { reserve + reserve / 4 } else { *reserve };
        if (free < wanted) != is_tight {
            self.set_room(|state| state.is_tight = free < wanted);
        }
    }

    /// Tells vhosts whether there is room, if that has changed.
    fn set_room(&self, change: impl FnOnce(&mut State)) {
        let lacks = |state: &State| state.is_full || state.is_tight;
        let (mut before, mut after) = (false, false);
        self.state.send_modify(|state| {
            before = lacks(state);
            change(state);
            after = lacks(state);
        });
        match (before, after) {
            (false, true) => tracing::error!("the disk is full: publishers wait until there is room; make some"),
            (true, false) => tracing::info!("there is room on the disk again"),
            _ => return,
        }
        self.each(&|vhost| vhost.handle_full(after));
    }

    fn each(&self, act: &dyn Fn(&EmbeddedVhost)) {
        let vhosts = self.vhosts.read().unwrap_or_else(PoisonError::into_inner);
        vhosts.iter().filter_map(Weak::upgrade).for_each(|vhost| act(&vhost));
    }
}

/// Takes apart what the journal hands over.
#[derive(Default)]
struct Reader {
    vhosts: BTreeMap<VhostNumber, Recovery>,
    failure: Option<StoreError>,
}

impl Reader {
    fn read(&mut self, replayed: &Replayed<'_>) {
        if self.failure.is_none() {
            self.failure = match replayed {
                Replayed::Snapshot(snapshot) => self.read_snapshot(snapshot),
                Replayed::Record(record, end) => self.read_record(record, *end),
            }
            .err();
        }
    }

    fn read_snapshot(&mut self, mut rest: &[u8]) -> Result<(), StoreError> {
        while let Some((number, after)) = rest.split_first_chunk() {
            let (length, after) = after.split_first_chunk().ok_or(StoreError::Foreign)?;
            let length = u32::from_le_bytes(*length) as usize;
            let (definitions, after) = after.split_at_checked(length).ok_or(StoreError::Foreign)?;
            let recovery = self.vhosts.entry(VhostNumber::from_le_bytes(*number)).or_default();
            recovery.replay_definitions(definitions)?;
            rest = after;
        }
        Ok(())
    }

    fn read_record(&mut self, record: &[u8], end: Position) -> Result<(), StoreError> {
        let begin = Position(end.0.saturating_sub(RECORD_HEAD as u64 + record.len() as u64));
        let (number, record) = record.split_first_chunk().ok_or(StoreError::Foreign)?;
        let recovery = self.vhosts.entry(VhostNumber::from_le_bytes(*number)).or_default();
        Ok(recovery.replay(record, place_at(begin))?)
    }

    fn finish(self) -> Result<BTreeMap<VhostNumber, Recovery>, StoreError> {
        self.failure.map_or(Ok(self.vhosts), Err)
    }
}
