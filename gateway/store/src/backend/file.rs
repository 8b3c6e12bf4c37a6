//! Files of a directory of the system.

use super::{Backend, File};
use rustix::fs::{FallocateFlags, FlockOperation};
use std::fs::{DirBuilder, File as SystemFile, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Only the server's own user may read what people send each other.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Held by the server that uses the directory.
const LOCK: &str = "lock";

/// Where damaged files are put.
const ASIDE: &str = "set-aside";

/// A directory, which no other process uses as long as this lives.
#[derive(Debug)]
pub struct FileBackend {
    path: PathBuf,
    directory: SystemFile,
    _lock: SystemFile,
}

impl FileBackend {
    /// Opens a directory, which is made if it is not there. `None`: another process uses it.
    pub fn open(path: &Path) -> io::Result<Option<Self>> {
        DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(path)?;
        let directory = SystemFile::open(path)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(FILE_MODE).open(path.join(LOCK))?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(FileBackend { path: path.to_owned(), directory, _lock: lock })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Backend for FileBackend {
    type File = SystemFile;

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_type()?.is_file()
                && let Ok(name) = entry.file_name().into_string()
                && name != LOCK
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create(&self, name: &str, size: u64) -> io::Result<SystemFile> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(true).mode(FILE_MODE).open(self.path(name))?;
        if size > 0 {
            // A file that has its room already needs no change of its length with every sync.
            match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, size) {
                Err(rustix::io::Errno::OPNOTSUPP) => file.set_len(size)?,
                reserved => reserved?,
            }
        }
        Ok(file)
    }

    fn open(&self, name: &str) -> io::Result<SystemFile> {
        OpenOptions::new().read(true).write(true).open(self.path(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path(name))
    }

    fn set_aside(&self, name: &str) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(self.path(ASIDE))?;
        std::fs::rename(self.path(name), self.path(ASIDE).join(name))
    }

    fn sync(&self) -> io::Result<()> {
        self.directory.sync_all()
    }
}

impl File for SystemFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(buffer, offset)
    }

    fn write_at(&self, octets: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(octets, offset)
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.set_len(size)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
