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

/// Which event of a batch is the first that is wrong, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}{invalid}", at(*.index))]
pub struct BatchInvalid {
    /// Counted from 0; `None`: the batch as a whole.
    pub index: Option<usize>,
    /// Why.
    pub invalid: Invalid,
}

fn at(index: Option<usize>) -> String {
    index.map(|index| format!("event {index} of the batch: ")).unwrap_or_default()
}

impl BatchInvalid {
    pub(super) fn at(index: usize, invalid: Invalid) -> Self {
        BatchInvalid { index: Some(index), invalid }
    }

    pub(super) fn batch(reason: impl Into<Cow<'static, str>>) -> Self {
        BatchInvalid { index: None, invalid: Invalid::event(reason) }
    }
}
