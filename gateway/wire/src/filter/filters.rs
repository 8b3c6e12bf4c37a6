//! The filters of a subscription, as they were given and as they are applied.

use super::dialect::Filter;
use super::error::FilterError;
use super::parse;
use crate::cesql::{Attributes, Warning};
use serde_json::Value;
use std::fmt;

/// The `filters` of a subscription (section 3.2.1): an event passes if all of them let it pass.
///
/// The default has none and lets everything pass, as a subscription without `filters` does.
#[derive(Debug, Clone)]
pub struct Filters {
    pub(super) json: Value,
    pub(super) filters: Box<[Filter]>,
    pub(super) warnings: Box<[FilterWarning]>,
}

/// What a `sql` filter probably does not mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterWarning {
    /// The place of the expression in the document.
    pub path: String,
    /// What to look at.
    pub warning: Warning,
}

impl Filters {
    /// Parses a document of at most [`limits::FILTER_TEXT`](crate::limits::FILTER_TEXT) octets: a JSON array of filters.
    pub fn parse(text: &str) -> Result<Filters, FilterError> {
        parse::text(text)
    }

    /// Takes what was parsed as a part of a larger document. `null` is taken as absent.
    pub fn from_json(json: Value) -> Result<Filters, FilterError> {
        parse::json(json)
    }

    /// Whether an event passes.
    pub fn matches(&self, event: &dyn Attributes) -> bool {
        self.filters.iter().all(|filter| filter.matches(event))
    }

    /// Whether there are none, so that every event passes.
    pub fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    /// The document they came from.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// What the expressions among them probably do not mean. Tell it to whoever creates the subscription.
    pub fn warnings(&self) -> &[FilterWarning] {
        &self.warnings
    }
}

impl Default for Filters {
    fn default() -> Self {
        Filters { json: Value::Array(Vec::new()), filters: Box::default(), warnings: Box::default() }
    }
}

