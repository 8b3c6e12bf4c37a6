//! Exchanges and their bindings: from a message to the queues that get it. Pure, so that every engine routes alike.

use crate::command::ExchangeDeclaration;
use crate::exchange::Exchange;
use crate::hash::{Map, map};
use crate::stats::{ExchangeCounters, ExchangeRow};
use crate::{Binding, Error, Headers, Kind, Message};
use std::sync::Arc;

/// A queue's identity in its vhost while it exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueId(pub u32);

/// The built-in exchange on which a vhost reports its statistics.
pub const STATISTICS: &str = "wharf.statistics";

/// The built-in exchange for the private topics of connections, whose keys cannot be guessed.
pub const TEMPORARY: &str = "wharf.temporary";

/// Exchanges that every vhost has, beside the default exchange, which has no bindings of its own.
const BUILT_IN: [(&str, Kind); 7] = [
    ("amq.direct", Kind::Direct),
    ("amq.fanout", Kind::Fanout),
    ("amq.topic", Kind::Topic),
    ("amq.headers", Kind::Headers),
    ("amq.match", Kind::Headers),
    (STATISTICS, Kind::Topic),
    (TEMPORARY, Kind::Direct),
];

/// How many alternate exchanges a message may fall through: they may form a circle.
const ALTERNATES: usize = 8;

/// The exchanges of a vhost.
#[derive(Debug)]
pub struct Routing {
    exchanges: Map<Box<str>, Exchange>,
    /// What was published to the default exchange, which has no other state.
    default_exchange: ExchangeCounters,
    seed: u64,
}

impl Routing {
    /// The built-in exchanges.
    pub fn new(seed: u64) -> Self {
        let mut exchanges = map(seed);
        for (name, kind) in BUILT_IN {
            let read_only = name == STATISTICS;
            let declaration =
                ExchangeDeclaration { name: name.to_owned(), kind, durable: true, alternate: None, read_only };
            exchanges.insert(name.into(), Exchange::new(declaration, seed));
        }
        Routing { exchanges, default_exchange: ExchangeCounters::default(), seed }
    }

    /// Declares an exchange; an equal one may exist. `true`: it is new.
    pub fn declare(&mut self, exchange: ExchangeDeclaration) -> Result<bool, Error> {
        if let Some(existing) = self.exchanges.get(exchange.name.as_str()) {
            return match existing.agrees_with(&exchange) {
                true => Ok(false),
                false => Err(Error::ExchangeDiffers { name: exchange.name }),
            };
        }
        let name = exchange.name.as_str().into();
        self.exchanges.insert(name, Exchange::new(exchange, self.seed));
        Ok(true)
    }

    /// Forgets an exchange; its queues must forget their bindings too.
    pub fn delete(&mut self, name: &str) -> Result<(), Error> {
        self.find(name)?;
        self.exchanges.remove(name);
        Ok(())
    }

    /// How an exchange routes; `None`: there is none of this name.
    pub fn kind(&self, name: &str) -> Option<Kind> {
        self.exchanges.get(name).map(Exchange::kind)
    }

    /// All exchanges, in no particular order; the default exchange is called "".
    pub fn exchanges(&self) -> impl Iterator<Item = ExchangeRow> {
        let default = ExchangeRow {
            name: "".into(),
            kind: Kind::Direct,
            durable: true,
            read_only: false,
            alternate: None,
            counters: self.default_exchange,
        };
        std::iter::once(default).chain(self.exchanges.iter().map(|(name, exchange)| exchange.row(name)))
    }

    /// Counts a message that was published to the default exchange.
    pub(crate) fn count_default(&mut self, is_routed: bool) {
        self.default_exchange.count(usize::from(is_routed));
    }

    /// Adds a binding that the queue does not have yet.
    pub fn bind(&mut self, binding: &Binding, queue: QueueId) -> Result<(), Error> {
        self.find(&binding.exchange)?.bind(binding, queue)
    }

    /// Removes a binding that the queue has.
    pub fn unbind(&mut self, binding: &Binding, queue: QueueId) {
        if let Ok(exchange) = self.find(&binding.exchange) {
            exchange.unbind(binding, queue);
        }
    }

    /// Whether anybody would get what is published to the exchange with this key. Counts nothing.
    pub fn is_heard(&mut self, exchange: &str, key: &str) -> bool {
        self.find(exchange).is_ok_and(|exchange| !exchange.route(key, &Headers::default()).is_empty())
    }

