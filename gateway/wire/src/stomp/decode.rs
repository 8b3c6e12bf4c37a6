//! The incremental, bounded frame decoder.
//!
//! ```text
//!   EOL* | COMMAND EOL | name ':' value EOL | ... | EOL | body ... | NUL
//!   skip   line          line                 line  line  body        checked
//! ```
//!
//! Octets may come in any portions. Whole lines and bodies are read in place; only an unfinished line or body is
//! kept, so an idle connection holds nothing. A limit is checked as soon as the octet that breaks it is seen, or
//! earlier where the frame announces its size.

use super::frame::HeaderWriter;
use super::{Code, Frame, Headers, Verb, Version, escape};
use crate::limits::{FrameLimits, RETAINED_LINE, TRUSTED_BODY};
use bytes::Bytes;
use memchr::memchr;
use thiserror::Error;

/// Why octets are not a frame. All of these are fatal to the connection: where the next frame starts is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "each variant is said by its message")]
pub enum DecodeError {
    #[error("the command line is longer than {limit} octets")]
    CommandTooLong { limit: usize },
    #[error("unknown command \"{0}\"; commands are upper case")]
    UnknownCommand(String),
    #[error("a header line has no colon: \"{0}\"")]
    NoColon(String),
    #[error("a header has an empty name")]
    EmptyName,
    #[error("a header name or value is longer than {limit} octets")]
    HeaderTooLong { limit: usize },
    #[error("the frame has more than {limit} headers")]
    TooManyHeaders { limit: usize },
    #[error("a carriage return is not followed by a line feed")]
    BareCarriageReturn,
    #[error("a header has the escape \\{escape}, which STOMP {version} does not know")]
    BadEscape { escape: String, version: Version },
    #[error("a header is not UTF-8")]
    NotUtf8,
    #[error("content-length must be digits, not \"{0}\"")]
    BadContentLength(String),
    #[error("the octet after the {length} octets of the body is not NUL: is content-length right?")]
    NoNul { length: usize },
    #[error("the body is larger than {limit} octets")]
    BodyTooLarge { limit: usize },
    #[error("the frame is larger than {limit} octets")]
    FrameTooLarge { limit: usize },
    #[error("{verb} must not have a body")]
    UnexpectedBody { verb: Verb },
}

impl DecodeError {
    /// The token for the ERROR frame.
    pub fn code(&self) -> Code {
        match self {
            DecodeError::CommandTooLong { .. }
            | DecodeError::HeaderTooLong { .. }
            | DecodeError::TooManyHeaders { .. }
            | DecodeError::BodyTooLarge { .. }
            | DecodeError::FrameTooLarge { .. } => Code::TooLarge,
            _ => Code::Protocol,
        }
    }

    /// The WebSocket close code: 1007 for text that is not UTF-8, else that of [`DecodeError::code`].
    pub fn close_code(&self) -> u16 {
        match self {
            DecodeError::NotUtf8 => 1007,
            _ => self.code().close_code(),
        }
    }
}

/// Turns octets into frames. Feed it until it returns `None`; after an error it is of no more use.
#[derive(Debug)]
pub struct Decoder {
    limits: FrameLimits,
    version: Version,
    /// Octets of the current frame so far.
    size: usize,
    /// The unfinished line, without the octets still in the caller's hands.
    line: Vec<u8>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Between frames, or inside a command line.
    Command,
    Headers(Verb, Headers),
    Body(Verb, Headers, Body),
}

#[derive(Debug)]
struct Body {
    octets: Vec<u8>,
    /// What `content-length` announced; without it the body ends at the first NUL.
    length: Option<usize>,
}

impl Decoder {
    /// A decoder at the start of a connection. Before a version is agreed, escapes are read as in 1.2.
    pub fn new(limits: FrameLimits) -> Self {
        Decoder { limits, version: Version::V1_2, size: 0, line: Vec::new(), state: State::Command }
    }

    /// From the next frame on, reads as `version` wants, within `limits`: called when a log-in succeeded.
    pub fn set(&mut self, version: Version, limits: FrameLimits) {
        self.version = version;
        self.limits = limits;
    }