impl fmt::Display for FilterWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.warning)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Problem;
    use super::*;
    use crate::cesql::sample::ORDER;
    use crate::limits::{CESQL_TEXT, FILTER_DEPTH, FILTER_NODES, FILTER_STRING, FILTER_TEXT};
    use proptest::prelude::*;
    use serde_json::json;

    fn matches(json: &Value) -> bool {
        Filters::from_json(json.clone()).unwrap_or_else(|error| panic!("{json}: {error}")).matches(&ORDER)
    }

    fn error(json: &Value) -> FilterError {
        Filters::from_json(json.clone()).err().unwrap_or_else(|| panic!("{json} must be refused"))
    }

    #[test]
    fn without_filters_everything_passes() {
        assert!(Filters::default().matches(&ORDER) && Filters::default().is_empty());
        assert_eq!(Filters::default().json(), &json!([]));
        assert!(matches(&json!([])) && matches(&Value::Null));
    }

    #[test]
    fn all_filters_must_let_an_event_pass() {
        assert!(matches(&json!([{"exact": {"id": "42"}}, {"prefix": {"type": "com."}}])));
        assert!(!matches(&json!([{"exact": {"id": "42"}}, {"prefix": {"type": "org."}}])));
    }

    #[test]
    fn attributes_are_compared_as_their_canonical_strings() {
        for (filter, expected) in [
            (json!({"exact": {"type": "com.example.order.created"}}), true),
            (json!({"exact": {"type": "com.example.order.Created"}}), false),
            (json!({"exact": {"type": "com.example"}}), false),
            (json!({"exact": {"count": "5"}}), true),
            (json!({"exact": {"count": "05"}}), false),
            (json!({"exact": {"test": "true"}}), true),
            (json!({"exact": {"test": "TRUE"}}), false),
            (json!({"exact": {"missing": "x"}}), false),
            (json!({"exact": {"id": "42", "source": "/shop/eu"}}), true),
            (json!({"exact": {"id": "42", "source": "/shop/us"}}), false),
            (json!({"exact": {"id": "42", "missing": "x"}}), false),
            (json!({"prefix": {"subject": "Zoë"}}), true),
            (json!({"prefix": {"subject": "zoë"}}), false),
            (json!({"prefix": {"time": "2026-01", "test": "tr"}}), true),
            (json!({"prefix": {"missing": "x"}}), false),
            (json!({"suffix": {"subject": "😀", "time": "+01:00"}}), true),
            (json!({"suffix": {"subject": "x"}}), false),
            (json!({"suffix": {"missing": "x"}}), false),
        ] {
            assert_eq!(matches(&json!([filter])), expected, "{filter}");
        }
    }

    #[test]
    fn filters_nest() {
        let yes = json!({"exact": {"id": "42"}});
        let no = json!({"exact": {"id": "43"}});
        for (filter, expected) in [
            (json!({"all": [yes, yes]}), true),
            (json!({"all": [yes, no]}), false),
            (json!({"any": [no, yes]}), true),
            (json!({"any": [no, no]}), false),
            (json!({"not": no}), true),
            (json!({"not": yes}), false),
            (json!({"not": {"exact": {"missing": "x"}}}), true),
            (json!({"all": [{"any": [no, {"not": no}]}, yes]}), true),
        ] {
            assert_eq!(matches(&json!([filter])), expected, "{filter}");
        }
    }

    #[test]
    fn expressions_pass_on_true_without_an_error_alone() {
        for (text, expected) in [
            ("count = 5 AND type LIKE '%.created'", true),
            ("count = 6", false),
            ("count", false),
            ("missing = 5", false),
            ("missing = 5 OR TRUE", false),
        ] {
            assert_eq!(matches(&json!([{ "sql": text }])), expected, "{text}");
            assert_eq!(matches(&json!([{ "cesql": text }])), expected, "{text}");
            assert_eq!(matches(&json!([{ "not": { "sql": text } }])), !expected, "{text}");
        }
    }

    #[test]
    fn errors_name_the_place_and_what_to_do() {
        let id = json!({"exact": {"id": "42"}});
        for (filters, path, problem) in [
            (json!({}), "filters", Problem::NotAnArray),
            (json!("sql"), "filters", Problem::NotAnArray),
            (json!([null]), "filters[0]", Problem::NotAFilter),
            (json!([{}]), "filters[0]", Problem::NotAFilter),
            (json!([id, {"exact": {"id": "1"}, "sql": "TRUE"}]), "filters[1]", Problem::SeveralDialects(2)),
            (json!([{"regex": {"id": "1"}}]), "filters[0]", Problem::UnknownDialect("regex".into())),
            (json!([{"Exact": {"id": "1"}}]), "filters[0]", Problem::UnknownDialect("Exact".into())),
            (json!([{"exact": "x"}]), "filters[0].exact", Problem::NotAMap),
            (json!([{"prefix": {}}]), "filters[0].prefix", Problem::NoAttribute),
            (json!([{"suffix": {"Type": "x"}}]), "filters[0].suffix", Problem::BadName("Type".into())),
            (json!([{"exact": {"": "x"}}]), "filters[0].exact", Problem::BadName(String::new())),
            (json!([{"exact": {"a-b": "x"}}]), "filters[0].exact", Problem::BadName("a-b".into())),
            (json!([{"exact": {"count": 5}}]), "filters[0].exact.count", Problem::NotAString),
            (json!([id, {"any": [{"exact": {"type": ""}}]}]), "filters[1].any[0].exact.type", Problem::Empty),
            (json!([{"all": []}]), "filters[0].all", Problem::NoFilters),
            (json!([{"any": {}}]), "filters[0].any", Problem::NoFilters),
            (json!([{"not": [id]}]), "filters[0].not", Problem::NotAFilter),
            (json!([{"not": {"all": [id, 1]}}]), "filters[0].not.all[1]", Problem::NotAFilter),
            (json!([{"sql": true}]), "filters[0].sql", Problem::NotAString),
            (json!([{"sql": ""}]), "filters[0].sql", Problem::Empty),
        ] {
            assert_eq!(error(&filters), FilterError { path: path.into(), problem }, "{filters}");
        }
        let error = error(&json!([id, {"any": [id, {"cesql": "type LIKE x"}]}])).to_string();
        assert!(
            error.starts_with("filters[1].any[1].cesql: is no CESQL expression: at offset 10: expected"),
            "{error}"
        );
        let error = Filters::parse("[{\"exact\": ").unwrap_err().to_string();
        assert!(error.starts_with("filters: must be JSON: EOF"), "{error}");
    }

    #[test]
    fn nesting_and_number_have_limits() {
        let nested = |depth: usize| {
            let innermost = json!({"exact": {"id": "42"}});
            json!([(1..depth).fold(innermost, |inner, _| json!({ "not": inner }))])
        };
        assert!(!matches(&nested(FILTER_DEPTH)));
        let refused = error(&nested(FILTER_DEPTH + 1));
        assert_eq!(refused.problem, Problem::TooDeep { limit: FILTER_DEPTH });
        assert_eq!(refused.path, format!("filters[0]{}", ".not".repeat(FILTER_DEPTH)));

        let many = |count: usize| Value::Array(vec![json!({"exact": {"id": "42"}}); count]);
        assert!(matches(&many(FILTER_NODES)));
        assert_eq!(error(&many(FILTER_NODES + 1)).problem, Problem::TooMany { limit: FILTER_NODES });
        assert!(matches(&json!([{"any": many(FILTER_NODES - 1)}])), "`any` counts too");
        assert_eq!(error(&json!([{"any": many(FILTER_NODES)}])).problem, Problem::TooMany { limit: FILTER_NODES });
        let names: serde_json::Map<_, _> = (0..=FILTER_NODES).map(|index| (format!("a{index}"), json!("x"))).collect();
        assert_eq!(error(&json!([{"exact": names}])).problem, Problem::TooMany { limit: FILTER_NODES });
    }

    #[test]
    fn texts_have_limits() {
        let text = |length: usize| "x".repeat(length);
        assert!(!matches(&json!([{"exact": {"id": text(FILTER_STRING)}}])));
        let too_long = Problem::TooLong { limit: FILTER_STRING };
        assert_eq!(error(&json!([{"exact": {"id": text(FILTER_STRING + 1)}}])).problem, too_long);
        assert_eq!(error(&json!([{"sql": text(CESQL_TEXT + 1)}])).problem, too_long);
        let long_name = error(&json!([{"exact": {text(FILTER_STRING + 1): "x"}}]));
        assert_eq!(long_name.problem, Problem::BadName(text(40)));
        let document = format!("[{}]", " ".repeat(FILTER_TEXT));
        assert_eq!(Filters::parse(&document).unwrap_err().problem, Problem::TooLong { limit: FILTER_TEXT });
        assert!(Filters::parse(&"[".repeat(FILTER_TEXT)).is_err());
    }

    #[test]
    fn they_give_back_what_they_came_from() {
        let json = json!([{"cesql": "TRUE"}, {"any": [{"prefix": {"type": "a", "id": "b"}}]}]);
        assert_eq!(Filters::from_json(json.clone()).unwrap().json(), &json);
        assert_eq!(Filters::parse(&json.to_string()).unwrap().json(), &json);
    }

    #[test]
    fn warnings_have_their_place() {
        let filters = json!([{"sql": "a"}, {"all": [{"sql": "a OR b AND c"}, {"not": {"sql": "NOT a = 1"}}]}]);
        let filters = Filters::from_json(filters).unwrap();
        let warnings = filters.warnings();
        assert_eq!(warnings.len(), 2);
        assert_eq!(warnings[0].path, "filters[1].all[0].sql");
        assert_eq!(warnings[0].warning, Warning::MixedLogic { position: 0 });
        assert!(warnings[1].to_string().starts_with("filters[1].all[1].not.sql: at offset 6: NOT binds tighter"));
    }

    proptest! {
        #[test]
        fn no_document_brings_it_down(text in "[\\[\\]{}:,\"a-z0-9 ]{0,80}|\\PC{0,80}") {
            if let Ok(filters) = Filters::parse(&text) {
                filters.matches(&ORDER);
            }
        }
    }
}
