//! Deduplication ids in records.

use super::Change;
use crate::Time;
use crate::deduplication::{Deduplication, Remembered};

/// A deduplication id that a record tells of.
#[derive(Debug)]
pub(crate) enum Recollection {
    /// It was published to this exchange, with this key.
    At { exchange: String, routing_key: String, id: String, since: Time },
    /// It was published in this scope.
    In { scope: String, id: String, until: Time },
}

impl Recollection {
    /// What they are ordered by: those of places by when they were published, those of scopes by when they end.
    pub(crate) fn time(&self) -> Time {
        match self {
            Recollection::At { since, .. } => *since,
            Recollection::In { until, .. } => *until,
        }
    }

    /// Remembers it again, unless its time is over.
    pub(crate) fn give_back(&self, deduplication: &mut Deduplication, now: Time) {
        match self {
            Recollection::At { exchange, routing_key, id, since } => {
                deduplication.remember_at(exchange, routing_key, id, *since);
            }
            Recollection::In { scope, id, until } if *until > now => deduplication.remember_in(scope, id, *until),
            Recollection::In { .. } => {}
        }
    }
}

impl<'a> From<Remembered<'a>> for Change<'a> {
    fn from(remembered: Remembered<'a>) -> Self {
        match remembered {
            Remembered::At { exchange, routing_key, id, since } => {
                let (exchange, routing_key) = (exchange.into(), routing_key.into());
                Change::Remembered { exchange, routing_key, id: id.into(), since }
            }
            Remembered::In { scope, id, until } => Change::RememberedIn { scope: scope.into(), id: id.into(), until },
        }
    }
}
