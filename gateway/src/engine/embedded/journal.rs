//! The journal of this process: the records of all vhosts, in a directory or in memory.

use super::EmbeddedVhost;
use crate::engine::store_error::StoreError;
use broker::Recovery;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;
use store::backend::{FileBackend, MemoryBackend};
use store::{Error, Found, Options, Position, Progress, Replayed};
use tokio::sync::watch;

/// How a vhost is called in records.
pub(super) type VhostNumber = u32;

const MIB: u64 = 1 << 20;

/// How long a full disk is left alone before it is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// Octets of a file, and of all files up to which nothing is reclaimed.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    segment: u64,
    window: u64,
}

/// Large, so that messages that are settled soon are never written twice.
const ON_DISK: Sizes = Sizes { segment: 64 * MIB, window: 256 * MIB };
/// Small, since it takes what it is to keep messages from taking.
const IN_MEMORY: Sizes = Sizes { segment: 4 * MIB, window: 16 * MIB };

/// Files from which on the oldest are reclaimed if they hold little: each start of the server begins one.
const MOST_SEGMENTS: usize = 64;

/// Where records go.
#[derive(Debug)]
pub(in crate::engine) struct Journal {
    store: Store,
    /// `None`: in memory.
    directory: Option<PathBuf>,
    sizes: Sizes,
    told: Arc<Told>,
}

#[derive(Debug)]
enum Store {
    Files(store::Journal<FileBackend>),
    Memory(store::Journal<MemoryBackend>),
}

/// What the journal's thread said last, and whom it tells.
#[derive(Debug)]
struct Told {
    state: watch::Sender<State>,
    vhosts: OnceLock<Vec<Weak<EmbeddedVhost>>>,
}

#[derive(Debug, Clone, Default)]
struct State {
    durable: Position,
    is_full: bool,
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
    pub(in crate::engine) vhosts: BTreeMap<VhostNumber, KeptVhost>,
    pub(in crate::engine) found: Found,
}

/// What was kept of a vhost.
#[derive(Debug, Default)]
pub(in crate::engine) struct KeptVhost {
    pub(in crate::engine) recovery: Recovery,
    pub(super) places: super::places::Places,
}

impl Journal {
    /// Opens the journal in a directory; `None`: in memory. `repair`: what is damaged is put aside.
    pub(in crate::engine) fn open(directory: Option<&Path>, repair: bool) -> Result<(Self, Kept), StoreError> {
        let sizes = if directory.is_some() { ON_DISK } else { IN_MEMORY };
        let options = Options { segment: sizes.segment, retry: RETRY, repair, journal: rand::random() };
        let state = State::default();
        let told = Arc::new(Told { state: watch::Sender::new(state), vhosts: OnceLock::new() });
        let teller = Arc::clone(&told);
        let tell = move |progress| teller.handle(progress);
        let mut reader = Reader::default();
        let (store, found) = match directory {
            Some(path) => {
                let opened = store::Journal::open(lock(path)?, &options, |it| reader.read(&it), tell)?;
                (Store::Files(opened.0), opened.1)
            }
            None => {
                let opened = store::Journal::open(MemoryBackend::default(), &options, |it| reader.read(&it), tell)?;
                (Store::Memory(opened.0), opened.1)
            }
        };
        told.state.send_modify(|state| state.durable = found.end);
        let directory = directory.map(Path::to_owned);
        Ok((Journal { store, directory, sizes, told }, Kept { found, vhosts: reader.finish()? }))
    }

    /// Reads what is in a directory, and changes nothing.
    pub(in crate::engine) fn check(directory: &Path) -> Result<Kept, StoreError> {
        let mut reader = Reader::default();
        let found = store::Journal::check(&lock(directory)?, |it| reader.read(&it))?;
        Ok(Kept { found, vhosts: reader.finish()? })
    }

    /// Tells these vhosts of progress from now on.
    pub(in crate::engine) fn tell(&self, vhosts: Vec<Weak<EmbeddedVhost>>) {
        let _ = self.told.vhosts.set(vhosts);
    }

    /// Appends a record of a vhost. Returns where it ends; once that is durable, so is the record. If the journal has failed it
    /// never will be, and the server ends.
    pub(super) fn append(&self, vhost: VhostNumber, record: &[u8]) -> Position {
        let number = vhost.to_le_bytes();
        let parts = [&number[..], record];
        let appended = match &self.store {
            Store::Files(store) => store.append(&parts),
            Store::Memory(store) => store.append(&parts),
        };
        appended.unwrap_or_else(|error| {
            tracing::error!("a record cannot be kept: {error}");
            Position(u64::MAX)
        })
    }

