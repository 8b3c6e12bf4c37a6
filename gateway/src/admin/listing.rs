//! What all lists can do: search by name, sort, choose columns, and give out one page, as RabbitMQ's do.

use super::answer::{Parameters, Refusal};
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use regex::RegexBuilder;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

/// Rows on a page, if nobody says.
const PAGE_SIZE: usize = 100;

/// Rows on a page at most.
const PAGE_SIZE_LIMIT: usize = 500;

/// Octets that a compiled expression may take.
const EXPRESSION: usize = 1 << 20;

/// The query of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Listing {
    page: Option<usize>,
    page_size: Option<usize>,
    /// A part of the name, in any case.
    name: String,
    /// `name` is a regular expression.
    use_regex: bool,
    /// The path of a field, such as `message_stats.publish`.
    sort: String,
    sort_reverse: bool,
    /// Paths of fields between commas; empty: all.
    columns: String,
    /// RabbitMQ's clients send it; a page is asked for by its number.
    #[serde(rename = "pagination")]
    _pagination: Option<bool>,
}

impl<S: Send + Sync> FromRequestParts<S> for Listing {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        Parameters::from_request_parts(parts, state).await.map(|Parameters(listing)| listing)
    }
}

impl Listing {
    /// Answers with these rows, whose name is at the path `name`.
    pub(super) fn answer<T: Serialize>(&self, rows: Vec<T>, name: &str) -> Result<Response, Refusal> {
        self.answer_with(HeaderMap::new(), rows, name)
    }

    /// The same, with more headers.
    pub(super) fn answer_with<T: Serialize>(
        &self,
        headers: HeaderMap,
        rows: Vec<T>,
        name: &str,
    ) -> Result<Response, Refusal> {
        if self.asks_for_nothing() {
            return Ok((headers, Json(rows)).into_response());
        }
        let rows = rows.into_iter().map(|row| serde_json::to_value(row).unwrap_or_default()).collect();
        Ok((headers, Json(self.apply(rows, name)?)).into_response())
    }

    fn asks_for_nothing(&self) -> bool {
        let is_paged = self.page.is_some() || self.page_size.is_some();
        !is_paged && self.name.is_empty() && self.sort.is_empty() && self.columns.is_empty() && !self.sort_reverse
    }

    fn apply(&self, mut rows: Vec<Value>, name: &str) -> Result<Value, Refusal> {
        let total = rows.len();
        let matches = self.matcher()?;
        rows.retain(|row| matches(find(row, name).as_str().unwrap_or_default()));
        if !self.sort.is_empty() {
            rows.sort_by(|a, b| compare(find(a, &self.sort), find(b, &self.sort)));
        }
        if self.sort_reverse {
            rows.reverse();
        }
        if self.page.is_none() && self.page_size.is_none() {
            return Ok(rows.into_iter().map(|row| self.choose(row)).collect());
        }
        let filtered = rows.len();
        let (page, size) = self.page()?;
        let count = filtered.div_ceil(size).max(1);
        if page > count {
            return Err(Refusal::bad_request(format!("page: there are {count}, not {page}")));
        }
        let items: Vec<_> = rows.into_iter().skip((page - 1) * size).take(size).map(|row| self.choose(row)).collect();
        Ok(json!({
            "page": page,
            "page_size": size,
            "page_count": count,
            "item_count": items.len(),
            "filtered_count": filtered,
            "total_count": total,
            "items": items,
        }))
    }

    fn page(&self) -> Result<(usize, usize), Refusal> {
        let (page, size) = (self.page.unwrap_or(1), self.page_size.unwrap_or(PAGE_SIZE));
        if page == 0 {
            return Err(Refusal::bad_request("page: the first one is 1"));
        }
        if !(1..=PAGE_SIZE_LIMIT).contains(&size) {
            return Err(Refusal::bad_request(format!("page_size must be 1 to {PAGE_SIZE_LIMIT}, not {size}")));
        }
        Ok((page, size))
    }

    /// Tells which names are searched for. Expressions take linear time, whoever wrote them.
    fn matcher(&self) -> Result<impl Fn(&str) -> bool, Refusal> {
        let pattern = if self.use_regex { self.name.clone() } else { regex::escape(&self.name) };
        let expression = RegexBuilder::new(&pattern).case_insensitive(!self.use_regex).size_limit(EXPRESSION).build();
        let expression = expression.map_err(|error| Refusal::bad_request(format!("name: {error}")))?;
        Ok(move |name: &str| expression.is_match(name))
    }

