//! Expressions over events.

use wire::cesql::{Attribute, Attributes, Expression, Value};

/// One attribute of each type, and whatever else an expression names.
struct Order;

impl Attributes for Order {
    fn attribute(&self, name: &str) -> Option<Attribute<'_>> {
        match name {
            "id" => Some(Attribute::String("-42")),
            "subject" => Some(Attribute::String("Zoë 😀 100%")),
            "count" => Some(Attribute::Integer(i32::MIN)),
            "test" => Some(Attribute::Boolean(true)),
            _ => None,
        }
    }
}

/// Any text as an expression.
///
/// # Panics
/// When a filter passes an event for which the expression is not true, or the other way round.
pub fn cesql(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(expression) = Expression::parse(text) else { return };
    let evaluation = expression.evaluate(&Order);
    let is_true = evaluation.error.is_none() && evaluation.value == Value::Boolean(true);
    assert_eq!(expression.matches(&Order), is_true, "{text:?}: {evaluation:?}");
}
