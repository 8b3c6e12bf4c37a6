//! The private addresses of a connection: `/temp-queue/N` and `/temp-topic/N`, under names that only it may use, and
//! that others reach by an address that cannot be guessed.

use std::collections::BTreeMap;
use wire::stomp::Code;
use wire::stomp::server::Failure;

/// Octets of such a name: it is kept as long as the connection lives.
const NAME: usize = 255;

/// Private names of one connection. Bounded, since the client makes them up.
const NAMES: usize = 1024;

/// The temporary queues and topics of one connection.
#[derive(Debug, Default)]
pub(super) struct Temporary {
    queues: BTreeMap<Box<str>, Queue>,
    topics: BTreeMap<Box<str>, Box<str>>,
}

/// A temporary queue.
#[derive(Debug)]
struct Queue {
    /// Under which the broker knows it, and with which others reply to it.
    address: Box<str>,
    /// The client's own subscriptions to it.
    subscriptions: Vec<u32>,
    /// The subscription that the server made, since the client asked for replies only.
    replies: Option<u32>,
}

impl Temporary {
    /// The address of a temporary queue.
    pub(super) fn queue(&mut self, name: &str) -> Result<&str, Failure> {
        Ok(&self.find(name)?.address)
    }

    /// The routing key of a temporary topic.
    pub(super) fn topic(&mut self, name: &str) -> Result<&str, Failure> {
        self.check_room(name, self.topics.contains_key(name))?;
        Ok(self.topics.entry(name.into()).or_insert_with(address))
    }

    /// Whether nobody would get a reply to this queue yet.
    pub(super) fn has_no_reader(&self, name: &str) -> bool {
        self.queues.get(name).is_none_or(|queue| queue.replies.is_none() && queue.subscriptions.is_empty())
    }

    /// The server subscribes for the client. Returns the address.
    pub(super) fn read_replies(&mut self, name: &str, number: u32) -> Result<&str, Failure> {
        let queue = self.find(name)?;
        queue.replies = Some(number);
        Ok(&queue.address)
    }

    /// The client subscribes by itself. Returns the subscription that the server had made: it is to end, or it would
    /// take its share.
    pub(super) fn subscribe(&mut self, name: &str, number: u32) -> Result<Option<u32>, Failure> {
        let queue = self.find(name)?;
        queue.subscriptions.push(number);
        Ok(queue.replies.take())
    }

    /// A subscription ended, whatever it was to.
    pub(super) fn forget(&mut self, number: u32) {
        for queue in self.queues.values_mut() {
            queue.replies = queue.replies.filter(|replies| *replies != number);
            queue.subscriptions.retain(|subscription| *subscription != number);
        }
    }

    fn find(&mut self, name: &str) -> Result<&mut Queue, Failure> {
        self.check_room(name, self.queues.contains_key(name))?;
        Ok(self.queues.entry(name.into()).or_insert_with(|| Queue {
            address: address(),
            subscriptions: Vec::new(),
            replies: None,
        }))
    }

    fn check_room(&self, name: &str, is_known: bool) -> Result<(), Failure> {
        if name.len() > NAME {
            let message = format!("the name of a temporary queue or topic must have at most {NAME} octets");
            return Err(Failure::new(Code::BadDestination, message));
        }
        match is_known || self.queues.len() + self.topics.len() < NAMES {
            true => Ok(()),
            false => {
                let message = format!("a connection may have at most {NAMES} temporary queues and topics");
                Err(Failure::new(Code::TooLarge, message))
            }
        }
    }
}

fn address() -> Box<str> {
    format!("stomp-temporary-{:032x}", rand::random::<u128>()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_address_and_shares_it_with_no_other() {
        let mut temporary = Temporary::default();
        let first = temporary.queue("a").unwrap().to_owned();
        assert_eq!(temporary.queue("a").unwrap(), first);
        assert_ne!(temporary.queue("b").unwrap(), first);
        assert_ne!(temporary.topic("a").unwrap(), first);
        assert_ne!(Temporary::default().queue("a").unwrap(), first);
    }

    #[test]
    fn replies_are_read_once() {
        let mut temporary = Temporary::default();
        assert!(temporary.has_no_reader("a"));
        temporary.read_replies("a", 1).unwrap();
        assert!(!temporary.has_no_reader("a"));
        assert_eq!(temporary.subscribe("a", 2).unwrap(), Some(1));
        assert_eq!(temporary.subscribe("a", 3).unwrap(), None);
        temporary.forget(2);
        assert!(!temporary.has_no_reader("a"));
        temporary.forget(3);
        assert!(temporary.has_no_reader("a"));
    }

    #[test]
    fn names_are_limited() {
        let mut temporary = Temporary::default();
        for number in 0..NAMES {
            temporary.queue(&number.to_string()).unwrap();
        }
        assert!(temporary.queue("0").is_ok());
        assert_eq!(temporary.topic("more").unwrap_err().code, Code::TooLarge);
    }
}
