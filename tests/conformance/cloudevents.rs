//! The conformance kit of CloudEvents (see cloudevents-kit/README.md): its requests are published over HTTP as they stand, and read again.

use acceptance::{Client, Request, Server, wharf_only};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const FEATURE: &str = include_str!("cloudevents-kit/features/http-protocol-binding.feature");
const EVENTS: [&str; 2] =
    [include_str!("cloudevents-kit/yaml/v1.yaml"), include_str!("cloudevents-kit/yaml/v1.0/v1_minimum.yaml")];

/// A scenario with one of its examples.
struct Example {
    name: String,
    /// The request, its lines ended by LF.
    request: String,
    attributes: BTreeMap<String, String>,
    data: Value,
}

/// All examples of a file, in which each scenario has one request, one table of attributes, one JSON text and one column of examples.
fn examples(feature: &str) -> Vec<Example> {
    let scenarios = feature.split("Scenario Outline: ").skip(1);
    scenarios
        .flat_map(|scenario| {
            let texts: Vec<_> = scenario.split("\"\"\"").collect();
            let cells = |row: &str| {
                row.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
            };
            let rows = |text: &str| {
                text.lines().filter(|line| line.trim().starts_with('|')).skip(1).map(cells).collect::<Vec<_>>()
            };
            rows(texts[4])
                .into_iter()
                .map(move |example| {
                    let fill = |text: &str| text.replace("<contentType>", &example[0]);
                    let attributes = rows(texts[2]).into_iter().map(|row| (row[0].clone(), fill(&row[1]))).collect();
                    let name = fill(scenario.lines().next().unwrap_or_default());
                    Example {
                        name,
                        request: fill(&plain(texts[1])),
                        attributes,
                        data: serde_json::from_str(texts[3]).unwrap(),
                    }
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// A text of a feature without the indentation that all its lines share.
fn plain(text: &str) -> String {
    let lines: Vec<_> = text.lines().skip(1).collect();
    let indentation = lines[0].len() - lines[0].trim_start().len();
    let lines = lines.iter().map(|line| line.get(indentation..).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn reader(server: &Server) -> Client {
    let mut client = server.client();
    client.subscribe("1", "/queue/q", &[("x-cloudevents", "structured")]);
    client
}

fn read(client: &mut Client) -> Map<String, Value> {
    let message = client.message();
    serde_json::from_str(message.text()).unwrap_or_else(|error| panic!("{error}: {message:?}"))
}

#[test]
fn the_requests_of_the_kit_are_understood() {
    wharf_only("RabbitMQ does not speak CloudEvents");
    let server = Server::start();
    let mut client = reader(&server);
    let examples = examples(FEATURE);
    assert_eq!(examples.len(), 4);
    for example in examples {
        let (head, body) = example.request.split_once("\n\n").expect("a request has a head and a body");
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let mut request = Request::new("POST", "/events/queue/q").basic("guest", "guest").body(body);
        for (name, value) in headers.filter(|(name, _)| !matches!(*name, "Host" | "Content-Length")) {
            request = request.header(name, value);
        }
        let answer = server.send(&request);
        assert_eq!(answer.status, 202, "{}: {answer:?}", example.name);
        let mut event = read(&mut client);
        assert_eq!(event.remove("data"), Some(example.data), "{}", example.name);
        let expected: Map<_, _> = example.attributes.into_iter().map(|(name, value)| (name, json!(value))).collect();
        assert_eq!(event, expected, "{}", example.name);
    }
}

/// The attributes and the data of the kit's events, which use little of YAML.
fn documents() -> Vec<(BTreeMap<String, String>, String)> {
    let mut documents = Vec::new();
    for document in EVENTS.iter().flat_map(|file| file.split("---\n")) {
        let (attributes, data) = document.split_once("Data: |\n").expect("every event has data");
        let attributes = attributes.split("TransportExtensions:").next().unwrap_or_default();
        let (mut read, mut block) = (BTreeMap::new(), None);
        for line in attributes.lines().filter(|line| line.starts_with("  ") && line.trim() != "Extensions:") {
            match (block.take(), line.split_once(':')) {
                // A block has one line here; its end of line is none that an attribute may hold.
                (Some(name), _) => _ = read.insert(name, line.trim().to_owned()),
                (None, Some((name, value))) if value.trim() == "|" => block = Some(name.trim().to_owned()),
                (None, Some((name, value))) => {
                    _ = read.insert(name.trim().to_owned(), value.trim().trim_matches('"').to_owned());
                }
                (None, None) => panic!("{line:?} is no attribute"),
            }
        }
        documents.push((read, format!("{}\n", data.trim())));
    }
    documents
}

#[test]
fn the_events_of_the_kit_leave_as_they_came_in_binary_mode() {
    wharf_only("RabbitMQ does not speak CloudEvents");
    let server = Server::start();
    let mut client = server.client();
    client.subscribe("1", "/queue/q", &[]);
    let documents = documents();
    assert_eq!(documents.len(), 8);
    for (attributes, data) in documents {
        let mut request = Request::new("POST", "/events/queue/q").basic("guest", "guest").body(&data);
        for (name, value) in &attributes {
            request = match name.as_str() {
                "datacontenttype" => request.header("Content-Type", value),
                name => request.header(&format!("ce-{name}"), &value.replace('"', "%22").replace(' ', "%20")),
            };
        }
        let answer = server.send(&request);
        assert_eq!(answer.status, 202, "{attributes:?}: {answer:?}");
        let message = client.message();
        for (name, value) in &attributes {
            let header = if name == "datacontenttype" { "content-type".to_owned() } else { format!("ce-{name}") };
            assert_eq!(message.header(&header), value, "{name}");
        }
        assert_eq!(message.text(), data);
    }
}
