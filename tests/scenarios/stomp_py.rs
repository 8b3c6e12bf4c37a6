//! stomp.py, a real client over TCP that shares nothing with this project.

use acceptance::{Program, Server, VERSIONS, python};
use std::path::Path;
use std::process::Command;

#[test]
fn stomp_py_is_served() {
    let Some(python) = python() else {
        eprintln!("skipped: no Python with stomp.py; `npm test` installs one, and WHARF_PYTHON names another");
        return;
    };
    let server = Server::start();
    let stomp = server.stomp.expect("STOMP over TCP is on");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/stomp_py.py");
    for version in VERSIONS {
        let mut command = Command::new(&python);
        command.arg("-u").arg(&script).args([&stomp.ip().to_string(), &stomp.port().to_string(), version]);
        let exit = Program::start(&mut command).wait();
        assert_eq!(exit.code, Some(0), "in STOMP {version}\n{}\n{}", exit.stdout, exit.stderr);
        assert!(exit.stdout.ends_with("all well"), "in STOMP {version}\n{}", exit.stdout);
    }
}