    /// Whether it is between frames, with nothing kept.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Command) && self.line.is_empty()
    }

    /// Takes octets off the front of `input` until a frame is complete. `None`: all of `input` was taken, and the
    /// frame is not complete yet.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, DecodeError> {
        loop {
            match std::mem::replace(&mut self.state, State::Command) {
                State::Command => match self.read_command(input)? {
                    Some(verb) => self.state = State::Headers(verb, Headers::new()),
                    None => return Ok(None),
                },
                State::Headers(verb, mut headers) => {
                    if !self.read_headers(verb, &mut headers, input)? {
                        self.state = State::Headers(verb, headers);
                        return Ok(None);
                    }
                    let length = self.content_length(&headers)?;
                    self.state = State::Body(verb, headers, Body { octets: Vec::new(), length });
                }
                State::Body(verb, headers, mut body) => {
                    let Some(octets) = self.read_body(&mut body, input)? else {
                        self.state = State::Body(verb, headers, body);
                        return Ok(None);
                    };
                    return self.finish(verb, headers, octets).map(Some);
                }
            }
        }
    }

    /// Skips what may stand between frames and reads the command line.
    fn read_command(&mut self, input: &mut &[u8]) -> Result<Option<Verb>, DecodeError> {
        let limit = self.limits.command;
        loop {
            if self.line.is_empty() {
                let stray = input.iter().take_while(|octet| matches!(octet, b'\n' | 0)).count();
                advance(input, stray);
                self.size = 0;
            }
            // The longest legal line and its CR LF: what is longer need not be searched to the end.
            if memchr(b'\n', input).unwrap_or(input.len()) + self.line.len() > limit + 1 {
                return Err(DecodeError::CommandTooLong { limit });
            }
            let Some(line) = take_line(&mut self.line, &mut self.size, self.limits.frame, input)? else {
                return Ok(None);
            };
            let text = without_cr(line.as_slice())?;
            if text.len() > limit {
                return Err(DecodeError::CommandTooLong { limit });
            }
            if !text.is_empty() {
                let verb = Verb::parse(text).ok_or_else(|| DecodeError::UnknownCommand(excerpt(text)))?;
                line.recycle(&mut self.line);
                return Ok(Some(verb));
            }
            line.recycle(&mut self.line);
        }
    }

    /// Reads header lines; `true` once the empty line came.
    fn read_headers(&mut self, verb: Verb, headers: &mut Headers, input: &mut &[u8]) -> Result<bool, DecodeError> {
        loop {
            let Some(line) = take_line(&mut self.line, &mut self.size, self.limits.frame, input)? else {
                // A line can be no longer than a name, a colon, a value and CR LF.
                if self.line.len() > 2 * self.limits.header + 2 {
                    return Err(DecodeError::HeaderTooLong { limit: self.limits.header });
                }
                return Ok(false);
            };
            let text = without_cr(line.as_slice())?;
            if text.is_empty() {
                line.recycle(&mut self.line);
                return Ok(true);
            }
            self.read_header(verb, headers, text)?;
            line.recycle(&mut self.line);
        }
    }

    /// Reads one header line, which ends the frame's claim to be cheap: see [`FrameLimits`].
    fn read_header(&self, verb: Verb, headers: &mut Headers, line: &[u8]) -> Result<(), DecodeError> {
        let line = std::str::from_utf8(line).map_err(|_| DecodeError::NotUtf8)?;
        let (name, value) = line.split_once(':').ok_or_else(|| DecodeError::NoColon(excerpt(line.as_bytes())))?;
        let limit = self.limits.header;
        if name.is_empty() {
            return Err(DecodeError::EmptyName);
        }
        if name.len() > limit || value.len() > limit {
            return Err(DecodeError::HeaderTooLong { limit });
        }
        let count = headers.len();
        let mut writer = headers.begin();
        self.unescape(verb, name, &mut writer)?;
        if writer.is_repeated() {
            writer.abandon();
            return Ok(());
        }
        if count == self.limits.headers {
            return Err(DecodeError::TooManyHeaders { limit: self.limits.headers });
        }
        writer.end_name();
        let value = if self.version == Version::V1_0 { value.trim_start() } else { value };
        self.unescape(verb, value, &mut writer)?;
        writer.end_value();
        Ok(())
    }

    fn unescape(&self, verb: Verb, text: &str, writer: &mut HeaderWriter<'_>) -> Result<(), DecodeError> {
        let version = if verb.is_raw() { Version::V1_0 } else { self.version };
        escape::unescape(text, version, writer.text).map_err(|unknown| DecodeError::BadEscape {
            escape: unknown.map_or_else(|| "at the end of the line".into(), String::from),
            version,
        })
    }

    /// Reads `content-length` and refuses a body that is announced too large, before any of it is read.
    fn content_length(&self, headers: &Headers) -> Result<Option<usize>, DecodeError> {
        let Some(text) = headers.get("content-length") else {
            return Ok(None);
        };
        let bad = || DecodeError::BadContentLength(excerpt(text.as_bytes()));
        if text.is_empty() || !text.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(bad());
        }
        // Digits that overflow are a number all the same, and larger than any limit.
        let length = text.parse().unwrap_or(usize::MAX);
        self.check_body(length)?;
        Ok(Some(length))
    }

    fn check_body(&self, length: usize) -> Result<(), DecodeError> {
        if length > self.limits.body {
            return Err(DecodeError::BodyTooLarge { limit: self.limits.body });
        }
        if length.saturating_add(self.size) >= self.limits.frame {
            return Err(DecodeError::FrameTooLarge { limit: self.limits.frame });
        }
        Ok(())
    }

    /// Reads the body and the NUL behind it; `None`: more is to come.
    fn read_body(&self, body: &mut Body, input: &mut &[u8]) -> Result<Option<Bytes>, DecodeError> {
        let missing = match body.length {
            Some(length) => length - body.octets.len(),
            None => match memchr(0, input) {
                Some(nul) => nul,
                None => {
                    self.check_body(body.octets.len() + input.len())?;
                    body.octets.extend_from_slice(take(input, input.len()));
                    return Ok(None);
                }
            },
        };
        if missing >= input.len() {
            reserve(&mut body.octets, missing, input.len());
            body.octets.extend_from_slice(take(input, input.len()));
            return Ok(None);
        }
        self.check_body(body.octets.len() + missing)?;
        let rest = take(input, missing);
        if take(input, 1) != [0] {
            return Err(DecodeError::NoNul { length: body.octets.len() + missing });
        }
        if body.octets.is_empty() {
            return Ok(Some(Bytes::copy_from_slice(rest)));
        }
        body.octets.extend_from_slice(rest);
        Ok(Some(Bytes::from(std::mem::take(&mut body.octets))))
    }

    fn finish(&mut self, verb: Verb, headers: Headers, body: Bytes) -> Result<Frame, DecodeError> {
        if !body.is_empty() && !verb.may_have_body() && !verb.is_raw() && self.version > Version::V1_0 {
            return Err(DecodeError::UnexpectedBody { verb });
        }
        Ok(Frame { verb, headers, body })
    }
}

