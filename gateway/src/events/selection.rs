//! Which events a reader wants.

use wire::cesql::Expression;
use wire::cloudevents::Event;

/// The default wants all.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    of_type: Option<Box<str>>,
    expression: Option<Expression>,
}

impl Selection {
    /// Events of exactly this type, for which this CESQL expression is true. An error says what is wrong with it.
    pub(super) fn parse(of_type: Option<&str>, filter: Option<&str>) -> Result<Selection, String> {
        let expression = filter.map(Expression::parse).transpose();
        let expression = expression.map_err(|error| format!("filter is no CESQL expression: {error}"))?;
        if of_type.is_some_and(str::is_empty) {
            return Err("type is the type of the events that are wanted, not empty".to_owned());
        }
        Ok(Selection { of_type: of_type.map(Box::from), expression })
    }

    /// Whether it leaves nothing out.
    pub(super) fn is_all(&self) -> bool {
        self.of_type.is_none() && self.expression.is_none()
    }

    /// Whether it wants this one.
    pub(super) fn wants(&self, event: &Event) -> bool {
        self.of_type.as_deref().is_none_or(|it| it == event.event_type())
            && self.expression.as_ref().is_none_or(|it| it.matches(event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_and_the_expression_have_to_match() {
        let event = Event::new("1", "/shop", "order.placed").unwrap();
        let wants = |of_type, filter| Selection::parse(of_type, filter).unwrap().wants(&event);
        assert!(wants(None, None) && wants(Some("order.placed"), Some("source = '/shop'")));
        assert!(!wants(Some("order.place"), None) && !wants(Some("order.placed"), Some("source = '/other'")));
        assert!(!wants(None, Some("missing = 1")), "an error is no match");
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        assert!(Selection::parse(None, Some("source =")).is_err());
        assert!(Selection::parse(Some(""), None).is_err());
    }
}
