//! What a client asked for and was not answered yet.

use std::collections::BTreeMap;
use wire::cloudevents::Event;

/// Answers that a client may be owed before nothing more is read of it.
const OWED: usize = 1024;

/// Octets of what names them: sources and ids may be long.
const OWED_OCTETS: usize = 256 * 1024;

/// Requests by their tokens.
#[derive(Debug, Default)]
pub(super) struct Asked {
    requests: BTreeMap<u64, Request>,
    last: u64,
    octets: usize,
}

/// One request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) what: What,
    /// Which event asked; the URL did, if none.
    pub(super) who: Option<Who>,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Publish,
    Subscribe(u32),
    Other,
}

/// An event as answers name it.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) source: Box<str>,
    pub(super) id: Box<str>,
}

impl Who {
    pub(super) fn of(event: &Event) -> Who {
        Who { source: event.source().into(), id: event.id().into() }
    }

    fn octets(&self) -> usize {
        self.source.len() + self.id.len()
    }
}

impl Asked {
    /// Whether more may be asked for.
    pub(super) fn has_room(&self) -> bool {
        self.requests.len() < OWED && self.octets < OWED_OCTETS
    }

    /// Notes a request; its token.
    pub(super) fn add(&mut self, what: What, who: Option<Who>) -> u64 {
        self.last += 1;
        self.octets += who.as_ref().map_or(0, Who::octets);
        self.requests.insert(self.last, Request { what, who });
        self.last
    }

    /// The request is answered.
    pub(super) fn take(&mut self, token: u64) -> Option<Request> {
        let request = self.requests.remove(&token)?;
        self.octets -= request.who.as_ref().map_or(0, Who::octets);
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_is_bounded_by_number_and_by_octets() {
        let mut asked = Asked::default();
        let tokens: Vec<u64> = (0..OWED).map(|_| asked.add(What::Publish, None)).collect();
        assert!(!asked.has_room());
        assert!(asked.take(tokens[0]).is_some() && asked.take(tokens[0]).is_none());
        assert!(asked.has_room());
        let long = Who { source: "x".repeat(OWED_OCTETS).into(), id: "1".into() };
        let token = asked.add(What::Other, Some(long));
        assert!(!asked.has_room());
        asked.take(token);
        assert!(asked.has_room());
    }
}