    /// What is durable.
    pub(super) fn durable(&self) -> Position {
        self.told.state.borrow().durable
    }

    /// Waits until this is durable: for ever, if the journal has failed.
    pub(in crate::engine) async fn wait(&self, position: Position) {
        let mut state = self.told.state.subscribe();
        if state.wait_for(|state| state.durable >= position).await.is_err() {
            std::future::pending::<()>().await;
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
        let free = rustix::fs::statvfs(directory).map_or(0, |disk| disk.f_bavail * disk.f_frsize);
        Some(Disk { free, is_full: self.told.state.borrow().is_full })
    }

    /// Where the next record begins.
    pub(in crate::engine) fn end(&self) -> Position {
        match &self.store {
            Store::Files(store) => store.end(),
            Store::Memory(store) => store.end(),
        }
    }

    /// Up to where the journal should be reclaimed, of which so many octets are needed. Not as long as that would write more than
    /// it frees.
    pub(in crate::engine) fn reclaimable(&self, live: u64) -> Option<Position> {
        let segments = match &self.store {
            Store::Files(store) => store.segments(),
            Store::Memory(store) => store.segments(),
        };
        let size = self.end().0 - segments.first()?.0;
        let is_large = size > self.sizes.window.max(2 * live);
        let oldest = segments.len().div_ceil(4);
        let count = segments.len();
        let is_scattered = count > MOST_SEGMENTS && size < count as u64 * self.sizes.segment / 4;
        segments.get(oldest).copied().filter(|_| is_large || is_scattered)
    }

    /// Writes what is declared in each vhost, and gives back what precedes `covers`. Takes its time.
    pub(in crate::engine) fn reclaim(
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
        match &self.store {
            Store::Files(store) => store.write_snapshot(covers, &snapshot)?,
            Store::Memory(store) => store.write_snapshot(covers, &snapshot)?,
        }
        Ok(())
    }
}

fn lock(directory: &Path) -> Result<FileBackend, StoreError> {
    let opened = FileBackend::open(directory).map_err(StoreError::Directory)?;
    opened.ok_or(StoreError::Store(Error::Locked))
}

impl Told {
    fn handle(&self, progress: Progress) {
        let each = |act: &dyn Fn(&EmbeddedVhost)| {
            let vhosts = self.vhosts.get().into_iter().flatten();
            vhosts.filter_map(Weak::upgrade).for_each(|vhost| act(&vhost));
        };
        match progress {
            Progress::Durable(position) => {
                self.state.send_modify(|state| state.durable = position);
                each(&|vhost| vhost.handle_durable(position));
            }
            Progress::Full => {
                tracing::error!("the disk is full: publishers wait until there is room; make some");
                self.state.send_modify(|state| state.is_full = true);
                each(&|vhost| vhost.handle_full(true));
            }
            Progress::Resumed => {
                tracing::info!("there is room on the disk again");
                self.state.send_modify(|state| state.is_full = false);
                each(&|vhost| vhost.handle_full(false));
            }
            Progress::Failed(error) => self.state.send_modify(|state| state.failure = Some(error.to_string())),
        }
    }
}

/// Takes apart what the journal hands over.
#[derive(Default)]
struct Reader {
    vhosts: BTreeMap<VhostNumber, KeptVhost>,
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
            let kept = self.vhosts.entry(VhostNumber::from_le_bytes(*number)).or_default();
            kept.recovery.replay_definitions(definitions)?;
            rest = after;
        }
        Ok(())
    }

    fn read_record(&mut self, record: &[u8], end: Position) -> Result<(), StoreError> {
        let (number, record) = record.split_first_chunk().ok_or(StoreError::Foreign)?;
        let kept = self.vhosts.entry(VhostNumber::from_le_bytes(*number)).or_default();
        let number = kept.recovery.replay(record)?;
        kept.places.note(end, number);
        Ok(())
    }

    fn finish(self) -> Result<BTreeMap<VhostNumber, KeptVhost>, StoreError> {
        self.failure.map_or(Ok(self.vhosts), Err)
    }
}
