//! How a record stands in a file of a log.
//!
//! ```text
//!   0        4          8        16     24
//!   +--------+----------+--------+------+----------------------
//!   | length | checksum | number | time | the record's octets
//!   +--------+----------+--------+------+----------------------
//! ```
//!
//! All numbers are little-endian. The checksum (CRC-32C) covers the journal's id, the log's group and number, which are not
//! written, then the length, the number, the time and the octets.

use super::LogId;
use crate::record::MAX_RECORD;

/// Octets before those of the record.
pub(super) const HEAD: usize = 24;

/// A record of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogRecord<'a> {
    /// Greater than that of the record before it.
    pub number: u64,
    /// Its owner knows the unit. It may go back.
    pub time: u64,
    /// One octet at least.
    pub octets: &'a [u8],
}

impl LogRecord<'_> {
    /// Octets with the head.
    pub(super) fn size(&self) -> usize {
        HEAD + self.octets.len()
    }
}

/// What the checksums of a log cover besides what is written, as far as it is the same for all its records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed(u32);

impl Seed {
    pub(super) fn new(journal: u64, id: LogId) -> Self {
        let sum = crc32c::crc32c(&journal.to_le_bytes());
        let sum = crc32c::crc32c_append(sum, &id.group.to_le_bytes());
        Seed(crc32c::crc32c_append(sum, &id.log.to_le_bytes()))
    }

    fn checksum(self, length: [u8; 4], number: [u8; 8], time: [u8; 8], octets: &[u8]) -> u32 {
        let mut covered = [0; 20];
        for (place, octet) in covered.iter_mut().zip(length.into_iter().chain(number).chain(time)) {
            *place = octet;
        }
        crc32c::crc32c_append(crc32c::crc32c_append(self.0, &covered), octets)
    }
}

pub(super) fn write(record: &LogRecord<'_>, seed: Seed, out: &mut Vec<u8>) {
    let length = u32::try_from(record.octets.len()).unwrap_or(u32::MAX).to_le_bytes();
    let (number, time) = (record.number.to_le_bytes(), record.time.to_le_bytes());
    out.reserve(record.size());
    out.extend_from_slice(&length);
    out.extend_from_slice(&seed.checksum(length, number, time, record.octets).to_le_bytes());
    out.extend_from_slice(&number);
    out.extend_from_slice(&time);
    out.extend_from_slice(record.octets);
}

/// The size, with its head, that the record at the start of `input` claims to have.
pub(super) fn size(input: &[u8]) -> usize {
    HEAD + input.first_chunk().map_or(0, |length| u32::from_le_bytes(*length) as usize)
}

/// Reads the record at the start of `input`. `None`: there is none, or not all of it, or it is not what was written.
pub(super) fn read(input: &[u8], seed: Seed) -> Option<LogRecord<'_>> {
    let (&length, rest) = input.split_first_chunk::<4>()?;
    let (&sum, rest) = rest.split_first_chunk::<4>()?;
    let (&number, rest) = rest.split_first_chunk::<8>()?;
    let (&time, rest) = rest.split_first_chunk::<8>()?;
    let size = u32::from_le_bytes(length) as usize;
    if size == 0 || size > MAX_RECORD {
        return None;
    }
    let octets = rest.get(..size)?;
    (seed.checksum(length, number, time, octets) == u32::from_le_bytes(sum)).then_some(LogRecord {
        number: u64::from_le_bytes(number),
        time: u64::from_le_bytes(time),
        octets,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: LogId = LogId { group: 3, log: 5 };
    const RECORD: LogRecord<'_> = LogRecord { number: 12, time: 1_000, octets: b"some octets" };

    fn written() -> Vec<u8> {
        let mut out = Vec::new();
        write(&RECORD, Seed::new(7, HERE), &mut out);
        out
    }

    #[test]
    fn what_is_written_is_read() {
        let out = written();
        assert_eq!((out.len(), size(&out)), (RECORD.size(), RECORD.size()));
        assert_eq!(read(&out, Seed::new(7, HERE)), Some(RECORD));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let out = written();
        for bit in 0..out.len() * 8 {
            let mut flipped = out.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&flipped, Seed::new(7, HERE)).is_none(), "bit {bit}");
        }
        for length in 0..out.len() {
            assert!(read(&out[..length], Seed::new(7, HERE)).is_none(), "cut at {length}");
        }
    }

    #[test]
    fn a_record_of_another_log_or_journal_is_none() {
        let out = written();
        for other in
            [Seed::new(8, HERE), Seed::new(7, LogId { group: 4, ..HERE }), Seed::new(7, LogId { log: 6, ..HERE })]
        {
            assert!(read(&out, other).is_none());
        }
        assert!(read(&[0; 64], Seed::new(7, HERE)).is_none());
    }
}
