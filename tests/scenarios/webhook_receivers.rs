//! Outbound webhooks are read and verified by other people's libraries. Those for JavaScript are in `browser/webhook-receivers.test.mjs`.

use super::webhooks::start;
use acceptance::{Program, python};
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
