//! Files of nothing: what a server that is to keep nothing writes to.

use super::{Backend, File};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A directory that ends with the process.
#[derive(Debug, Default)]
pub struct MemoryBackend {
    files: Mutex<BTreeMap<String, MemoryFile>>,
}

/// One of its files.
#[derive(Debug, Clone, Default)]
pub struct MemoryFile(Arc<Mutex<Vec<u8>>>);

impl MemoryBackend {
    fn files(&self) -> MutexGuard<'_, BTreeMap<String, MemoryFile>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MemoryFile {
    fn octets(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for MemoryBackend {
    type File = MemoryFile;

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.files().keys().cloned().collect())
    }

    /// The room is not taken before it is needed: here it costs memory.
    fn create(&self, name: &str, _size: u64) -> io::Result<MemoryFile> {
        let file = MemoryFile::default();
        self.files().insert(name.to_owned(), file.clone());
        Ok(file)
    }

    fn open(&self, name: &str) -> io::Result<MemoryFile> {
        self.files().get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.files();
        let file = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.files().remove(name).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn set_aside(&self, name: &str) -> io::Result<()> {
        self.remove(name)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

impl File for MemoryFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.octets().len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let octets = self.octets();
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let wanted =
            octets.get(start..).and_then(|rest| rest.get(..buffer.len())).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(wanted);
        Ok(())
    }

    fn write_at(&self, octets: &[u8], offset: u64) -> io::Result<()> {
        let mut file = self.octets();
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let end = start + octets.len();
        if file.len() < end {
            file.resize(end, 0);
        }
        if let Some(place) = file.get_mut(start..end) {
            place.copy_from_slice(octets);
        }
        Ok(())
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.octets().truncate(usize::try_from(size).map_err(io::Error::other)?);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
