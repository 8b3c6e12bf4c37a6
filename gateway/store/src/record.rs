//! How a record stands in a segment: its length, a checksum, and how much was durable when it was written.
//!
//! ```text
//!   0        4          8                 16
//!   +--------+----------+-----------------+----------------------
//!   | length | checksum | durable         | the record's octets
//!   +--------+----------+-----------------+----------------------
//! ```
//!
//! All numbers are little-endian. The checksum (CRC-32C) covers the journal's id and the record's position, which are not
//! written, then the length, the durable position and the octets. So what another store, or another place, has left behind is
//! never taken for a record.

use crate::Position;

/// Octets before those of the record.
pub const HEAD: usize = 16;

/// Most octets of a record.
pub const MAX_RECORD: usize = 0x7fff_ffff;

/// What is said of one that was durable and cannot be read.
pub(crate) const BROKEN: &str = "a record that was synced is broken";

/// What a checksum covers besides what is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    /// The journal's id.
    pub(crate) journal: u64,
    /// Where the record's head begins.
    pub(crate) position: Position,
}

/// A record that was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    /// What was durable when it was written: everything before this place.
    pub(crate) durable: Position,
    pub(crate) octets: &'a [u8],
}

impl Record<'_> {
    /// Octets with the head.
    pub(crate) fn size(&self) -> usize {
        HEAD + self.octets.len()
    }
}

/// Leaves room for a head, to be filled in by [`seal`].
pub(crate) fn write(parts: &[&[u8]], out: &mut Vec<u8>) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.reserve(HEAD + length);
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(&[0; HEAD - 4]);
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

/// The size, with its head, of the record that [`write`] wrote at the start of `written`; `None`: there is none.
pub(crate) fn written_size(written: &[u8]) -> Option<usize> {
    let (length, _) = written.split_first_chunk::<4>()?;
    Some(HEAD + u32::from_le_bytes(*length) as usize)
}

/// Fills in the head of a record that [`write`] wrote.
pub(crate) fn seal(record: &mut [u8], context: Context, durable: Position) {
    let Some((head, octets)) = record.split_first_chunk_mut::<HEAD>() else { return };
    let [a, b, c, d, ..] = *head;
    let length = [a, b, c, d];
    let durable = durable.0.to_le_bytes();
    let sum = checksum(context, length, durable, octets).to_le_bytes();
    for (place, octet) in head.iter_mut().zip(length.into_iter().chain(sum).chain(durable)) {
        *place = octet;
    }
}

/// Reads the record at the start of `input`. `None`: there is none, or not all of it, or it is not what was written.
pub(crate) fn read(input: &[u8], context: Context) -> Option<Record<'_>> {
    let (&length, rest) = input.split_first_chunk::<4>()?;
    let (&sum, rest) = rest.split_first_chunk::<4>()?;
    let (&durable, rest) = rest.split_first_chunk::<8>()?;
    let size = u32::from_le_bytes(length) as usize;
    if size == 0 || size > MAX_RECORD {
        return None;
    }
    let position = Position(u64::from_le_bytes(durable));
    // Cheaper than the checksum, and enough for almost everything that is no record.
    if position > context.position {
        return None;
    }
    let octets = rest.get(..size)?;
    (checksum(context, length, durable, octets) == u32::from_le_bytes(sum))
        .then_some(Record { durable: position, octets })
}

fn checksum(context: Context, length: [u8; 4], durable: [u8; 8], octets: &[u8]) -> u32 {
    let mut covered = [0; 28];
    let parts =
        context.journal.to_le_bytes().into_iter().chain(context.position.0.to_le_bytes()).chain(length).chain(durable);
    for (place, octet) in covered.iter_mut().zip(parts) {
        *place = octet;
    }
    crc32c::crc32c_append(crc32c::crc32c(&covered), octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Context = Context { journal: 7, position: Position(100) };

    fn written(octets: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write(&[octets], &mut out);
        seal(&mut out, HERE, Position(60));
        out
    }

    #[test]
    fn what_is_written_is_read() {
        let out = written(b"hello");
        let record = read(&out, HERE).unwrap();
        assert_eq!((record.octets, record.durable, record.size()), (&b"hello"[..], Position(60), out.len()));
        assert_eq!(written_size(&out), Some(out.len()));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let out = written(b"some octets of a record");
        for bit in 0..out.len() * 8 {
            let mut flipped = out.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&flipped, HERE).is_none(), "bit {bit}");
        }
        for length in 0..out.len() {
            assert!(read(&out[..length], HERE).is_none(), "cut at {length}");
        }
    }

    #[test]
    fn a_record_of_another_place_or_journal_is_none() {
        let out = written(b"hello");
        assert!(read(&out, Context { position: Position(101), ..HERE }).is_none());
        assert!(read(&out, Context { journal: 8, ..HERE }).is_none());
    }

    #[test]
    fn nothing_is_no_record() {
        assert!(read(&[0; 64], HERE).is_none());
    }
}
