//! What a reader leaves out of a stream.

use crate::Message;

/// The header of a message that a filter looks at.
const VALUE: &str = "x-stream-filter-value";

/// Lets through messages whose filter value is one of these: exactly, none else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The values.
    pub values: Vec<String>,
    /// Also messages that have none.
    pub match_unfiltered: bool,
}

impl Filter {
    /// Whether a message gets through.
    pub fn matches(&self, message: &Message) -> bool {
        match message.headers.get(VALUE) {
            Some(value) => self.values.iter().any(|wanted| wanted == value),
            None => self.match_unfiltered,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Headers;
    use bytes::Bytes;

    #[test]
    fn a_value_matches_exactly() {
        let message = |value: Option<&str>| {
            let headers = Headers::new(value.map(|value| (VALUE, value)).into_iter());
            Message::new("", "s", headers, Bytes::new())
        };
        let filter = Filter { values: vec!["a".into(), "b".into()], match_unfiltered: false };
        assert!(filter.matches(&message(Some("b"))) && !filter.matches(&message(Some("bb"))));
        assert!(!filter.matches(&message(None)));
        assert!(Filter { match_unfiltered: true, ..filter }.matches(&message(None)));
    }
}
