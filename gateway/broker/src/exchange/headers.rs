//! The headers exchange: bindings are lists of headers to match, by value or by presence.

use crate::routing::QueueId;
use crate::{Error, Headers};
use std::collections::BTreeMap;

/// The argument that tells whether all or any must match.
const X_MATCH: &str = "x-match";

#[derive(Debug, Default)]
pub(super) struct HeadersTable {
    bindings: Vec<(BTreeMap<String, String>, Match, QueueId)>,
}

#[derive(Debug, Clone, Copy)]
struct Match {
    any: bool,
    /// Whether headers that begin with `x-` count.
    with_x: bool,
}

impl Match {
    fn read(arguments: &BTreeMap<String, String>) -> Result<Match, Error> {
        match arguments.get(X_MATCH).map_or("all", String::as_str) {
            "all" => Ok(Match { any: false, with_x: false }),
            "any" => Ok(Match { any: true, with_x: false }),
            "all-with-x" => Ok(Match { any: false, with_x: true }),
            "any-with-x" => Ok(Match { any: true, with_x: true }),
            value => Err(Error::BadMatch { value: value.to_owned() }),
        }
    }
}

impl HeadersTable {
    pub(super) fn bind(&mut self, arguments: BTreeMap<String, String>, queue: QueueId) -> Result<(), Error> {
        let rule = Match::read(&arguments)?;
        self.bindings.push((arguments, rule, queue));
        Ok(())
    }

    pub(super) fn unbind(&mut self, arguments: &BTreeMap<String, String>, queue: QueueId) {
        self.bindings.retain(|(candidate, _, owner)| (candidate, *owner) != (arguments, queue));
    }

    pub(super) fn route(&self, headers: &Headers, queues: &mut Vec<QueueId>) {
        let matching = self.bindings.iter().filter(|(arguments, rule, _)| matches(arguments, *rule, headers));
        queues.extend(matching.map(|(_, _, queue)| queue));
    }
}

/// An empty argument value asks for presence only.
fn matches(arguments: &BTreeMap<String, String>, rule: Match, headers: &Headers) -> bool {
    let mut wanted = arguments.iter().filter(|(name, _)| *name != X_MATCH && (rule.with_x || !name.starts_with("x-")));
    let holds =
        |(name, value): (&String, &String)| headers.get(name).is_some_and(|actual| value.is_empty() || actual == value);
    if rule.any { wanted.any(holds) } else { wanted.all(holds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routed(arguments: &[(&str, &str)], headers: &[(&str, &str)]) -> bool {
        let mut table = HeadersTable::default();
        let arguments = arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        table.bind(arguments, QueueId(1)).unwrap();
        let mut queues = Vec::new();
        table.route(&Headers::new(headers.iter().copied()), &mut queues);
        !queues.is_empty()
    }

    #[test]
    fn all_or_any_of_the_headers_match() {
        assert!(routed(&[("a", "1"), ("b", "")], &[("a", "1"), ("b", "x")]));
        assert!(!routed(&[("a", "1"), ("b", "2")], &[("a", "1")]));
        assert!(routed(&[("x-match", "any"), ("a", "1"), ("b", "2")], &[("b", "2")]));
        assert!(!routed(&[("x-match", "any"), ("a", "1")], &[("a", "2")]));
        assert!(routed(&[], &[]));
    }

    #[test]
    fn headers_with_x_count_only_on_request() {
        assert!(routed(&[("x-a", "1")], &[]));
        assert!(!routed(&[("x-match", "all-with-x"), ("x-a", "1")], &[]));
    }

    #[test]
    fn an_unknown_rule_is_refused() {
        let arguments = BTreeMap::from([(X_MATCH.to_owned(), "some".to_owned())]);
        assert!(HeadersTable::default().bind(arguments, QueueId(1)).is_err());
    }
}
