//! STOMP frames off the wire.

use wire::limits::FrameLimits;
use wire::stomp::encode::encode;
use wire::stomp::{Decoder, Frame, Version};

/// Small, so that inputs of a fuzzer reach them.
const LIMITS: FrameLimits = FrameLimits { command: 32, headers: 8, header: 256, body: 2048, frame: 3072, login: 1024 };

/// What is written may be longer than it came: not every octet that has an escape needs it, nor every body a `content-length`.
const WRITTEN: FrameLimits =
    FrameLimits { headers: LIMITS.headers + 1, header: 2 * LIMITS.header, frame: 2 * LIMITS.frame, ..LIMITS };

/// The first octet chooses a version and how the rest is split.
///
/// # Panics
/// When frames depend on the portions that they come in, or a frame is not the same after it was written and read again.
pub fn stomp_decode(data: &[u8]) {
    let Some((choice, input)) = data.split_first() else { return };
    let version = [Version::V1_0, Version::V1_1, Version::V1_2][usize::from(choice % 3)];
    let portion = usize::from(choice / 3) + 1;
    let (frames, is_good) = decode(version, LIMITS, [input]);
    let in_portions = decode(version, LIMITS, input.chunks(portion));
    assert_eq!((&frames, is_good), (&in_portions.0, in_portions.1), "in portions of {portion} octets");
    // The older versions cannot express every text that they let through, such as a CR at the end of a line.
    for frame in frames.iter().filter(|frame| version == Version::V1_2 && !frame.verb.is_raw()) {
        let mut written = Vec::new();
        encode(frame, version, &mut written);
        let (read, is_good) = decode(version, WRITTEN, [written.as_slice()]);
        assert!(is_good && read.len() == 1, "{frame:?} is written as {}", written.escape_ascii());
        assert_eq!((content(&read[0]), read[0].verb), (content(frame), frame.verb));
    }
}

/// All frames up to the first error, and whether there was none.
fn decode<'a>(
    version: Version,
    limits: FrameLimits,
    portions: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Frame>, bool) {
    let mut decoder = Decoder::new(limits);
    decoder.set(version, limits);
    let mut frames = Vec::new();
    for mut portion in portions {
        loop {
            match decoder.decode(&mut portion) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => return (frames, false),
            }
        }
        assert!(portion.is_empty(), "all of it is taken");
    }
    (frames, true)
}

/// Headers and body, but for the length, which the encoder writes by itself.
fn content(frame: &Frame) -> (Vec<(&str, &str)>, &[u8]) {
    (frame.headers.iter().filter(|(name, _)| *name != "content-length").collect(), &frame.body)
}
