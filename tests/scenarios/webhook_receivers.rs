//! Outbound webhooks are read and verified by other people's libraries. Those for JavaScript are in `browser/webhook-receivers.test.mjs`.

use super::webhooks::{create, publish, start, status_is};
use acceptance::{Program, Received, Sink, python};
use serde_json::json;
use std::path::Path;
use std::process::Command;

#[test]
fn libraries_for_python_verify_deliveries_and_read_their_events() {
    let Some(python) = python() else {
        eprintln!("skipped: no Python with the libraries; `npm test` installs one, and WHARF_PYTHON names another");
        return;
    };
    let server = start();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/webhook_receiver.py");
    let exit =
        Program::start(Command::new(&python).arg("-u").arg(&script).arg(format!("http://{}", server.http))).wait();
    assert_eq!(exit.code, Some(0), "{}\n{}", exit.stdout, exit.stderr);
    assert!(exit.stdout.ends_with("all well"), "{}", exit.stdout);
}

#[test]
fn a_batch_is_no_larger_than_sinks_take() {
    let server = start();
    let sink = Sink::answering(204);
    let config = json!({ "config": { "mode": "batch", "batch": { "max": 10, "wait": 60 } } });
    let webhook = create(&server, &sink.url(), "/topic/t", &config);
    for (id, kibibytes) in [("1", 600), ("2", 600), ("3", 1_000), ("4", 100)] {
        publish(&server, "/topic/t", id, &json!({ "data": "x".repeat(kibibytes << 10) }));
    }
    status_is(&server, &webhook, "delivered", &json!(3));
    let batches: Vec<_> = sink.received().iter().map(Received::json).collect();
    let mut ids: Vec<_> = batches.iter().map(|batch| (batch.as_array().map(Vec::len), &batch[0]["id"])).collect();
    ids.sort_by_key(|(_, id)| id.as_str());
    assert_eq!(
        ids,
        [(Some(1), &json!("1")), (Some(1), &json!("2")), (Some(1), &json!("3"))],
        "the fourth waits for company"
    );
}
