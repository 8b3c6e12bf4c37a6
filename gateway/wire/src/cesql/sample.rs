//! Events for tests.

use super::{Attribute, Attributes};

/// An event with these attributes and no others.
pub(crate) struct Sample(pub(crate) &'static [(&'static str, Attribute<'static>)]);

/// One of every type.
pub(crate) const ORDER: Sample = Sample(&[
    ("id", Attribute::String("42")),
    ("source", Attribute::String("/shop/eu")),
    ("specversion", Attribute::String("1.0")),
    ("type", Attribute::String("com.example.order.created")),
    ("time", Attribute::String("2026-01-01T12:00:00+01:00")),
    ("subject", Attribute::String("Zoë 😀")),
    ("count", Attribute::Integer(5)),
    ("test", Attribute::Boolean(true)),
]);

impl Attributes for Sample {
    fn attribute(&self, name: &str) -> Option<Attribute<'_>> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}
