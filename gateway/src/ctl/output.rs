//! What is said on standard output.

use super::error::CtlError;
use super::options::{Format, Options};
use comfy_table::{Table, presets};
use serde_json::{Map, Value};
use std::io::{self, Write};

/// A column of a list: the name that rabbitmqctl has for it, and the path of the field in a row of the API.
pub(super) type Column = (&'static str, &'static str);

/// Says something. Who does not listen any more, as `head`, has heard enough.
pub(super) fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n"));
}

/// Says that something was done, to who wants to know.
pub(super) fn done(options: &Options, text: &str) {
    if !options.quiet {
        say(&visible(text));
    }
}

/// Shows a list: `known` are the columns that have names of their own, the first `shown` of which are shown if none is `wanted`; every
/// other name is the path of a field.
pub(super) fn list(
    options: &Options,
    rows: &Value,
    known: &[Column],
    shown: usize,
    wanted: &[String],
) -> Result<(), CtlError> {
    let rows = rows.as_array().ok_or_else(|| CtlError::Failed("the server's answer is no list".to_owned()))?;
    let default = || known.iter().take(shown).map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect();
    let chosen = |name: &String| {
        let path = known.iter().find(|(known, _)| known == name).map_or(name.as_str(), |(_, path)| path);
        (name.clone(), path.to_owned())
    };
    let columns: Vec<(String, String)> =
        if wanted.is_empty() { default() } else { wanted.iter().map(chosen).collect() };
    check_columns(rows, &columns)?;
    match options.format {
        Format::Json => say(&json(rows, &columns)),
        Format::Tsv => tsv(rows, &columns, options.quiet),
        Format::Table => table(rows, &columns, options.quiet),
    }
    Ok(())
}

/// A column that no row has is a slip: an empty one would hide it.
fn check_columns(rows: &[Value], columns: &[(String, String)]) -> Result<(), CtlError> {
    let is_missing = |path: &str| !rows.is_empty() && rows.iter().all(|row| field(row, path).is_none());
    let Some((name, _)) = columns.iter().find(|(name, path)| name == path && is_missing(path)) else {
        return Ok(());
    };
    let there: Vec<_> =
        rows.first().and_then(Value::as_object).into_iter().flat_map(Map::keys).map(String::as_str).collect();
    Err(CtlError::Usage(format!("there is no column {name:?}: there are {}", there.join(", "))))
}

fn json(rows: &[Value], columns: &[(String, String)]) -> String {
    let object = |row: &Value| {
        let member = |(name, path): &(String, String)| (name.clone(), field(row, path).cloned().unwrap_or_default());
        Value::Object(columns.iter().map(member).collect())
    };
    Value::Array(rows.iter().map(object).collect()).to_string()
}

fn tsv(rows: &[Value], columns: &[(String, String)], is_quiet: bool) {
    if !is_quiet {
        say(&columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join("\t"));
    }
    for row in rows {
        say(&cells(row, columns).join("\t"));
    }
}

fn table(rows: &[Value], columns: &[(String, String)], is_quiet: bool) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if !is_quiet {
        table.set_header(columns.iter().map(|(name, _)| name));
    }
    for row in rows {
        table.add_row(cells(row, columns));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    say(&table.trim_fmt());
}

fn cells(row: &Value, columns: &[(String, String)]) -> Vec<String> {
    columns.iter().map(|(_, path)| visible(&text(field(row, path)))).collect()
}

/// The field at a path, such as `queue.name`; a name that has dots itself comes first.
fn field<'a>(row: &'a Value, path: &str) -> Option<&'a Value> {
    row.get(path).or_else(|| path.split('.').try_fold(row, |value, name| value.get(name)))
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
        }
        Some(other) => other.to_string(),
    }
}

/// Names are chosen by others: what a terminal would obey is shown and not sent.
fn visible(text: &str) -> String {
    let shown = |character: char| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_has_its_columns_by_name_and_by_path() {
        let rows =
            [json!({ "name": "a\u{1b}[31m\n", "tags": ["x", "y"], "queue": { "name": "q" }, "n": 1, "none": null })];
        let columns: Vec<_> =
            ["name", "tags", "queue.name", "n", "none"].map(|name| (name.to_owned(), name.to_owned())).into();
        assert_eq!(cells(&rows[0], &columns), ["a\\u{1b}[31m\\n", "x,y", "q", "1", ""]);
        assert!(check_columns(&rows, &columns).is_ok());
        let slip = [("nmae".to_owned(), "nmae".to_owned())];
        assert!(check_columns(&rows, &slip).unwrap_err().to_string().contains("queue"));
        assert!(check_columns(&[], &slip).is_ok());
        assert_eq!(json(&rows, &columns[3..4]), r#"[{"n":1}]"#);
    }
}
