//! Counting the messages in what a subscriber receives.

use anyhow::{Result, bail};

use crate::acks::AckReader;
use crate::frames::FrameScanner;
use crate::http::Answers;
use crate::report::one_line;

/// One subscriber's count, by the protocol it speaks. An enum and not a trait object: it runs for every read.
#[derive(Debug)]
pub(crate) enum Counter {
    /// STOMP over WebSocket, a message in each WebSocket message.
    Stomp(FrameScanner),
    /// STOMP receipts in the same way.
    Receipts(FrameScanner),
    /// STOMP messages, each of which is acknowledged.
    Acking(AckReader),
    /// A byte protocol over WebSocket, whose messages all have one size and are cut into frames at will.
    SizedFrames { scanner: FrameScanner, message_octets: u64 },
    /// Answers of HTTP that take responsibility for an event each.
    Accepted(Answers),
    /// A byte protocol over TCP, whose messages all have one size.
    Sized { octets: u64, message_octets: u64 },
}

impl Counter {
    /// Counts the messages that `bytes` brings. What the subscriber answers is appended to `replies`.
    pub(crate) fn feed(&mut self, bytes: &[u8], replies: &mut Vec<u8>) -> Result<u64> {
        match self {
            Self::Stomp(scanner) => count_stomp(scanner, b'M', bytes),
            Self::Receipts(scanner) => count_stomp(scanner, b'R', bytes),
            Self::Accepted(answers) => answers.feed(bytes),
            Self::Acking(reader) => reader.feed(bytes, replies),
            Self::SizedFrames { scanner, message_octets } => {
                let before = scanner.data_octets() / *message_octets;
                scanner.scan(bytes, |_| {});
                Ok(scanner.data_octets() / *message_octets - before)
            }
            Self::Sized { octets, message_octets } => {
                let before = *octets / *message_octets;
                *octets += bytes.len() as u64;
                Ok(*octets / *message_octets - before)
            }
        }
    }
}

/// Counts the frames whose command starts with `initial`; any other but a heart-beat is an error.
fn count_stomp(scanner: &mut FrameScanner, initial: u8, bytes: &[u8]) -> Result<u64> {
    let mut messages = 0;
    let mut other = None;
    scanner.scan(bytes, |from_payload| match from_payload[0] {
        first if first == initial => messages += 1,
        b'\n' | b'\r' => {}
        _ => other = Some(one_line(&from_payload[..from_payload.len().min(300)])),
    });
    match other {
        Some(text) => bail!("unexpected frame: {text}"),
        None => Ok(messages),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::push_server_message;

    fn count_in_two(mut make: impl FnMut() -> Counter, stream: &[u8], expected: u64) {
        for cut in 0..=stream.len() {
            let mut counter = make();
            let mut replies = Vec::new();
            let first = counter.feed(&stream[..cut], &mut replies).unwrap();
            let second = counter.feed(&stream[cut..], &mut replies).unwrap();
            assert_eq!(first + second, expected, "cut at {cut}");
            assert!(replies.is_empty());
        }
    }

    #[test]
    fn stomp_messages_but_not_heart_beats() {
        let mut stream = Vec::new();
        push_server_message(&mut stream, b"MESSAGE\n\nMM\0");
        push_server_message(&mut stream, b"\n");
        push_server_message(&mut stream, &[b'M'; 1000]);
        count_in_two(|| Counter::Stomp(FrameScanner::default()), &stream, 2);
    }

    #[test]
    fn receipts() {
        let mut stream = Vec::new();
        push_server_message(&mut stream, b"RECEIPT\nreceipt-id:r\n\n\0");
        push_server_message(&mut stream, b"\n");
        push_server_message(&mut stream, b"RECEIPT\nreceipt-id:r\n\n\0");
        count_in_two(|| Counter::Receipts(FrameScanner::default()), &stream, 2);
        push_server_message(&mut stream, b"MESSAGE\n\n\0");
        assert!(Counter::Receipts(FrameScanner::default()).feed(&stream, &mut Vec::new()).is_err());
    }

    #[test]
    fn an_error_frame_ends_the_measurement() {
        let mut stream = Vec::new();
        push_server_message(&mut stream, b"ERROR\nmessage:no\n\n\0");
        let error = Counter::Stomp(FrameScanner::default()).feed(&stream, &mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("message:no"));
    }

    #[test]
    fn sized_messages_across_frames() {
        let mut stream = Vec::new();
        push_server_message(&mut stream, &[b'x'; 25]);
        push_server_message(&mut stream, &[b'x'; 5]);
        push_server_message(&mut stream, &[b'x'; 19]);
        let make = || Counter::SizedFrames { scanner: FrameScanner::default(), message_octets: 10 };
        count_in_two(make, &stream, 4);
    }

    #[test]
    fn sized_messages_over_tcp() {
        count_in_two(|| Counter::Sized { octets: 0, message_octets: 10 }, &[0; 49], 4);
    }
}
