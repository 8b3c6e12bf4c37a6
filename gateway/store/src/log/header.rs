//! How a file of a log begins, and what its name tells.
//!
//! ```text
//!   0          8         12         16           24      28    36      44
//!   +----------+---------+----------+------------+-------+-----+-------+---------
//!   | WHARFLOG | version | checksum | journal id | group | log | first | records
//!   +----------+---------+----------+------------+-------+-----+-------+---------
//! ```

use super::LogId;
use crate::Error;

/// Octets of the header.
pub(super) const HEADER: usize = 44;

const MAGIC: [u8; 8] = *b"WHARFLOG";
const VERSION: u32 = 1;
const SUFFIX: &str = ".log";

/// What the header of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) journal: u64,
    pub(super) id: LogId,
    /// The number of its first record.
    pub(super) first: u64,
}

impl Header {
    /// The octets to begin the file with.
    pub(super) fn octets(self) -> [u8; HEADER] {
        self.with_version(VERSION)
    }

    fn with_version(self, version: u32) -> [u8; HEADER] {
        let Header { journal, id, first } = self;
        let mut octets = [0; HEADER];
        let parts = MAGIC
            .into_iter()
            .chain(version.to_le_bytes())
            .chain([0; 4])
            .chain(journal.to_le_bytes())
            .chain(id.group.to_le_bytes())
            .chain(id.log.to_le_bytes())
            .chain(first.to_le_bytes());
        for (place, octet) in octets.iter_mut().zip(parts) {
            *place = octet;
        }
        let sum = crc32c::crc32c(&octets).to_le_bytes();
        for (place, octet) in octets.iter_mut().skip(12).zip(sum) {
            *place = octet;
        }
        octets
    }

    /// Whether these octets are this header.
    pub(super) fn check(self, file: &str, octets: [u8; HEADER]) -> Result<(), Error> {
        let damaged = |offset, what| Err(Error::Damaged { file: file.to_owned(), offset, what });
        if !octets.starts_with(&MAGIC) {
            return damaged(0, "it is no file of a log");
        }
        let (version, found) = read(&octets);
        if found.with_version(version) != octets {
            return damaged(12, "the checksum of its header is wrong");
        }
        if version != VERSION {
            return Err(Error::Version { file: file.to_owned(), version, expected: VERSION });
        }
        if found.journal != self.journal {
            return damaged(16, "it belongs to another journal");
        }
        if found != self {
            return damaged(24, "its name is not that of its log and its first record");
        }
        Ok(())
    }
}

fn read(octets: &[u8; HEADER]) -> (u32, Header) {
    let u64_at = |at| octets.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |found| u64::from_le_bytes(*found));
    let u32_at = |at| octets.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |found| u32::from_le_bytes(*found));
    let id = LogId { group: u32_at(24), log: u64_at(28) };
    (u32_at(8), Header { journal: u64_at(16), id, first: u64_at(36) })
}

/// The name of the file of this log that begins with this record: names sort as numbers do.
pub(super) fn name_of(id: LogId, first: u64) -> String {
    format!("{:08x}-{:016x}-{first:016x}{SUFFIX}", id.group, id.log)
}

/// The log and the first record that a file has, by its name. `None`: it is no file of a log.
pub(super) fn of_name(name: &str) -> Option<(LogId, u64)> {
    let mut numbers = name.strip_suffix(SUFFIX)?.split('-');
    let group = u32::from_str_radix(numbers.next()?, 16).ok()?;
    let log = u64::from_str_radix(numbers.next()?, 16).ok()?;
    let first = u64::from_str_radix(numbers.next()?, 16).ok()?;
    let id = LogId { group, log };
    (name_of(id, first) == name).then_some((id, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_log_wrote_is_a_file_of_it() {
        let id = LogId { group: 0x1f, log: u64::MAX };
        assert_eq!(of_name(&name_of(id, 77)), Some((id, 77)));
        for name in ["server.log", "1-2-3.log", "0000001F-ffffffffffffffff-000000000000004d.log", ".log", "--.log"] {
            assert_eq!(of_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_header_is_that_of_its_file_alone() {
        let header = Header { journal: 7, id: LogId { group: 1, log: 2 }, first: 3 };
        header.check("a", header.octets()).unwrap();
        let others = [Header { journal: 8, ..header }, Header { first: 4, ..header }];
        for other in others.into_iter().chain([Header { id: LogId { group: 2, log: 2 }, ..header }]) {
            assert!(matches!(header.check("a", other.octets()), Err(Error::Damaged { .. })));
        }
        assert!(matches!(header.check("a", header.with_version(2)), Err(Error::Version { version: 2, .. })));
    }
}
