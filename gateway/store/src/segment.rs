//! Files of the journal. Each begins with a header, and its name tells where it begins.
//!
//! ```text
//!   0          8         12         16           24         32     40
//!   +----------+---------+----------+------------+----------+------+---------
//!   | WHARFJNL | version | checksum | journal id | position | size | records
//!   +----------+---------+----------+------------+----------+------+---------
//! ```

use crate::backend::{Backend, File};
use crate::{Error, Position, failpoint, record};
use std::io;

/// Octets of the header.
pub(crate) const HEADER: usize = 40;

const MAGIC: [u8; 8] = *b"WHARFJNL";
const VERSION: u32 = 1;
const SUFFIX: &str = ".journal";
/// A file that is being made.
pub(crate) const UNFINISHED: &str = ".new";

/// A file of the journal.
#[derive(Debug)]
pub(crate) struct Segment<F> {
    pub(crate) name: String,
    /// Of its first record.
    pub(crate) start: Position,
    /// Octets that it has room for, header included.
    pub(crate) size: u64,
    pub(crate) file: F,
}

impl<F: File> Segment<F> {
    /// Makes one, with room for so many octets of records. It is there for good when this returns.
    pub(crate) fn create<B: Backend<File = F>>(
        backend: &B,
        journal: u64,
        start: Position,
        room: u64,
    ) -> Result<Self, Error> {
        let name = name_of(start);
        let size = HEADER as u64 + room;
        let unfinished = format!("{name}{UNFINISHED}");
        let file = backend.create(&unfinished, size).map_err(|error| {
            let _ = backend.remove(&unfinished); // it may have got a part of its room
            Error::io("making", &unfinished, error)
        })?;
        file.write_at(&header(VERSION, Header { journal, start, size }), 0)
            .map_err(|error| Error::io("writing", &unfinished, error))?;
        file.sync().map_err(|error| Error::io("syncing", &unfinished, error))?;
        failpoint::pass("segment.made");
        backend.rename(&unfinished, &name).map_err(|error| Error::io("naming", &name, error))?;
        failpoint::pass("segment.named");
        backend.sync().map_err(|error| Error::io("syncing the directory for", &name, error))?;
        Ok(Segment { name, start, size, file })
    }

    /// Opens one, which has no more room than its size then. `None`: there is none.
    pub(crate) fn open<B: Backend<File = F>>(backend: &B, start: Position) -> Result<Option<Self>, Error> {
        let name = name_of(start);
        let file = match backend.open(&name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(|error| Error::io("opening", &name, error))?,
        };
        let size = file.size().map_err(|error| Error::io("reading", &name, error))?;
        Ok(Some(Segment { name, start, size, file }))
    }

    /// That the record at this position is not what was written.
    pub(crate) fn broken(&self, position: Position) -> Error {
        Error::Damaged { file: self.name.clone(), offset: self.offset_of(position), what: record::BROKEN }
    }

    /// Where in the file the record at this position is.
    pub(crate) fn offset_of(&self, position: Position) -> u64 {
        HEADER as u64 + (position.0 - self.start.0)
    }
}

/// What the header of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) journal: u64,
    pub(crate) start: Position,
    /// Octets that the file was made with, header included. It has fewer once something follows it, or was cut off.
    pub(crate) size: u64,
}

/// Reads the header at the start of a file's octets.
pub(crate) fn read_header(file: &str, octets: &[u8]) -> Result<Header, Error> {
    let damaged = |offset, what| Error::Damaged { file: file.to_owned(), offset, what };
    let parts = || {
        let (&magic, rest) = octets.split_first_chunk::<8>()?;
        let (&version, rest) = rest.split_first_chunk::<4>()?;
        let (&sum, rest) = rest.split_first_chunk::<4>()?;
        let (&journal, rest) = rest.split_first_chunk::<8>()?;
        let (&start, rest) = rest.split_first_chunk::<8>()?;
        let (&size, _) = rest.split_first_chunk::<8>()?;
        let start = Position(u64::from_le_bytes(start));
        let found = Header { journal: u64::from_le_bytes(journal), start, size: u64::from_le_bytes(size) };
        Some((magic, u32::from_le_bytes(version), sum, found))
    };
    let Some((magic, version, sum, found)) = parts() else {
        return Err(damaged(0, "it is shorter than a header"));
    };
    if magic != MAGIC {
        return Err(damaged(0, "it is no file of a journal"));
    }
    if header(version, found).get(12..16) != Some(&sum) {
        return Err(damaged(12, "the checksum of its header is wrong"));
    }
    if version != VERSION {
        return Err(Error::Version { file: file.to_owned(), version, expected: VERSION });
    }
    Ok(found)
}

/// The name of the segment that begins here: names sort as positions do.
pub(crate) fn name_of(start: Position) -> String {
    format!("{start}{SUFFIX}")
}

/// Whether a file is a segment, by its name.
pub(crate) fn is_segment(name: &str) -> bool {
    name.ends_with(SUFFIX)
}

fn header(version: u32, Header { journal, start, size }: Header) -> [u8; HEADER] {
    let mut octets = [0; HEADER];
    let parts = MAGIC
        .into_iter()
        .chain(version.to_le_bytes())
        .chain([0; 4])
        .chain(journal.to_le_bytes())
        .chain(start.0.to_le_bytes())
        .chain(size.to_le_bytes());
    for (place, octet) in octets.iter_mut().zip(parts) {
        *place = octet;
    }
    let sum = crc32c::crc32c(&octets).to_le_bytes();
    for (place, octet) in octets.iter_mut().skip(12).zip(sum) {
        *place = octet;
    }
    octets
}
