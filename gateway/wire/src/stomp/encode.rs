//! The frame encoder: writes into the caller's buffer.

use super::escape::escape;
use super::{Frame, Verb, Version};

/// Writes one frame, header by header. `finish` or `body` ends it; without either the frame is unfinished.
pub struct FrameWriter<'a> {
    out: &'a mut Vec<u8>,
    /// The version whose escapes the headers get.
    version: Version,
}

impl<'a> FrameWriter<'a> {
    /// Starts a frame for a peer of `version`.
    pub fn new(out: &'a mut Vec<u8>, verb: Verb, version: Version) -> Self {
        out.extend_from_slice(verb.as_str().as_bytes());
        out.push(b'\n');
        FrameWriter { out, version: if verb.is_raw() { Version::V1_0 } else { version } }
    }

    /// Goes on with headers of a frame whose command line stands elsewhere.
    pub fn headers_only(out: &'a mut Vec<u8>, version: Version) -> Self {
        FrameWriter { out, version }
    }

    /// Writes a header. A name that this version cannot express (a colon in 1.0) is left out.
    pub fn header(&mut self, name: &str, value: &str) -> &mut Self {
        if self.version == Version::V1_0 && name.contains(':') {
            return self;
        }
        escape(name, self.version, self.out);
        self.out.push(b':');
        escape(value, self.version, self.out);
        self.out.push(b'\n');
        self
    }

    /// Writes a header whose value is a number.
    pub fn number(&mut self, name: &str, value: u64) -> &mut Self {
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b':');
        push_number(value, self.out);
        self.out.push(b'\n');
        self
    }

    /// Ends a frame that has no body.
    pub fn finish(&mut self) {
        self.out.extend_from_slice(b"\n\0");
    }

    /// Ends the head of a frame whose body of `length` octets, and a NUL, the caller writes behind it.
    pub fn end_head(&mut self, length: usize) {
        self.number("content-length", length as u64);
        self.out.push(b'\n');
    }

    /// Ends the frame with a body and the `content-length` that lets it hold NUL.
    pub fn body(&mut self, body: &[u8]) {
        self.end_head(body.len());
        self.out.extend_from_slice(body);
        self.out.push(0);
    }
}

/// Writes a whole frame. `content-length` is ours to write: a copy among the headers is skipped.
pub fn encode(frame: &Frame, version: Version, out: &mut Vec<u8>) {
    let mut writer = FrameWriter::new(out, frame.verb, version);
    for (name, value) in frame.headers.iter().filter(|(name, _)| *name != "content-length") {
        writer.header(name, value);
    }
    match frame.body.is_empty() {
        true => writer.finish(),
        false => writer.body(&frame.body),
    }
}

/// Appends a number in decimal, without allocating: message ids and lengths are written for every delivery.
pub fn push_number(mut value: u64, out: &mut Vec<u8>) {
    const DIGITS: usize = 20; // of u64::MAX
    let mut digits = [0u8; DIGITS];
    let mut start = DIGITS;
    for slot in digits.iter_mut().rev() {
        #[allow(clippy::cast_possible_truncation, reason = "a digit")]
        let digit = (value % 10) as u8;
        *slot = b'0' + digit;
        start -= 1;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(start..).unwrap_or_default());
}