/// A complete line, without its LF: in the caller's octets where it came in one piece.
enum Line<'a> {
    Whole(&'a [u8]),
    Joined(Vec<u8>),
}

impl Line<'_> {
    fn as_slice(&self) -> &[u8] {
        match self {
            Line::Whole(octets) => octets,
            Line::Joined(octets) => octets,
        }
    }

    /// Gives a small buffer back for the next unfinished line.
    fn recycle(self, buffer: &mut Vec<u8>) {
        if let Line::Joined(mut octets) = self
            && octets.capacity() <= RETAINED_LINE
        {
            octets.clear();
            *buffer = octets;
        }
    }
}

/// Takes a line off the input. `None`: it is not complete, and what there is of it was put into `unfinished`.
fn take_line<'a>(
    unfinished: &mut Vec<u8>,
    size: &mut usize,
    limit: usize,
    input: &mut &'a [u8],
) -> Result<Option<Line<'a>>, DecodeError> {
    let end = memchr(b'\n', input);
    let length = end.map_or(input.len(), |index| index + 1);
    *size += length;
    if *size > limit {
        return Err(DecodeError::FrameTooLarge { limit });
    }
    let octets = take(input, length);
    let Some(index) = end else {
        unfinished.extend_from_slice(octets);
        return Ok(None);
    };
    let octets = octets.get(..index).unwrap_or_default();
    if unfinished.is_empty() {
        return Ok(Some(Line::Whole(octets)));
    }
    unfinished.extend_from_slice(octets);
    Ok(Some(Line::Joined(std::mem::take(unfinished))))
}

/// The line without the CR of a CR LF; any other CR is an error.
fn without_cr(line: &[u8]) -> Result<&[u8], DecodeError> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match memchr(b'\r', line) {
        Some(_) => Err(DecodeError::BareCarriageReturn),
        None => Ok(line),
    }
}

