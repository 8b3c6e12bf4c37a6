//! From JSON to filters, with an error that names the place.

use super::dialect::{Comparison, Filter};
use super::error::{FilterError, Problem};
use super::filters::{FilterWarning, Filters};
use crate::cesql::Expression;
use crate::limits::{FILTER_DEPTH, FILTER_NODES, FILTER_STRING, FILTER_TEXT};
use serde_json::Value;
use std::fmt::{self, Write};

/// Reads a whole document.
pub(super) fn text(text: &str) -> Result<Filters, FilterError> {
    let reader = Reader::default();
    if text.len() > FILTER_TEXT {
        return Err(reader.error(Problem::TooLong { limit: FILTER_TEXT }));
    }
    match serde_json::from_str(text) {
        Ok(value) => json(value),
        Err(error) => Err(reader.error(Problem::NotJson(error.to_string()))),
    }
}

/// Reads a document that is JSON already.
pub(super) fn json(json: Value) -> Result<Filters, FilterError> {
    let mut reader = Reader::default();
    let filters = match &json {
        Value::Null => Box::default(),
        Value::Array(values) => reader.filters(values)?,
        _ => return Err(reader.error(Problem::NotAnArray)),
    };
    Ok(Filters { json, filters, warnings: reader.warnings.into() })
}

struct Reader {
    /// Where it is.
    path: String,
    /// Filters around it.
    depth: usize,
    /// Filters so far.
    nodes: usize,
    warnings: Vec<FilterWarning>,
}

impl Default for Reader {
    fn default() -> Self {
        Reader { path: "filters".into(), depth: 0, nodes: 0, warnings: Vec::new() }
    }
}

type Read<T> = Result<T, FilterError>;

impl Reader {
    fn filters(&mut self, values: &[Value]) -> Read<Box<[Filter]>> {
        let one = |(index, value)| self.at(format_args!("[{index}]"), |reader| reader.filter(value));
        values.iter().enumerate().map(one).collect()
    }

    fn filter(&mut self, value: &Value) -> Read<Filter> {
        if self.depth == FILTER_DEPTH {
            return Err(self.error(Problem::TooDeep { limit: FILTER_DEPTH }));
        }
        let Value::Object(members) = value else {
            return Err(self.error(Problem::NotAFilter));
        };
        if members.len() > 1 {
            return Err(self.error(Problem::SeveralDialects(members.len())));
        }
        let Some((dialect, body)) = members.iter().next() else {
            return Err(self.error(Problem::NotAFilter));
        };
        let read = match dialect.as_str() {
            "exact" => |reader: &mut Reader, body: &Value| reader.comparison(Comparison::Exact, body),
            "prefix" => |reader: &mut Reader, body: &Value| reader.comparison(Comparison::Prefix, body),
            "suffix" => |reader: &mut Reader, body: &Value| reader.comparison(Comparison::Suffix, body),
            "all" => |reader: &mut Reader, body: &Value| reader.several(body).map(Filter::All),
            "any" => |reader: &mut Reader, body: &Value| reader.several(body).map(Filter::Any),
            "not" => |reader: &mut Reader, body: &Value| reader.not(body),
            "sql" | "cesql" => |reader: &mut Reader, body: &Value| reader.sql(body),
            _ => return Err(self.error(Problem::UnknownDialect(excerpt(dialect)))),
        };
        self.depth += 1;
        let filter = self.at(format_args!(".{dialect}"), |reader| read(reader, body));
        self.depth -= 1;
        filter
    }

    fn comparison(&mut self, comparison: Comparison, body: &Value) -> Read<Filter> {
        let Value::Object(members) = body else {
            return Err(self.error(Problem::NotAMap));
        };
        if members.is_empty() {
            return Err(self.error(Problem::NoAttribute));
        }
        let mut wanted = Vec::with_capacity(members.len().min(FILTER_NODES));
        for (name, text) in members {
            self.check_name(name)?;
            let text = self.at(format_args!(".{name}"), |reader| {
                reader.count()?;
                reader.string(text)
            })?;
            wanted.push((name.as_str().into(), text.into()));
        }
        Ok(Filter::Compare(comparison, wanted.into()))
    }

    /// Names of attributes are those of CloudEvents 1.0, section 3.1.
    fn check_name(&self, name: &str) -> Read<()> {
        let is_known = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit();
        if name.is_empty() || name.len() > FILTER_STRING || !name.bytes().all(is_known) {
            return Err(self.error(Problem::BadName(excerpt(name))));
        }
        Ok(())
    }

    fn several(&mut self, body: &Value) -> Read<Box<[Filter]>> {
        self.count()?;
        match body {
            Value::Array(values) if !values.is_empty() => self.filters(values),
            _ => Err(self.error(Problem::NoFilters)),
        }
    }

    fn not(&mut self, body: &Value) -> Read<Filter> {
        self.count()?;
        Ok(Filter::Not(Box::new(self.filter(body)?)))
    }

    fn sql(&mut self, body: &Value) -> Read<Filter> {
        self.count()?;
        let text = self.string(body)?;
        let expression = Expression::parse(text).map_err(|error| self.error(Problem::Expression(error)))?;
        let warnings = expression.warnings().iter().cloned();
        self.warnings.extend(warnings.map(|warning| FilterWarning { path: self.path.clone(), warning }));
        Ok(Filter::Sql(expression))
    }

    fn string<'v>(&self, value: &'v Value) -> Read<&'v str> {
        match value {
            Value::String(text) if text.is_empty() => Err(self.error(Problem::Empty)),
            Value::String(text) if text.len() > FILTER_STRING => {
                Err(self.error(Problem::TooLong { limit: FILTER_STRING }))
            }
            Value::String(text) => Ok(text),
            _ => Err(self.error(Problem::NotAString)),
        }
    }

    /// Counts one filter.
    fn count(&mut self) -> Read<()> {
        if self.nodes == FILTER_NODES {
            return Err(self.error(Problem::TooMany { limit: FILTER_NODES }));
        }
        self.nodes += 1;
        Ok(())
    }

    /// Reads one step further down.
    fn at<T>(&mut self, step: fmt::Arguments<'_>, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let length = self.path.len();
        let written = self.path.write_fmt(step);
        debug_assert!(written.is_ok(), "a String takes everything");
        let result = read(self);
        self.path.truncate(length);
        result
    }

    fn error(&self, problem: Problem) -> FilterError {
        FilterError { path: self.path.clone(), problem }
    }
}

/// The start of what was found, for a message.
fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}
