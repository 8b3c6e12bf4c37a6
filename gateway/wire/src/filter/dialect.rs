//! One filter, by its dialect (section 3.2.4.1). Matching recurses as deep as filters nest, which the parser bounds.

use crate::cesql::{Attributes, Decimal, Expression, Value};

/// A filter.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    /// `exact`, `prefix` and `suffix`: all attributes named must be there and compare so.
    Compare(Comparison, Box<[(Box<str>, Box<str>)]>),
    All(Box<[Filter]>),
    Any(Box<[Filter]>),
    Not(Box<Filter>),
    Sql(Expression),
}

/// How an attribute compares with a text, in both cases by octets: case matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Exact,
    Prefix,
    Suffix,
}

impl Filter {
    pub(super) fn matches(&self, event: &dyn Attributes) -> bool {
        match self {
            Filter::Compare(comparison, wanted) => {
                wanted.iter().all(|(name, wanted)| comparison.holds(event, name, wanted))
            }
            Filter::All(filters) => filters.iter().all(|filter| filter.matches(event)),
            Filter::Any(filters) => filters.iter().any(|filter| filter.matches(event)),
            Filter::Not(filter) => !filter.matches(event),
            Filter::Sql(expression) => expression.matches(event),
        }
    }
}

impl Comparison {
    /// Compares the canonical string of the attribute, whatever its type; one that is missing compares with nothing.
    fn holds(self, event: &dyn Attributes, name: &str, wanted: &str) -> bool {
        let Some(value) = event.attribute(name).map(Value::from) else {
            return false;
        };
        let mut space = Decimal::default();
        let text = value.text(&mut space);
        match self {
            Comparison::Exact => text == wanted,
            Comparison::Prefix => text.starts_with(wanted),
            Comparison::Suffix => text.ends_with(wanted),
        }
    }
}
