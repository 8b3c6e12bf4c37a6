//! CloudEvents SQL against the test kit of its specification: see cesql-tck/README.md.

use saphyr_parser::{Event, Parser, ScalarStyle};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use wire::cesql::{Attribute, Attributes, ErrorKind, Expression, Value};

/// How many cases the files have, so that none is passed over unnoticed.
const CASES: usize = 275;

#[test]
fn cesql_agrees_with_its_test_kit() {
    let mut count = 0;
    let mut failures = Vec::new();
    for (file, document) in documents() {
        for case in document.get("tests").list() {
            count += 1;
            let name = case.get("name").text();
            if let Err(failure) = run(case, &file) {
                failures.push(format!("{file}, {name}: {failure}"));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(count, CASES, "a file is missing, or the kit was updated");
}

fn run(case: &Yaml, file: &str) -> Result<(), String> {
    let text = case.get("expression").text();
    let mut error = case.find("error").map(Yaml::text);
    let mut result = case.find("result").map(Yaml::value);
    // Stale: it expects a cast error, but CESQL 1.0.0 casts Integers to Booleans (section 3.7).
    if file == "not_operator.yaml" && case.get("name").text() == "Invalid int cast" {
        (result, error) = (Some(Value::Boolean(false)), None);
    }
    let expression = match Expression::parse(text) {
        Ok(_) if error == Some("parse") => return Err(format!("`{text}` must not parse")),
        Ok(expression) => expression,
        Err(_) if error == Some("parse") => return Ok(()),
        Err(problem) => return Err(format!("`{text}` does not parse: {problem}")),
    };
    let event = event(case);
    let evaluation = expression.evaluate(&event);
    if evaluation.error.map(ErrorKind::as_str) != error {
        return Err(format!("`{text}` has the error {:?} instead of {error:?}", evaluation.error));
    }
    let result = result.ok_or("the case has no result")?;
    if evaluation.value != result {
        return Err(format!("`{text}` is {:?} instead of {result:?}", evaluation.value));
    }
    let passes = error.is_none() && result == Value::Boolean(true);
    match expression.matches(&event) == passes {
        true => Ok(()),
        false => Err(format!("`{text}` as a filter must {} the event", if passes { "pass" } else { "drop" })),
    }
}

/// The event of a case: its own, or a valid one, with some attributes laid over it.
fn event(case: &Yaml) -> TestEvent<'_> {
    let given = ["id", "source", "type", "specversion"].map(|name| (name, Value::String(name.into())));
    let mut attributes = match case.find("event") {
        Some(event) => event.attributes().collect(),
        None => BTreeMap::from(given),
    };
    attributes.extend(case.find("eventOverrides").into_iter().flat_map(Yaml::attributes));
    TestEvent(attributes)
}

struct TestEvent<'a>(BTreeMap<&'a str, Value<'a>>);

impl Attributes for TestEvent<'_> {
    fn attribute(&self, name: &str) -> Option<Attribute<'_>> {
        Some(match self.0.get(name)? {
            Value::Boolean(boolean) => Attribute::Boolean(*boolean),
            Value::Integer(integer) => Attribute::Integer(*integer),
            Value::String(text) => Attribute::String(text),
        })
    }
}

/// The files, by name.
fn documents() -> Vec<(String, Yaml)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cesql-tck");
    let files = fs::read_dir(folder).expect("the kit is there").map(|entry| entry.expect("it can be listed").path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|it| it == "yaml")).collect();
    files.sort();
    let document = |path: &Path| {
        let text = fs::read_to_string(path).expect("it can be read");
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let document = Yaml::parse(&text);
        (name, document)
    };
    files.iter().map(|path| document(path)).collect()
}

/// YAML with its scalars as they are written: a loader that gives them types would make a Boolean of the expression
/// `TRUE`, and a date of a time.
#[derive(Debug)]
enum Yaml {
    Scalar { text: String, is_plain: bool },
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    fn parse(text: &str) -> Yaml {
        let mut events = Parser::new_from_str(text).map(|event| event.expect("the kit is YAML").0);
        events.find(|event| matches!(event, Event::DocumentStart(_))).expect("it has a document");
        Yaml::read(&mut events).expect("it is not empty")
    }

    /// Reads one node; `None` at the end of a list or map.
    fn read<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> Option<Yaml> {
        Some(match events.next().expect("a document ends") {
            Event::Scalar(text, style, ..) => {
                Yaml::Scalar { text: text.into_owned(), is_plain: style == ScalarStyle::Plain }
            }
            Event::SequenceStart(..) => Yaml::List(std::iter::from_fn(|| Yaml::read(events)).collect()),
            Event::MappingStart(..) => {
                let mut members = Vec::new();
                while let Some(key) = Yaml::read(events) {
                    members.push((key.text().to_owned(), Yaml::read(events).expect("a key has a value")));
                }
                Yaml::Map(members)
            }
            Event::SequenceEnd | Event::MappingEnd => return None,
            other => panic!("the kit has no {other:?}"),
        })
    }

    fn members(&self) -> &[(String, Yaml)] {
        match self {
            Yaml::Map(members) => members,
            _ => panic!("{self:?} is no map"),
        }
    }

    fn find(&self, key: &str) -> Option<&Yaml> {
        self.members().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    fn get(&self, key: &str) -> &Yaml {
        self.find(key).unwrap_or_else(|| panic!("{self:?} has no {key}"))
    }

    fn list(&self) -> &[Yaml] {
        match self {
            Yaml::List(list) => list,
            _ => panic!("{self:?} is no list"),
        }
    }

    fn text(&self) -> &str {
        match self {
            Yaml::Scalar { text, .. } => text,
            _ => panic!("{self:?} is no scalar"),
        }
    }

    /// A result or an attribute: only plain scalars can be Booleans and Integers.
    fn value(&self) -> Value<'_> {
        let text = self.text();
        match self {
            Yaml::Scalar { is_plain: true, .. } if text.eq_ignore_ascii_case("true") => Value::Boolean(true),
            Yaml::Scalar { is_plain: true, .. } if text.eq_ignore_ascii_case("false") => Value::Boolean(false),
            Yaml::Scalar { is_plain: true, .. } if text.parse::<i32>().is_ok() => {
                Value::Integer(text.parse().expect("it was tried"))
            }
            _ => Value::String(text.into()),
        }
    }

    fn attributes(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        self.members().iter().map(|(name, value)| (name.as_str(), value.value()))
    }
}
