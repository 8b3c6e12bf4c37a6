//! Why a message was dead-lettered, and from where: the history that it carries along.

use crate::Time;
use crate::limits::DEATHS;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Why a message was dead-lettered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// A subscription refused it.
    Rejected,
    /// It was too old.
    Expired,
    /// Its queue was full.
    Overflowed,
    /// It had come back too often.
    DeliveryLimit,
}

impl Reason {
    /// The reason's name, which is public and does not change.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Rejected => "rejected",
            Reason::Expired => "expired",
            Reason::Overflowed => "maxlen",
            Reason::DeliveryLimit => "delivery_limit",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Deaths in one queue for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Death {
    /// The queue.
    pub queue: Arc<str>,
    /// The reason.
    pub reason: Reason,
    /// How often.
    pub count: u64,
    /// The exchange that the message had been published to.
    pub exchange: Box<str>,
    /// The routing key that it had been published with.
    pub routing_key: Box<str>,
    /// When it last happened.
    pub time: Time,
    /// What who refused it had to say.
    pub text: Option<Box<str>>,
}

/// The deaths of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deaths {
    /// The first one.
    pub first: Death,
    /// One entry for each queue and reason, the latest first.
    pub list: Vec<Death>,
}

impl Deaths {
    /// The history with one more death. `None`: it has become too long, the message goes round in circles.
    pub(crate) fn with(earlier: Option<&Deaths>, death: Death) -> Option<Deaths> {
        let Some(earlier) = earlier else {
            return Some(Deaths { first: death.clone(), list: vec![death] });
        };
        let mut list = earlier.list.clone();
        let known = list.iter().position(|known| known.queue == death.queue && known.reason == death.reason);
        let count = known.map_or(0, |index| list.remove(index).count);
        if list.len() >= DEATHS {
            return None;
        }
        list.insert(0, Death { count: count + 1, ..death });
        Some(Deaths { first: earlier.first.clone(), list })
    }

    /// Whether a message that comes to `queue` now has been there before with nobody refusing it since: then it would
    /// go on in circles for ever, without anybody seeing it.
    pub(crate) fn is_circle(&self, queue: &str) -> bool {
        for death in &self.list {
            match death.reason {
                Reason::Rejected => return false,
                _ if &*death.queue == queue => return true,
                _ => {}
            }
        }
        false
    }

    /// Octets by which it is accounted for.
    pub(crate) fn size(&self) -> usize {
        let texts = |death: &Death| {
            death.exchange.len() + death.routing_key.len() + death.text.as_ref().map_or(0, |text| text.len())
        };
        size_of::<Deaths>() + self.list.iter().map(|death| size_of::<Death>() + texts(death)).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn death(queue: &str, reason: Reason) -> Death {
        Death {
            queue: queue.into(),
            reason,
            count: 1,
            exchange: "".into(),
            routing_key: "k".into(),
            time: Time(5),
            text: None,
        }
    }

    fn after(deaths: &[(&str, Reason)]) -> Deaths {
        let mut history = None;
        for (queue, reason) in deaths {
            history = Deaths::with(history.as_ref(), death(queue, *reason));
        }
        history.expect("at least one death")
    }

    #[test]
    fn the_same_death_again_is_counted_and_comes_first() {
        let history = after(&[("a", Reason::Rejected), ("b", Reason::Expired), ("a", Reason::Rejected)]);
        let list: Vec<_> = history.list.iter().map(|death| (&*death.queue, death.count)).collect();
        assert_eq!(list, [("a", 2), ("b", 1)]);
        assert_eq!(&*history.first.queue, "a");
    }

    #[test]
    fn a_circle_is_seen_unless_somebody_refused() {
        assert!(after(&[("a", Reason::Expired)]).is_circle("a"));
        assert!(after(&[("a", Reason::Overflowed), ("b", Reason::Expired)]).is_circle("a"));
        assert!(!after(&[("a", Reason::Rejected), ("b", Reason::Expired)]).is_circle("a"));
        assert!(!after(&[("a", Reason::Expired)]).is_circle("b"));
    }

    #[test]
    fn a_history_does_not_grow_for_ever() {
        let mut history = None;
        for number in 0..DEATHS {
            history = Deaths::with(history.as_ref(), death(&number.to_string(), Reason::Rejected));
            assert!(history.is_some());
        }
        assert_eq!(Deaths::with(history.as_ref(), death("more", Reason::Rejected)), None);
    }
}
