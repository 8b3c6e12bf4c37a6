//! Why something is no event.

use std::borrow::Cow;
use thiserror::Error;

/// What the specification demands, and this does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}{reason}", prefix(.attribute.as_deref()))]
pub struct Invalid {
    /// The attribute, or the member `data` or `data_base64`; `None`: the event as a whole.
    pub attribute: Option<Box<str>>,
    /// What is wrong and what would be right, for people.
    pub reason: Cow<'static, str>,
}

fn prefix(attribute: Option<&str>) -> String {
    attribute.map(|attribute| format!("{attribute:?}: ")).unwrap_or_default()
}

impl Invalid {
    /// An attribute is wrong.
    pub(super) fn attribute(name: &str, reason: impl Into<Cow<'static, str>>) -> Self {
        /// Octets of a name that an error repeats: it may be the rest of a request.
        const QUOTED: usize = 64;
        let end = name.floor_char_boundary(QUOTED);
        Invalid { attribute: Some(name.get(..end).unwrap_or_default().into()), reason: reason.into() }
    }

    /// The event as a whole is wrong.
    pub(super) fn event(reason: impl Into<Cow<'static, str>>) -> Self {
        Invalid { attribute: None, reason: reason.into() }
    }
}

/// Why a batch is refused, all of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BatchInvalid {
    /// The first event that is wrong.
    #[error("event {index} of the batch: {invalid}")]
    Event {
        /// Counted from 0.
        index: usize,
        /// Why.
        invalid: Invalid,
    },
    /// It has more events than are taken at once.
    #[error("a batch may have {most} events, not {count}: send it in parts")]
    TooMany {
        /// Events that are taken.
        most: usize,
        /// Events that it has.
        count: usize,
    },
    /// It is no batch.
    #[error("{0}")]
    Whole(Invalid),
}

impl BatchInvalid {
    pub(super) fn at(index: usize, invalid: Invalid) -> Self {
        BatchInvalid::Event { index, invalid }
    }

    pub(super) fn whole(reason: impl Into<Cow<'static, str>>) -> Self {
        BatchInvalid::Whole(Invalid::event(reason))
    }
}