/// Appends a number in lower-case hexadecimal, without leading zeros.
pub fn push_hex(value: u64, out: &mut Vec<u8>) {
    const BITS: u32 = 4; // of a digit
    let last = value.max(1).ilog2() / BITS;
    out.extend((0..=last).rev().map(|place| {
        #[allow(clippy::cast_possible_truncation, reason = "a digit")]
        let digit = (value >> (place * BITS)) as u8 & 0xf;
        if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::FrameLimits;
    use crate::stomp::{DecodeError, Decoder};
    use proptest::prelude::*;

    fn encoded(frame: &Frame, version: Version) -> Vec<u8> {
        let mut out = Vec::new();
        encode(frame, version, &mut out);
        out
    }

    /// Feeds the octets in the given portions.
    fn decoded(portions: &[&[u8]], version: Version) -> Result<Vec<Frame>, DecodeError> {
        let mut decoder = Decoder::new(FrameLimits::default());
        decoder.set(version, FrameLimits::default());
        let mut frames = Vec::new();
        for portion in portions {
            let mut input = *portion;
            while let Some(frame) = decoder.decode(&mut input)? {
                frames.push(frame);
            }
            assert!(input.is_empty());
        }
        Ok(frames)
    }

    #[test]
    fn golden_octets() {
        let frame = Frame::new(Verb::Send).with("destination", "/queue/a:b").with_body("x\0y");
        assert_eq!(encoded(&frame, Version::V1_2), b"SEND\ndestination:/queue/a\\cb\ncontent-length:3\n\nx\0y\0");
        assert_eq!(
            encoded(&Frame::new(Verb::Disconnect).with("receipt", "1"), Version::V1_2),
            b"DISCONNECT\nreceipt:1\n\n\0"
        );
        let connect = Frame::new(Verb::Connect).with("passcode", "a\\b:c");
        assert_eq!(encoded(&connect, Version::V1_2), b"CONNECT\npasscode:a\\b:c\n\n\0");
    }

    #[test]
    fn numbers_are_written_in_decimal() {
        for value in [0, 9, 10, 4096, u64::MAX] {
            let mut out = Vec::new();
            push_number(value, &mut out);
            assert_eq!(out, value.to_string().into_bytes());
        }
    }

    #[test]
    fn and_in_hexadecimal() {
        for value in [0, 9, 10, 0xff, 0x10, u64::MAX] {
            let mut out = Vec::new();
            push_hex(value, &mut out);
            assert_eq!(out, format!("{value:x}").into_bytes());
        }
    }

    #[test]
    fn every_split_point_gives_the_same_frames() {
        let sent = vec![
            Frame::new(Verb::Send).with("destination", "/queue/grün").with("ключ:x", "\\\r\n").with_body("a\0ü€😀"),
            Frame::new(Verb::Ack).with("id", "1-2"),
            Frame::new(Verb::Send).with("empty", "").with_body(vec![0xff; 300]),
        ];
        let mut octets = b"\r\n\n".to_vec();
        for frame in &sent {
            octets.extend(encoded(frame, Version::V1_2));
            octets.extend_from_slice(b"\n");
        }
        for split in 0..=octets.len() {
            let (first, second) = octets.split_at(split);
            assert_eq!(
                decoded(&[first, second], Version::V1_2).unwrap().iter().map(without_length).collect::<Vec<_>>(),
                sent
            );
        }
        let single: Vec<&[u8]> = octets.chunks(1).collect();
        assert_eq!(decoded(&single, Version::V1_2).unwrap().iter().map(without_length).collect::<Vec<_>>(), sent);
    }

    /// The frame as its sender wrote it, without the `content-length` that the encoder added.
    fn without_length(frame: &Frame) -> Frame {
        let headers = frame.headers.iter().filter(|(name, _)| *name != "content-length").collect();
        Frame { headers, ..frame.clone() }
    }

    fn frames() -> impl Strategy<Value = Frame> {
        let name = "[a-z:\\\\\n-]{1,12}".prop_filter("ours", |name| name != "content-length");
        let header = (name, "[ -~\\\\:\n\rä€😀]{0,20}");
        (prop::collection::vec(header, 0..8), prop::collection::vec(any::<u8>(), 0..200)).prop_map(|(headers, body)| {
            let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            Frame { verb: Verb::Send, headers, body: body.into() }
        })
    }

    proptest! {
        #[test]
        fn what_is_encoded_reads_back(frame in frames(), split in 0usize..400) {
            let octets = encoded(&frame, Version::V1_2);
            let (first, second) = octets.split_at(split.min(octets.len()));
            let read = decoded(&[first, second], Version::V1_2).unwrap();
            prop_assert_eq!(read.iter().map(without_length).collect::<Vec<_>>(), vec![frame]);
        }

        #[test]
        fn no_octets_make_the_decoder_panic_and_portions_do_not_matter(
            octets in prop::collection::vec(prop_oneof![
                Just(b"SEND\n".to_vec()), Just(b"a:b\n".to_vec()), Just(b"content-length:2\n".to_vec()),
                Just(b"\n".to_vec()), Just(b"\r\n".to_vec()), Just(b"\0".to_vec()), Just(b"\\".to_vec()),
                prop::collection::vec(any::<u8>(), 0..8),
            ], 0..20).prop_map(|parts| parts.concat()),
            split in 0usize..160,
        ) {
            let (first, second) = octets.split_at(split.min(octets.len()));
            for version in Version::ALL {
                let whole = decoded(&[&octets], version);
                let parts = decoded(&[first, second], version);
                prop_assert_eq!(whole.is_ok(), parts.is_ok());
                if let (Ok(whole), Ok(parts)) = (whole, parts) {
                    prop_assert_eq!(whole, parts);
                }
            }
        }
    }
}
