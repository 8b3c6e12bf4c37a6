//! A STOMP frame: a command, headers, a body (STOMP 1.2, "STOMP Frames").

use bytes::Bytes;
use smallvec::SmallVec;
use std::fmt;

/// The command of a frame. Called a verb here, since a command is what the broker takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants are the specification's own words")]
pub enum Verb {
    Connect,
    Stomp,
    Send,
    Subscribe,
    Unsubscribe,
    Ack,
    Nack,
    Begin,
    Commit,
    Abort,
    Disconnect,
    Connected,
    Message,
    Receipt,
    Error,
}

impl Verb {
    const ALL: [Verb; 15] = [
        Verb::Send,
        Verb::Ack,
        Verb::Message,
        Verb::Receipt,
        Verb::Nack,
        Verb::Subscribe,
        Verb::Unsubscribe,
        Verb::Connect,
        Verb::Stomp,
        Verb::Begin,
        Verb::Commit,
        Verb::Abort,
        Verb::Disconnect,
        Verb::Connected,
        Verb::Error,
    ];

    /// The text of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Connect => "CONNECT",
            Verb::Stomp => "STOMP",
            Verb::Send => "SEND",
            Verb::Subscribe => "SUBSCRIBE",
            Verb::Unsubscribe => "UNSUBSCRIBE",
            Verb::Ack => "ACK",
            Verb::Nack => "NACK",
            Verb::Begin => "BEGIN",
            Verb::Commit => "COMMIT",
            Verb::Abort => "ABORT",
            Verb::Disconnect => "DISCONNECT",
            Verb::Connected => "CONNECTED",
            Verb::Message => "MESSAGE",
            Verb::Receipt => "RECEIPT",
            Verb::Error => "ERROR",
        }
    }

    /// Reads a command line; commands are case-sensitive.
    pub fn parse(text: &[u8]) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.as_str().as_bytes() == text)
    }

    /// Whether the frame may have a body: SEND, MESSAGE and ERROR only, from 1.1 on.
    pub fn may_have_body(self) -> bool {
        matches!(self, Verb::Send | Verb::Message | Verb::Error)
    }

    /// Whether the frame's headers carry no escapes: CONNECT, STOMP and CONNECTED, in every version.
    pub fn is_raw(self) -> bool {
        matches!(self, Verb::Connect | Verb::Stomp | Verb::Connected)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How deliveries of a subscription are settled (the `ack` header of SUBSCRIBE).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AckMode {
    /// Settled when written to the client.
    #[default]
    Auto,
    /// An ACK settles the delivery and all earlier ones of the subscription.
    Client,
    /// Each delivery is settled by its own ACK or NACK.
    ClientIndividual,
}

impl AckMode {
    /// The text of the header.
    pub fn as_str(self) -> &'static str {
        match self {
            AckMode::Auto => "auto",
            AckMode::Client => "client",
            AckMode::ClientIndividual => "client-individual",
        }
    }

    /// Reads the `ack` header.
    pub fn parse(text: &str) -> Option<AckMode> {
        [AckMode::Auto, AckMode::Client, AckMode::ClientIndividual].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// Headers in the order in which they came, decoded, without repetitions: the first of a name wins (STOMP 1.2,
/// "Repeated Header Entries").
///
/// All names and values share one text, so a frame costs one allocation however many headers it has.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers {
    text: String,
    spans: SmallVec<[Span; 8]>,
}

/// Where a header stands in the text: the name is `start..colon`, the value `colon..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: u32,
    colon: u32,
    end: u32,
}

impl Headers {
    /// No headers yet.
    pub fn new() -> Self {
        Headers::default()
    }

    /// How many distinct headers there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    /// All headers in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.spans.iter().map(|span| (self.slice(span.start, span.colon), self.slice(span.colon, span.end)))
    }

    /// Adds a header at the end, unless the name is there already.
    pub fn push(&mut self, name: &str, value: &str) {
        if self.get(name).is_none() {
            let mut writer = self.begin();
            writer.text.push_str(name);
            writer.end_name();
            writer.text.push_str(value);
            writer.end_value();
        }
    }

    /// Starts a header whose text is written in place, to be ended by `end_value` or taken back by `abandon`.
    pub(crate) fn begin(&mut self) -> HeaderWriter<'_> {
        let start = offset(self.text.len());
        HeaderWriter { text: &mut self.text, spans: &mut self.spans, start, colon: start }
    }

    fn slice(&self, start: u32, end: u32) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }
}

/// A frame is limited far below 4 GiB, so its offsets fit; a longer text would be cut, never misread.
fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// One header being written at the end of [`Headers`].
pub(crate) struct HeaderWriter<'a> {
    pub(crate) text: &'a mut String,
    spans: &'a mut SmallVec<[Span; 8]>,
    start: u32,
    colon: u32,
}

impl HeaderWriter<'_> {
    /// What has been written of the name so far.
    pub(crate) fn name(&self) -> &str {
        self.text.get(self.start as usize..).unwrap_or_default()
    }

    /// Whether the name just written is there already.
    pub(crate) fn is_repeated(&self) -> bool {
        let name = self.name();
        self.spans.iter().any(|span| self.text.get(span.start as usize..span.colon as usize) == Some(name))
    }

    /// The name is complete; what follows is the value.
    pub(crate) fn end_name(&mut self) {
        self.colon = offset(self.text.len());
    }

    /// The value is complete: the header counts.
    pub(crate) fn end_value(self) {
        let end = offset(self.text.len());
        self.spans.push(Span { start: self.start, colon: self.colon, end });
    }

    /// Takes the unfinished header back.
    pub(crate) fn abandon(self) {
        self.text.truncate(self.start as usize);
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Headers {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(headers: I) -> Self {
        let mut all = Headers::new();
        for (name, value) in headers {
            all.push(name, value);
        }
        all
    }
}

/// One STOMP unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The command.
    pub verb: Verb,
    /// The headers, decoded.
    pub headers: Headers,
    /// The body, as octets; `content-type` alone says how to read them.
    pub body: Bytes,
}

impl Frame {
    /// A frame without headers or body.
    pub fn new(verb: Verb) -> Self {
        Frame { verb, headers: Headers::new(), body: Bytes::new() }
    }

    /// The same frame with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push(name, value);
        self
    }

    /// The same frame with this body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_repeated_header_wins() {
        let headers: Headers = [("a", "1"), ("b", ""), ("a", "2")].into_iter().collect();
        assert_eq!(headers.len(), 2);
        assert_eq!(headers.get("a"), Some("1"));
        assert_eq!(headers.get("b"), Some(""));
        assert_eq!(headers.get("c"), None);
    }
}
