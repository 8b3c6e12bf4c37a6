//! MESSAGE frames, the one kind of which there are many: they are handed over as they came, and read by whoever looks.

use super::{Client, Output, VERSION, link::Phase};
use crate::limits::FrameLimits;
use crate::stomp::Frame;
use crate::stomp::encode::encode;
use bytes::{Buf, Bytes};
use memchr::memchr;

/// The command line.
const COMMAND: &[u8] = b"MESSAGE\n";

/// A MESSAGE as it came.
///
/// ```text
///   MESSAGE LF | name:value LF | ... | LF | body | NUL
///              ^head                      ^body  ^end
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    frame: Bytes,
    /// Where the body begins.
    body: usize,
    /// Which subscription it is for.
    pub(super) subscription: u32,
    /// Its place in the stream that it comes from.
    pub(super) offset: Option<u64>,
}

impl Delivery {
    /// The header lines, with their escapes, an empty line, and the body.
    pub fn octets(&self) -> &[u8] {
        self.frame.get(COMMAND.len()..self.frame.len() - 1).unwrap_or_default()
    }

    /// Where the body begins in [`Delivery::octets`].
    pub fn body_start(&self) -> usize {
        self.body - COMMAND.len()
    }

    /// The value of a header with its escapes. `start` is its name and the colon.
    pub(super) fn header(&self, start: &[u8]) -> Option<&[u8]> {
        let head = self.frame.get(..self.body).unwrap_or_default();
        head.split(|octet| *octet == b'\n').find_map(|line| line.strip_prefix(start))
    }

    /// Octets of the body.
    pub(super) fn body_len(&self) -> usize {
        self.frame.len() - 1 - self.body
    }

    /// Reads the MESSAGE at the start of `input`. `None`: there is none, or not all of it, or it is not as servers write
    /// it; the decoder knows what to do then.
    fn read(input: &Bytes) -> Option<Self> {
        let mut rest = input.strip_prefix(COMMAND)?;
        let (mut subscription, mut length, mut offset) = (None, None, None);
        loop {
            let (line, after) = rest.split_at_checked(memchr(b'\n', rest)?)?;
            rest = after.get(1..)?;
            match line {
                [] => break,
                [.., b'\r'] => return None,
                _ => {}
            }
            if let Some(value) = line.strip_prefix(b"subscription:") {
                subscription = subscription.or(Some(number(value)?));
            } else if let Some(value) = line.strip_prefix(b"content-length:") {
                length = length.or(Some(number(value)?));
            } else if let Some(value) = line.strip_prefix(b"x-stream-offset:") {
                offset = offset.or(number(value));
            }
        }
        let length = match length {
            Some(length) => usize::try_from(length).ok()?,
            None => memchr(0, rest)?,
        };
        let body = input.len() - rest.len();
        let subscription = u32::try_from(subscription?).ok()?;
        let is_whole = rest.get(length) == Some(&0) && length <= FrameLimits::default().body;
        is_whole.then(|| Delivery { frame: input.slice(..body + length + 1), body, subscription, offset })
    }
}

/// Digits, as a number.
fn number(digits: &[u8]) -> Option<u64> {
    let add = |sum: u64, digit: &u8| match digit {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    };
    digits.iter().try_fold(0, add).filter(|_| !digits.is_empty())
}

impl Client {
    /// Takes a MESSAGE off the input, if all of it is there: no header is decoded that nobody may ask for.
    pub(super) fn whole_delivery(&mut self, input: &mut Bytes) -> Option<Delivery> {
        if !self.takes_messages() || !self.decoder.is_idle() {
            return None;
        }
        while input.first() == Some(&b'\n') {
            input.advance(1);
        }
        let delivery = Delivery::read(input)?;
        input.advance(delivery.frame.len());
        Some(delivery)
    }

    /// Hands on a MESSAGE that came in parts, or was not written as usual.
    pub(super) fn deliver_frame(&mut self, frame: &Frame) {
        let mut octets = Vec::with_capacity(128 + frame.body.len());
        encode(frame, VERSION, &mut octets);
        if let Some(delivery) = Delivery::read(&Bytes::from(octets)) {
            self.deliver(delivery);
        }
    }

    pub(super) fn deliver(&mut self, delivery: Delivery) {
        if self.traces {
            let head = delivery.frame.slice(..delivery.body);
            self.outputs.push_back(Output::Received { head: head.to_vec(), body: delivery.body_len() });
        }
        if self.phase != Phase::Connected && delivery.header(b"ack:").is_some() {
            return; // no answer would reach this connection: it comes again on the next
        }
        // A server of ours tells itself what is missing.
        if self.subscriptions.handle_delivery(&delivery, !self.soft_errors, &mut self.outputs) {
            let subscription = delivery.subscription;
            self.outputs.push_back(Output::Message { subscription, epoch: self.epoch, delivery });
        }
    }

    /// Until the connection has ended what comes is for somebody: in mode `auto` it would not come again.
    fn takes_messages(&self) -> bool {
        matches!(self.phase, Phase::Connected | Phase::Switching { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &'static str) -> Option<(u32, &'static str, usize)> {
        let delivery = Delivery::read(&Bytes::from_static(octets.as_bytes()))?;
        let start = COMMAND.len();
        assert_eq!(delivery.octets(), &octets.as_bytes()[start..start + delivery.octets().len()]);
        Some((
            delivery.subscription,
            &octets[delivery.body..delivery.body + delivery.body_len()],
            delivery.body_start(),
        ))
    }

    #[test]
    fn a_message_is_found_with_and_without_its_length() {
        assert_eq!(read("MESSAGE\nsubscription:7\na:b\n\nbody\0\nMESSAGE\n"), Some((7, "body", 20)));
        assert_eq!(read("MESSAGE\nsubscription:7\ncontent-length:3\n\na\0b\0"), Some((7, "a\0b", 33)));
        assert_eq!(read("MESSAGE\nsubscription:7\nsubscription:8\n\n\0"), Some((7, "", 31)), "the first counts");
    }

    #[test]
    fn what_is_not_whole_or_not_as_usual_is_the_decoders() {
        let whole = "MESSAGE\nsubscription:7\ncontent-length:3\n\nabc\0";
        for end in 0..whole.len() {
            assert_eq!(Delivery::read(&Bytes::from_static(&whole.as_bytes()[..end])), None);
        }
        for odd in [
            "RECEIPT\nreceipt-id:1\n\n\0",
            "MESSAGE\r\nsubscription:7\n\n\0",
            "MESSAGE\nsubscription:7\r\n\r\n\0",
            "MESSAGE\nsubscription:x\n\n\0",
            "MESSAGE\nsubscription:99999999999\n\n\0",
            "MESSAGE\n\n\0",
            "MESSAGE\nsubscription:7\ncontent-length:-1\n\n\0",
            "MESSAGE\nsubscription:7\ncontent-length:2\n\nabc\0",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
