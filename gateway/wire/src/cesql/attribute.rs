//! What expressions and filters ask an event for: the value of an attribute.

/// The value of an attribute, as CESQL sees it (section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// A Boolean of the CloudEvents type system.
    Boolean(bool),
    /// An Integer, which has 32 bits there too.
    Integer(i32),
    /// A String, or the canonical string of a URI, URI-reference, Timestamp or Binary.
    String(&'a str),
}

/// An event, as far as its attributes can be asked for. Its data is no part of it: neither CESQL nor the filters of the
/// Subscriptions API look at data.
pub trait Attributes {
    /// The attribute of this name, which is lower case; `None` when the event has none.
    fn attribute(&self, name: &str) -> Option<Attribute<'_>>;
}
