//! Finding the WebSocket frames in a stream of octets that is cut anywhere.
//!
//! ```text
//!  0               1               2 .. 9                    then
//! +-+-----+-------+-+-------------+-------------------------+---------------+---------
//! |F|  0  |opcode |M| length 0-125| 16 bits if length = 126 | mask if M = 1 | payload
//! |I|     |       | | 126 or 127  | 64 bits if length = 127 | (4 octets)    |
//! +-+-----+-------+-+-------------+-------------------------+---------------+---------
//! ```
//!
//! The load generator shares its processors with the server that it measures, so this steps from header to header
//! and never looks at, copies or unmasks a payload.

const LONGEST_HEADER: usize = 14;
const OPCODE: u8 = 0x0f;
const CONTINUATION: u8 = 0;
const FIRST_CONTROL_OPCODE: u8 = 8;
const MASKED: u8 = 0x80;

/// Where a connection's stream of frames stands.
#[derive(Debug, Default)]
pub(crate) struct FrameScanner {
    /// Octets of a header that arrived in pieces.
    partial: [u8; LONGEST_HEADER],
    partial_len: usize,
    /// Payload of the current frame that is still to come.
    left: u64,
    /// The current frame opens a data message and none of its payload was seen yet.
    opens: bool,
    /// The current frame carries data and not control.
    data: bool,
    data_octets: u64,
}

impl FrameScanner {
    /// Walks over `bytes`. `on_message` is called once for each non-empty data message, with what `bytes` holds from
    /// its first payload octet on (this may be less or more than the message).
    pub(crate) fn scan(&mut self, bytes: &[u8], mut on_message: impl FnMut(&[u8])) {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.left == 0 {
                rest = &rest[self.take_header(rest)..];
                continue;
            }
            if self.opens {
                self.opens = false;
                on_message(rest);
            }
            let step = usize::try_from(self.left).map_or(rest.len(), |left| left.min(rest.len()));
            self.left -= step as u64;
            if self.data {
                self.data_octets += step as u64;
            }
            rest = &rest[step..];
        }
    }

    /// Payload octets of all data frames so far.
    pub(crate) fn data_octets(&self) -> u64 {
        self.data_octets
    }

    /// Takes a header, or what there is of it, from the front of `bytes`; says how many octets that was.
    fn take_header(&mut self, bytes: &[u8]) -> usize {
        if self.partial_len == 0
            && let Some(size) = header_size(bytes)
            && size <= bytes.len()
        {
            self.begin(&bytes[..size]);
            return size;
        }
        self.partial[self.partial_len] = bytes[0];
        self.partial_len += 1;
        let header = self.partial;
        if header_size(&header[..self.partial_len]) == Some(self.partial_len) {
            self.begin(&header[..self.partial_len]);
            self.partial_len = 0;
        }
        1
    }

    fn begin(&mut self, header: &[u8]) {
        let opcode = header[0] & OPCODE;
        self.data = opcode < FIRST_CONTROL_OPCODE;
        self.opens = self.data && opcode != CONTINUATION;
        self.left = payload_len(header);
    }
}

/// Size of the header that starts `bytes`, once its first two octets are there.
pub(crate) fn header_size(bytes: &[u8]) -> Option<usize> {
    let second = *bytes.get(1)?;
    let length = match second & !MASKED {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    Some(2 + length + if second & MASKED == 0 { 0 } else { 4 })
}

/// Payload length that a complete header announces.
pub(crate) fn payload_len(header: &[u8]) -> u64 {
    let big_endian = |octets: &[u8]| octets.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet));
    match header[1] & !MASKED {
        126 => big_endian(&header[2..4]),
        127 => big_endian(&header[2..10]),
        short => u64::from(short),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::{push_client_message, push_server_message};

    /// A text message of each length form, a fragmented message with a ping inside, an empty message.
    fn stream() -> Vec<u8> {
        let mut stream = Vec::new();
        push_server_message(&mut stream, b"Mshort");
        push_server_message(&mut stream, &[b'M'; 200]);
        push_server_message(&mut stream, &vec![b'M'; 70_000]);
        stream.extend([0x01, 2, b'M', b'a']); // first fragment
        stream.extend([0x89, 3, b'M', b'M', b'M']); // ping
        stream.extend([0x80, 2, b'M', b'b']); // last fragment
        stream.extend([0x81, 0]); // empty message
        push_client_message(&mut stream, b"Mmasked");
        stream
    }

    const MESSAGES: usize = 5;
    const DATA_OCTETS: u64 = 6 + 200 + 70_000 + 4 + 7;

    fn scan_in_pieces(stream: &[u8], cuts: &[usize]) -> (usize, u64) {
        let mut scanner = FrameScanner::default();
        let mut messages = 0;
        let mut start = 0;
        for cut in cuts.iter().copied().chain([stream.len()]) {
            scanner.scan(&stream[start..cut], |from_payload| {
                assert!(!from_payload.is_empty());
                messages += 1;
            });
            start = cut;
        }
        (messages, scanner.data_octets())
    }

    #[test]
    fn counts_at_every_split_point() {
        let stream = stream();
        for cut in 0..=stream.len() {
            assert_eq!(scan_in_pieces(&stream, &[cut]), (MESSAGES, DATA_OCTETS), "cut at {cut}");
        }
    }

    #[test]
    fn counts_octet_by_octet() {
        let stream = stream();
        let cuts: Vec<_> = (1..stream.len()).collect();
        assert_eq!(scan_in_pieces(&stream, &cuts), (MESSAGES, DATA_OCTETS));
    }

    #[test]
    fn hands_over_the_first_payload_octet() {
        let mut stream = Vec::new();
        push_server_message(&mut stream, b"MESSAGE");
        push_server_message(&mut stream, b"ERROR");
        for cut in 0..=stream.len() {
            let mut scanner = FrameScanner::default();
            let mut firsts = Vec::new();
            for piece in [&stream[..cut], &stream[cut..]] {
                scanner.scan(piece, |from_payload| firsts.push(from_payload[0]));
            }
            assert_eq!(firsts, b"ME", "cut at {cut}");
        }
    }
}
