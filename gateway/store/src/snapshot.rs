//! Snapshots: all that records up to some place amount to, so that what precedes it can be reclaimed.
//!
//! ```text
//!   0          8         12         16           24         32
//!   +----------+---------+----------+------------+----------+---------
//!   | WHARFSNP | version | checksum | journal id | position | octets
//!   +----------+---------+----------+------------+----------+---------
//! ```
//!
//! A snapshot has its name only once all of it is durable. The checksum covers everything but itself. There is a copy of it, under a name of
//! its own: what it tells stands nowhere else, and it is small.

use crate::backend::{Backend, File};
use crate::segment::UNFINISHED;
use crate::{Error, Position, failpoint};

const MAGIC: [u8; 8] = *b"WHARFSNP";
const VERSION: u32 = 1;
const HEADER: usize = 32;
const SUFFIX: &str = ".snapshot";
/// Stands before the suffix in the name of a copy, which so comes after the first.
const COPY: &str = ".copy";

/// A snapshot that was read.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) journal: u64,
    /// What it covers: everything before this place.
    pub(crate) covers: Position,
    octets: Vec<u8>,
}

impl Snapshot {
    pub(crate) fn octets(&self) -> &[u8] {
        self.octets.get(HEADER..).unwrap_or_default()
    }
}

/// Writes one and its copy, which are durable when this returns. On a disk without room for both the first is enough: what it allows to
/// reclaim makes room. Returns their names.
pub(crate) fn write<B: Backend>(
    backend: &B,
    journal: u64,
    covers: Position,
    octets: &[u8],
) -> Result<Vec<String>, Error> {
    let name = format!("{covers}{SUFFIX}");
    let copy = format!("{covers}{COPY}{SUFFIX}");
    write_as(&name, backend, journal, covers, octets)?;
    match write_as(&copy, backend, journal, covers, octets) {
        Ok(()) => Ok(vec![name, copy]),
        Err(error) if error.is_full() => {
            let _ = backend.remove(&format!("{copy}{UNFINISHED}")); // which may not even have been made
            Ok(vec![name])
        }
        Err(error) => Err(error),
    }
}

fn write_as<B: Backend>(name: &str, backend: &B, journal: u64, covers: Position, octets: &[u8]) -> Result<(), Error> {
    let unfinished = format!("{name}{UNFINISHED}");
    let file = backend
        .create(&unfinished, (HEADER + octets.len()) as u64)
        .map_err(|error| Error::io("making", &unfinished, error))?;
    failpoint::pass("snapshot.made");
    let header = header(VERSION, journal, covers, octets);
    let write =
        |part: &[u8], offset| file.write_at(part, offset).map_err(|error| Error::io("writing", &unfinished, error));
    write(&header, 0)?;
    write(octets, HEADER as u64)?;
    file.sync().map_err(|error| Error::io("syncing", &unfinished, error))?;
    failpoint::pass("snapshot.written");
    backend.rename(&unfinished, name).map_err(|error| Error::io("naming", name, error))?;
    failpoint::pass("snapshot.named");
    backend.sync().map_err(|error| Error::io("syncing the directory for", name, error))?;
    failpoint::pass("snapshot.synced");
    Ok(())
}

/// Reads one.
pub(crate) fn read<B: Backend>(backend: &B, name: &str) -> Result<Snapshot, Error> {
    let io = |error| Error::io("reading", name, error);
    let file = backend.open(name).map_err(io)?;
    let mut octets = vec![0; usize::try_from(file.size().map_err(io)?).unwrap_or(usize::MAX)];
    file.read_at(&mut octets, 0).map_err(io)?;
    parse(name, octets)
}

/// Whether this names a snapshot that covers so much, or a copy of it.
pub(crate) fn is_of(name: &str, covers: Position) -> bool {
    name.starts_with(&covers.to_string())
}

/// The names of all snapshots, the newest first, and copies after what they are of.
pub(crate) fn newest_first(names: &[String]) -> Vec<String> {
    let mut snapshots: Vec<String> = names.iter().filter(|name| name.ends_with(SUFFIX)).cloned().collect();
    snapshots.sort_unstable_by(|a, b| b.cmp(a));
    snapshots
}

fn parse(name: &str, octets: Vec<u8>) -> Result<Snapshot, Error> {
    let damaged = |offset, what| Error::Damaged { file: name.to_owned(), offset, what };
    let parts = || {
        let (&magic, rest) = octets.split_first_chunk::<8>()?;
        let (&version, rest) = rest.split_first_chunk::<4>()?;
        let (&sum, rest) = rest.split_first_chunk::<4>()?;
        let (&journal, rest) = rest.split_first_chunk::<8>()?;
        let (&covers, rest) = rest.split_first_chunk::<8>()?;
        Some((
            magic,
            u32::from_le_bytes(version),
            sum,
            u64::from_le_bytes(journal),
            Position(u64::from_le_bytes(covers)),
            rest,
        ))
    };
    let Some((magic, version, sum, journal, covers, content)) = parts() else {
        return Err(damaged(0, "it is shorter than a header"));
    };
    if magic != MAGIC {
        return Err(damaged(0, "it is no snapshot"));
    }
    if header(version, journal, covers, content).get(12..16) != Some(&sum) {
        return Err(damaged(12, "its checksum is wrong"));
    }
    if version != VERSION {
        return Err(Error::Version { file: name.to_owned(), version, expected: VERSION });
    }
    Ok(Snapshot { journal, covers, octets })
}

fn header(version: u32, journal: u64, covers: Position, octets: &[u8]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let parts = MAGIC
        .into_iter()
        .chain(version.to_le_bytes())
        .chain([0; 4])
        .chain(journal.to_le_bytes())
        .chain(covers.0.to_le_bytes());
    for (place, octet) in header.iter_mut().zip(parts) {
        *place = octet;
    }
    let sum = crc32c::crc32c_append(crc32c::crc32c(&header), octets).to_le_bytes();
    for (place, octet) in header.iter_mut().skip(12).zip(sum) {
        *place = octet;
    }
    header
}
