//! A disk whose power can be cut at any operation: what was not synced is there, or not, or torn, in any order. For tests, with
//! the feature `testing`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that asks for what is not there fails")]
#![allow(clippy::cast_possible_truncation, reason = "sizes of small files")]

use super::{Backend, File};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

/// A small generator of numbers that are the same for the same seed.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The generator of this seed.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
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
    /// What the names were when they were synced last, and after each change since then but the last.
    older_names: Vec<BTreeMap<String, usize>>,
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

    fn change_names<R>(&mut self, change: impl FnOnce(&mut BTreeMap<String, usize>) -> R) -> R {
        self.older_names.push(self.names.clone());
        change(&mut self.names)
    }
}

/// A directory on it.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<Platter>>);

/// One of its files.
#[derive(Debug)]
pub struct DiskFile(Disk, usize);

impl Disk {
    fn of(inodes: Vec<Inode>, names: BTreeMap<String, usize>) -> Self {
        Disk(Arc::new(Mutex::new(Platter { inodes, names, ..Platter::default() })))
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap()
    }

    /// So many more operations, and the power goes.
    pub fn cut_after(&self, operations: usize) {
        self.platter().left = Some(operations);
    }

    /// Operations until now.
    pub fn operations(&self) -> usize {
        self.platter().operations
    }

    /// Octets of each reading since this was asked last.
    pub fn take_reads(&self) -> Vec<usize> {
        std::mem::take(&mut self.platter().reads)
    }

    /// How many know it: files that are open, and who opens them.
    pub fn users(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// Whether there is room for new files.
    pub fn set_full(&self, is_full: bool) {
        self.platter().is_full = is_full;
    }

    /// The next sync of a file has an error.
    pub fn fail_next_sync(&self) {
        self.platter().fails_sync = true;
    }

    /// What is on it when the power comes back.
    pub fn after_power_cut(&self, random: &mut Random) -> Disk {
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
        let names = match random.below(2) {
            0 => &platter.names,
            _ => platter.older_names.get(random.below(platter.older_names.len())).unwrap_or(&platter.names),
        };
        Disk::of(inodes, names.clone())
    }

    /// The octets of a file, to be damaged.
    pub fn edit(&self, name: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut platter = self.platter();
        let inode = platter.names[name];
        let mut octets = platter.inodes[inode].now();
        edit(&mut octets);
        platter.inodes[inode] = Inode { durable: octets, pending: Vec::new() };
    }

    /// A copy of its own.
    pub fn copy(&self) -> Disk {
        let platter = self.platter();
        Disk::of(platter.inodes.clone(), platter.names.clone())
    }

    /// The names of all files.
    pub fn names(&self) -> Vec<String> {
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
        platter.change_names(|names| names.insert(name.to_owned(), inode));
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
        let inode = *platter.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        platter.change_names(|names| {
            names.remove(from);
            names.insert(to.to_owned(), inode);
        });
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut platter = self.platter();
        platter.operate()?;
        if !platter.names.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        platter.change_names(|names| names.remove(name));
        Ok(())
    }

    fn set_aside(&self, name: &str) -> io::Result<()> {
        self.remove(name)
    }

    fn sync(&self) -> io::Result<()> {
        let mut platter = self.platter();
        platter.operate()?;
        platter.older_names.clear();
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