    fn choose(&self, row: Value) -> Value {
        if self.columns.is_empty() {
            return row;
        }
        let mut chosen = Value::Object(Map::new());
        for path in self.columns.split(',') {
            copy(&row, &mut chosen, path);
        }
        chosen
    }
}

/// The field at a path; null, if there is none.
fn find<'a>(row: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(row, |value, field| &value[field])
}

/// Copies the field at a path, with the objects around it.
fn copy(from: &Value, to: &mut Value, path: &str) {
    let (field, rest) = path.split_once('.').unzip();
    let field = field.unwrap_or(path);
    let (Some(value), Some(object)) = (from.get(field), to.as_object_mut()) else { return };
    match rest {
        None => _ = object.insert(field.to_owned(), value.clone()),
        Some(rest) => copy(value, object.entry(field).or_insert_with(|| Value::Object(Map::new())), rest),
    }
}

/// Numbers by size, texts by their letters; what is missing comes first.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
        }
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) | Value::Object(_) => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Value> {
        [("Orders", 3), ("mails", 20), ("orders.eu", 1)]
            .map(|(name, count)| json!({ "name": name, "stats": { "count": count, "other": 0 } }))
            .to_vec()
    }

    fn names(listing: &Listing) -> Vec<String> {
        let rows = listing.apply(rows(), "name").unwrap();
        let rows = rows.get("items").unwrap_or(&rows).as_array().unwrap();
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    }

    fn listing() -> Listing {
        Listing::default()
    }

    #[test]
    fn names_are_searched_for_by_a_part_or_an_expression() {
        assert_eq!(names(&Listing { name: "ORDERS".into(), ..listing() }), ["Orders", "orders.eu"]);
        assert_eq!(names(&Listing { name: "s.e".into(), ..listing() }), ["orders.eu"]);
        assert_eq!(names(&Listing { name: "^[om]".into(), use_regex: true, ..listing() }), ["mails", "orders.eu"]);
        assert!(Listing { name: "(".into(), use_regex: true, ..listing() }.apply(rows(), "name").is_err());
        let large = Listing { name: "(a{999}){999}".into(), use_regex: true, ..listing() };
        assert!(large.apply(rows(), "name").is_err(), "an expression takes no more memory than it may");
    }

    #[test]
    fn rows_are_sorted_by_any_field() {
        let by_count = Listing { sort: "stats.count".into(), ..listing() };
        assert_eq!(names(&by_count), ["orders.eu", "Orders", "mails"]);
        assert_eq!(names(&Listing { sort_reverse: true, ..by_count }), ["mails", "Orders", "orders.eu"]);
        assert_eq!(names(&Listing { sort: "none".into(), ..listing() }).len(), 3);
    }

    #[test]
    fn columns_are_chosen_by_their_paths() {
        let listing = Listing { columns: "stats.count,none,name.first".into(), ..listing() };
        assert_eq!(listing.apply(rows(), "name").unwrap()[0], json!({ "stats": { "count": 3 }, "name": {} }));
    }

    #[test]
    fn pages_are_counted_from_1() {
        let second = Listing { page: Some(2), page_size: Some(2), ..listing() };
        let page = second.apply(rows(), "name").unwrap();
        assert_eq!((&page["page"], &page["page_count"], &page["item_count"]), (&json!(2), &json!(2), &json!(1)));
        assert_eq!((&page["filtered_count"], &page["total_count"]), (&json!(3), &json!(3)));
        let none = Listing { page: Some(1), name: "none".into(), ..listing() }.apply(rows(), "name").unwrap();
        assert_eq!((&none["page_count"], &none["items"]), (&json!(1), &json!([])));
        for (page, page_size) in [(0, 2), (3, 2), (1, 0), (1, PAGE_SIZE_LIMIT + 1)] {
            let listing = Listing { page: Some(page), page_size: Some(page_size), ..listing() };
            assert!(listing.apply(rows(), "name").is_err(), "{page} {page_size}");
        }
    }
}