/// Grows a body as it arrives, not as it is announced: at most double what has come, and never past its end. A body of
/// which so much has come gets all its space at once: what is not written yet costs no memory, copying it would.
fn reserve(octets: &mut Vec<u8>, missing: usize, arrived: usize) {
    let wanted = octets.len() + arrived;
    if octets.capacity() < wanted {
        let end = octets.len() + missing;
        let capacity = if wanted >= TRUSTED_BODY { end } else { end.min(2 * wanted) };
        octets.reserve_exact(capacity - octets.len());
    }
}

fn take<'a>(input: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (front, rest) = input.split_at_checked(length).unwrap_or((input, &[]));
    *input = rest;
    front
}

fn advance(input: &mut &[u8], length: usize) {
    take(input, length);
}

/// The start of a text, for an error message. What is not plain ASCII is escaped as octets: the formatter's own escapes bring
/// tables of Unicode along, 4 KiB of what a page would download for the client.
fn excerpt(text: &[u8]) -> String {
    text.escape_ascii().take(40).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_all(octets: &[u8], version: Version) -> Result<Vec<Frame>, DecodeError> {
        let mut decoder = Decoder::new(FrameLimits::default());
        decoder.set(version, FrameLimits::default());
        let mut input = octets;
        let mut frames = Vec::new();
        while let Some(frame) = decoder.decode(&mut input)? {
            frames.push(frame);
        }
        Ok(frames)
    }

    fn decode_one(octets: &[u8], version: Version) -> Result<Frame, DecodeError> {
        let mut frames = decode_all(octets, version)?;
        assert_eq!(frames.len(), 1);
        Ok(frames.remove(0))
    }

    #[test]
    fn a_frame_is_read() {
        let frame = decode_one(b"SEND\ndestination:/queue/a\nx:\n\nhello\0", Version::V1_2).unwrap();
        assert_eq!(frame, Frame::new(Verb::Send).with("destination", "/queue/a").with("x", "").with_body("hello"));
    }

    #[test]
    fn line_ends_and_fillers_between_frames_are_skipped() {
        let octets = b"\n\r\n\0\nSEND\r\na:b\r\n\r\nx\0\n\n\r\n\0SEND\n\n\0\n";
        let frames = decode_all(octets, Version::V1_0).unwrap();
        assert_eq!(frames.len(), 2);
        assert_eq!(frames[0].headers.get("a"), Some("b"));
        assert_eq!(&frames[0].body[..], b"x");
    }

    #[test]
    fn content_length_lets_a_body_hold_nul() {
        let frame = decode_one(b"SEND\ncontent-length:3\n\na\0b\0", Version::V1_2).unwrap();
        assert_eq!(&frame.body[..], b"a\0b");
        assert_eq!(
            decode_all(b"SEND\ncontent-length:2\n\nabc\0", Version::V1_2),
            Err(DecodeError::NoNul { length: 2 })
        );
        for bad in ["+1", "-1", "1a", "", " 1"] {
            let octets = format!("SEND\ncontent-length:{bad}\n\nx\0");
            assert_eq!(decode_all(octets.as_bytes(), Version::V1_2), Err(DecodeError::BadContentLength(bad.into())),);
        }
    }

    #[test]
    fn an_announced_body_over_the_limit_is_refused_before_it_comes() {
        let octets = b"SEND\ncontent-length:104857600\n\n";
        assert_eq!(decode_all(octets, Version::V1_2), Err(DecodeError::BodyTooLarge { limit: 16 << 20 }));
        let overflowing = b"SEND\ncontent-length:99999999999999999999999999\n\n";
        assert_eq!(decode_all(overflowing, Version::V1_2), Err(DecodeError::BodyTooLarge { limit: 16 << 20 }));
    }

    #[test]
    fn the_body_limit_is_inclusive() {
        let limits = FrameLimits { body: 4, ..FrameLimits::default() };
        let decode = |octets: &[u8]| Decoder::new(limits).decode(&mut &*octets);
        assert_eq!(decode(b"SEND\n\n1234\0").unwrap().unwrap().body, "1234");
        assert_eq!(decode(b"SEND\n\n12345\0"), Err(DecodeError::BodyTooLarge { limit: 4 }));
        assert_eq!(decode(b"SEND\n\n12345"), Err(DecodeError::BodyTooLarge { limit: 4 }));
        assert_eq!(decode(b"SEND\ncontent-length:4\n\n1234\0").unwrap().unwrap().body, "1234");
    }

    #[test]
    fn every_limit_of_the_head_is_enforced() {
        let limits = FrameLimits { header: 8, headers: 2, frame: 64, ..FrameLimits::default() };
        let decode = |octets: &[u8]| Decoder::new(limits).decode(&mut &*octets).map(|_| ());
        assert_eq!(decode(b"SENDSENDSENDSENDSENDSENDSENDSENDX"), Ok(()));
        assert_eq!(decode(b"SENDSENDSENDSENDSENDSENDSENDSENDXX"), Err(DecodeError::CommandTooLong { limit: 32 }));
        assert_eq!(decode(b"SENDSENDSENDSENDSENDSENDSENDSENDX\n"), Err(DecodeError::CommandTooLong { limit: 32 }));
        assert_eq!(decode(b"SEND\n123456789:a\n"), Err(DecodeError::HeaderTooLong { limit: 8 }));
        assert_eq!(decode(b"SEND\na:123456789\n"), Err(DecodeError::HeaderTooLong { limit: 8 }));
        assert_eq!(decode(b"SEND\na:1\nb:1\na:2\nb:2\n"), Ok(()));
        assert_eq!(decode(b"SEND\na:1\nb:1\nc:1\n"), Err(DecodeError::TooManyHeaders { limit: 2 }));
        assert_eq!(decode(&[b'\n'; 1000]), Ok(()));
        let endless = |length| [b"SEND\n".to_vec(), vec![b'a'; length]].concat();
        assert_eq!(decode(&endless(19)), Err(DecodeError::HeaderTooLong { limit: 8 }));
        assert_eq!(decode(&endless(100)), Err(DecodeError::FrameTooLarge { limit: 64 }));
    }

    #[test]
    fn framing_errors_are_told_apart() {
        let decode = |octets: &[u8], version| decode_all(octets, version).map(|_| ());
        for version in Version::ALL {
            assert_eq!(decode(b"SEND\na\n\n\0", version), Err(DecodeError::NoColon("a".into())));
            assert_eq!(decode(b"SEND\n:a\n\n\0", version), Err(DecodeError::EmptyName));
            assert_eq!(decode(b"SE\rND\n", version), Err(DecodeError::BareCarriageReturn));
            assert_eq!(decode(b"SEND\na:b\rc\n", version), Err(DecodeError::BareCarriageReturn));
            assert_eq!(decode(b"SEND\na:\xff\n", version), Err(DecodeError::NotUtf8));
            assert_eq!(decode(b"send\n", version), Err(DecodeError::UnknownCommand("send".into())));
            let odd = decode("s\x07\"ü\n".as_bytes(), version).unwrap_err();
            assert_eq!(odd.to_string(), r#"unknown command "s\x07\"\xc3\xbc"; commands are upper case"#);
        }
        let subscribe = b"SUBSCRIBE\nid:1\n\nbody\0";
        assert_eq!(decode(subscribe, Version::V1_1), Err(DecodeError::UnexpectedBody { verb: Verb::Subscribe }));
        assert_eq!(decode(subscribe, Version::V1_0), Ok(()));
    }

    #[test]
    fn escapes_follow_the_version_and_spare_connect() {
        let value = |octets: &[u8], version| decode_one(octets, version).map(|f| f.headers.get("a").map(str::to_owned));
        assert_eq!(value(b"SEND\na:x\\cy:z\n\n\0", Version::V1_1), Ok(Some("x:y:z".into())));
        assert_eq!(value(b"SEND\n\\ca:1\n\n\0", Version::V1_2), Ok(None));
        assert!(matches!(value(b"SEND\na:\\r\n\n\0", Version::V1_1), Err(DecodeError::BadEscape { .. })));
        assert_eq!(value(b"CONNECT\na:p\\q\n\n\0", Version::V1_2), Ok(Some("p\\q".into())));
        assert_eq!(value(b"SEND\na: x \n\n\0", Version::V1_0), Ok(Some("x ".into())));
        assert_eq!(value(b"SEND\na: x\n\n\0", Version::V1_1), Ok(Some(" x".into())));
    }

    #[test]
    fn an_idle_decoder_keeps_nothing() {
        let mut decoder = Decoder::new(FrameLimits::default());
        let mut input: &[u8] = b"SEND\n\nx\0\n\n";
        assert!(decoder.decode(&mut input).unwrap().is_some());
        assert!(decoder.decode(&mut input).unwrap().is_none());
        assert!(decoder.is_idle());
    }
}
