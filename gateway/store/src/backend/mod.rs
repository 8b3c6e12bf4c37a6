//! The narrow place where files are touched, so that tests can fail the disk, tear a write and cut the power.

#[cfg(feature = "testing")]
mod disk;
mod file;
mod memory;

#[cfg(feature = "testing")]
pub use disk::{Disk, DiskFile, Random};
pub use file::FileBackend;
pub use memory::MemoryBackend;

use std::io;

/// A directory of files. Names have no slashes but those of [`Backend::set_aside`].
///
/// What is written is durable after [`File::sync`], what is created, renamed or removed after [`Backend::sync`].
pub trait Backend: Send + Sync + 'static {
    /// One of its files.
    type File: File;

    /// The names of all files.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Makes a file of `size` octets, all zero and with their room on the disk. One of this name is replaced.
    fn create(&self, name: &str, size: u64) -> io::Result<Self::File>;

    /// Opens a file that is there.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Gives a file another name. One of that name is replaced.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Puts a file where nobody reads it but people.
    fn set_aside(&self, name: &str) -> io::Result<()>;

    /// Makes the names durable.
    fn sync(&self) -> io::Result<()>;
}

/// An open file.
pub trait File: Send + Sync + 'static {
    /// Octets.
    fn size(&self) -> io::Result<u64>;

    /// Fills `buffer` from `offset` on, which must be within the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all of `octets`.
    fn write_at(&self, octets: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts the file.
    fn truncate(&self, size: u64) -> io::Result<()>;

    /// Makes what was written, and the length, durable. After an error nobody knows what is.
    fn sync(&self) -> io::Result<()>;
}