    /// Whether there is such an exchange, and it is to survive a restart.
    pub fn is_durable(&self, exchange: &str) -> bool {
        self.exchanges.get(exchange).is_some_and(|exchange| exchange.durable)
    }

    /// Whether only the server may publish to the exchange.
    pub fn is_read_only(&self, exchange: &str) -> bool {
        self.exchanges.get(exchange).is_some_and(|exchange| exchange.read_only)
    }

    /// The queues that get the message, each once. What finds none goes to the alternate exchange.
    pub fn route(&mut self, message: &Message) -> Result<Arc<[QueueId]>, Error> {
        self.look_up(message, true)
    }

    /// The same, of a message that is published later, if at all. Counts nothing.
    pub(crate) fn preview(&mut self, message: &Message) -> Result<Arc<[QueueId]>, Error> {
        self.look_up(message, false)
    }

    fn look_up(&mut self, message: &Message, counts: bool) -> Result<Arc<[QueueId]>, Error> {
        let mut exchange = self.find(&message.exchange)?;
        for _ in 0..ALTERNATES {
            let queues = exchange.route(&message.routing_key, &message.headers);
            if counts {
                exchange.counters.count(queues.len());
            }
            let Some(alternate) = exchange.alternate.clone().filter(|_| queues.is_empty()) else {
                return Ok(queues);
            };
            match self.exchanges.get_mut(alternate.as_str()) {
                Some(next) => exchange = next,
                None => break, // an alternate exchange need not exist
            }
        }
        Ok(Arc::default())
    }

    fn find(&mut self, name: &str) -> Result<&mut Exchange, Error> {
        self.exchanges.get_mut(name).ok_or_else(|| Error::ExchangeNotFound { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::collections::BTreeMap;

    fn exchange(name: &str, kind: Kind, alternate: Option<&str>) -> ExchangeDeclaration {
        let alternate = alternate.map(str::to_owned);
        ExchangeDeclaration { name: name.into(), kind, durable: true, alternate, read_only: false }
    }

    fn binding(exchange: &str, key: &str) -> Binding {
        Binding { exchange: exchange.into(), key: key.into(), arguments: BTreeMap::new() }
    }

    fn route(routing: &mut Routing, exchange: &str, key: &str) -> Result<Vec<u32>, Error> {
        let message = Message::new(exchange.to_owned(), key, Headers::default(), Bytes::new());
        routing.route(&message).map(|queues| queues.iter().map(|queue| queue.0).collect())
    }

    #[test]
    fn every_type_routes_and_a_queue_gets_a_message_once() {
        let mut routing = Routing::new(1);
        for (exchange, key) in [("amq.direct", "a"), ("amq.fanout", ""), ("amq.topic", "a.*"), ("amq.topic", "a.#")] {
            routing.bind(&binding(exchange, key), QueueId(7)).unwrap();
        }
        assert_eq!(route(&mut routing, "amq.direct", "a"), Ok(vec![7]));
        assert_eq!(route(&mut routing, "amq.direct", "b"), Ok(vec![]));
        assert_eq!(route(&mut routing, "amq.fanout", "x"), Ok(vec![7]));
        assert_eq!(route(&mut routing, "amq.topic", "a.b"), Ok(vec![7]));
        routing.unbind(&binding("amq.topic", "a.*"), QueueId(7));
        routing.unbind(&binding("amq.topic", "a.#"), QueueId(7));
        assert_eq!(route(&mut routing, "amq.topic", "a.b"), Ok(vec![]));
        assert!(route(&mut routing, "none", "a").is_err());
    }

    #[test]
    fn what_finds_no_queue_goes_to_the_alternate_exchange_and_circles_end() {
        let mut routing = Routing::new(1);
        routing.declare(exchange("one", Kind::Direct, Some("two"))).unwrap();
        routing.declare(exchange("two", Kind::Direct, Some("one"))).unwrap();
        assert_eq!(route(&mut routing, "one", "a"), Ok(vec![]));
        routing.bind(&binding("two", "a"), QueueId(2)).unwrap();
        assert_eq!(route(&mut routing, "one", "a"), Ok(vec![2]));
    }

    #[test]
    fn an_exchange_is_declared_again_only_as_it_is() {
        let mut routing = Routing::new(1);
        routing.declare(exchange("one", Kind::Direct, None)).unwrap();
        assert_eq!(routing.declare(exchange("one", Kind::Direct, None)), Ok(false));
        assert!(routing.declare(exchange("one", Kind::Fanout, None)).is_err());
    }
}
