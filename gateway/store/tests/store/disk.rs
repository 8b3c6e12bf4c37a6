//! A disk whose power can be cut at any operation: what was not synced is there, or not, or torn, in any order.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use store::backend::{Backend, File};

/// A small generator of numbers that are the same for the same seed.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound.max(1)
    }
}

#[derive(Debug, Default, Clone)]
struct Inode {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Inode {
    fn now(&self) -> Vec<u8> {
        let mut octets = self.durable.clone();
        self.pending.iter().for_each(|change| change.apply(&mut octets));
        octets
    }
}

impl Change {
    fn apply(&self, octets: &mut Vec<u8>) {
        match self {
            Change::Write(at, written) => {
                octets.resize(octets.len().max(at + written.len()), 0);
                octets[*at..at + written.len()].copy_from_slice(written);
            }
            Change::Truncate(length) => octets.truncate(*length),
        }
    }
}

#[derive(Debug, Default)]
struct Platter {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Operations until the power goes; `None`: it stays.
    left: Option<usize>,
    operations: usize,
    /// Whether there is no room for new files.
    is_full: bool,
    /// Whether the next sync fails.
    fails_sync: bool,
    /// Octets of each reading.
    reads: Vec<usize>,
}

impl Platter {
    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        if let Some(left) = &mut self.left {
            if *left == 0 {
                return Err(io::Error::other("the power is gone"));
            }
            *left -= 1;
        }
        Ok(())
    }
}

/// A directory on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<Platter>>);

/// One of its files.
#[derive(Debug)]
pub(crate) struct DiskFile(Disk, usize);

impl Disk {
    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap()
    }

    /// So many more operations, and the power goes.
    pub(crate) fn cut_after(&self, operations: usize) {
        self.platter().left = Some(operations);
    }

    pub(crate) fn operations(&self) -> usize {
        self.platter().operations
    }

    /// Octets of each reading since this was asked last.
    pub(crate) fn take_reads(&self) -> Vec<usize> {
        std::mem::take(&mut self.platter().reads)
    }

    /// How many know it: files that are open, and who opens them.
    pub(crate) fn users(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    pub(crate) fn set_full(&self, is_full: bool) {
        self.platter().is_full = is_full;
    }

    pub(crate) fn fail_next_sync(&self) {
        self.platter().fails_sync = true;
    }

    /// What is on it when the power comes back.
    pub(crate) fn after_power_cut(&self, random: &mut Random) -> Disk {
        let platter = self.platter();
        let mut inodes = platter.inodes.clone();
        for inode in &mut inodes {
            for change in std::mem::take(&mut inode.pending) {
                match (change, random.below(4)) {
                    (_, 0) => {}
                    (Change::Write(at, written), 1) => {
                        let torn = written[..random.below(written.len() + 1)].to_vec();
                        Change::Write(at, torn).apply(&mut inode.durable);
                    }
                    (change, _) => change.apply(&mut inode.durable),
                }
            }
        }
        // Names change in order, but how far nobody knows.
        let names = if random.below(2) == 0 { &platter.names } else { &platter.durable_names };
        let names = names.clone();
        Disk(Arc::new(Mutex::new(Platter { inodes, durable_names: names.clone(), names, ..Platter::default() })))
    }

    /// The octets of a file, to be damaged.
    pub(crate) fn edit(&self, name: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut platter = self.platter();
        let inode = platter.names[name];
        let mut octets = platter.inodes[inode].now();
        edit(&mut octets);
        platter.inodes[inode] = Inode { durable: octets, pending: Vec::new() };
    }

    /// A copy of its own.
    pub(crate) fn copy(&self) -> Disk {
        let platter = self.platter();
        let (inodes, names) = (platter.inodes.clone(), platter.names.clone());
        Disk(Arc::new(Mutex::new(Platter { inodes, durable_names: names.clone(), names, ..Platter::default() })))
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.platter().names.keys().cloned().collect()
    }
}

impl Backend for Disk {
    type File = DiskFile;

    fn list(&self) -> io::Result<Vec<String>> {
        let mut platter = self.platter();
        platter.operate()?;
        Ok(platter.names.keys().cloned().collect())
    }

    fn create(&self, name: &str, size: u64) -> io::Result<DiskFile> {
        let mut platter = self.platter();
        platter.operate()?;
        if platter.is_full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        platter.inodes.push(Inode { durable: vec![0; size as usize], pending: Vec::new() });
        let inode = platter.inodes.len() - 1;
        platter.names.insert(name.to_owned(), inode);
        Ok(DiskFile(self.clone(), inode))
    }

    fn open(&self, name: &str) -> io::Result<DiskFile> {
        let mut platter = self.platter();
        platter.operate()?;
        let inode = *platter.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(DiskFile(self.clone(), inode))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut platter = self.platter();
        platter.operate()?;
        let inode = platter.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        platter.names.insert(to.to_owned(), inode);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut platter = self.platter();
        platter.operate()?;
        platter.names.remove(name).map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn set_aside(&self, name: &str) -> io::Result<()> {
        self.remove(name)
    }

    fn sync(&self) -> io::Result<()> {
        let mut platter = self.platter();
        platter.operate()?;
        platter.durable_names = platter.names.clone();
        Ok(())
    }
}

impl DiskFile {
    fn change(&self, change: Change) -> io::Result<()> {
        let mut platter = self.0.platter();
        platter.operate()?;
        platter.inodes[self.1].pending.push(change);
        Ok(())
    }
}

impl File for DiskFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.platter().inodes[self.1].now().len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut platter = self.0.platter();
        platter.reads.push(buffer.len());
        let octets = platter.inodes[self.1].now();
        let wanted = octets.get(offset as usize..offset as usize + buffer.len());
        buffer.copy_from_slice(wanted.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&self, octets: &[u8], offset: u64) -> io::Result<()> {
        self.change(Change::Write(offset as usize, octets.to_vec()))
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.change(Change::Truncate(len as usize))
    }

    fn sync(&self) -> io::Result<()> {
        let mut platter = self.0.platter();
        platter.operate()?;
        if std::mem::take(&mut platter.fails_sync) {
            return Err(io::Error::other("the disk is broken"));
        }
        let inode = &mut platter.inodes[self.1];
        inode.durable = inode.now();
        inode.pending.clear();
        Ok(())
    }
}
