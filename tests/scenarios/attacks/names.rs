//! Names that try to be paths: into another vhost, or out of the directory of data.

use super::Bystander;
use super::tokens::SECRET;
use acceptance::{Directory, Launch, Request, Server, Signer, Transport, all_transports, claims, encode_component};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Of files, vhosts, queues and streams.
const NAMES: [&str; 8] =
    ["..", ".", "../outside", "../../outside", "/outside", "a/../../outside", "..\\outside", "%2e%2e%2foutside"];

/// A path in a URL that would leave where it begins, if somebody resolved it.
const TRAVERSALS: [&str; 12] = [
    "/client/../../../../etc/passwd",
    "/client/..%2f..%2f..%2fetc%2fpasswd",
    "/client/%2e%2e/%2e%2e/etc/passwd",
    "/client/%252e%252e%252fetc%252fpasswd",
    "/client/..%5c..%5cetc%5cpasswd",
    "/client/index.js%00.css",
    "/assets/..%c0%af..%c0%afetc/passwd",
    "//etc/passwd",
    "/%2e%2e/etc/passwd",
    "/api/..;/api/overview",
    "/ws/..%2fapi/overview",
    "/hooks/%2F/..%2f..%2fapi%2foverview",
];

/// All files and directories below this one.
fn below(directory: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(directory).expect("it is there").flatten();
    entries
        .flat_map(|entry| {
            let path = entry.path();
            let mut found = if path.is_dir() { below(&path) } else { BTreeSet::new() };
            found.insert(path);
            found
        })
        .collect()
}

#[test]
fn paths_lead_to_no_file_and_to_no_other_path() {
    let server = Server::start();
    let bystander = Bystander::of(&server);
    for path in TRAVERSALS {
        for method in ["GET", "PUT", "DELETE"] {
            let answer = server.api(method, path);
            assert!((400..500).contains(&answer.status), "{method} {path}: {answer:?}");
            assert!(!String::from_utf8_lossy(&answer.body).contains("root:"), "{path}: {answer:?}");
        }
    }
    bystander.has_seen_nothing();
}

/// Whatever a vhost, a queue or a stream is called, its files lie in the directory of data.
#[test]
fn names_do_not_leave_the_directory_of_data() {
    let directory = Directory::new();
    let (outer, data) = (directory.path().join("outer"), directory.path().join("outer/inner/data"));
    fs::create_dir_all(&data).expect("the directory is writable");
    let config = "[store]\nsegment = 65536\nwindow = 131072"; // so that what waits gets files of its own
    let server = Launch::new().data_dir(data.to_str().expect("it is text")).config(config).start();
    let bystander = Bystander::of(&server);
    let body = vec![b'x'; 60_000];
    for name in NAMES {
        let path = format!("/api/vhosts/{}", encode_component(name));
        assert_eq!(server.api("PUT", &path).status, 201, "{name}");
        let mut client = server.dial(Transport::Tcp);
        name.clone_into(&mut client.host);
        client.log_in("1.2");
        for kind in ["queue", "stream"] {
            for _ in 0..8 {
                let destination = format!("/{kind}/{}", encode_component(&format!("{kind}-{name}")));
                client.publish_with(&destination, &[("persistent", "true")], &body);
            }
        }
    }
    for name in &NAMES[..4] {
        assert_eq!(server.api("DELETE", &format!("/api/vhosts/{}", encode_component(name))).status, 204, "{name}");
    }
    let strays: Vec<_> = below(&outer).into_iter().filter(|path| !path.starts_with(&data)).collect();
    assert_eq!(strays, [outer.join("inner")], "beside the directory of data");
    assert_eq!(server.api("GET", &format!("/api/vhosts/{}", encode_component(NAMES[4]))).status, 200, "others stay");
    bystander.has_seen_nothing();
}

/// Somebody of one vhost reaches nothing of another by naming it.
#[test]
fn a_name_reaches_no_other_vhost() {
    let server = Launch::new().config(&format!("[auth.jwt]\nsecret = {SECRET:?}")).start();
    assert_eq!(server.api("PUT", "/api/vhosts/mine").status, 201);
    server.client().publish("/queue/secret", "the secret of /");
    let bystander = Bystander::of(&server);
    let scope = "read:mine/* write:mine/* configure:mine/* tag:management";
    let token = Signer::secret(SECRET).token(&claims("ann", 60, scope));
    all_transports(|transport| {
        let mut client = server.dial(transport);
        "mine".clone_into(&mut client.host);
        client.log_in_by_token(&token, &[("x-soft-errors", "true")]);
        for (number, name) in ["secret", "%2F%2Fsecret", "..%2F%2Fsecret", "%2F", "%252F%2Fsecret"].iter().enumerate() {
            client.subscribe(&number.to_string(), &format!("/queue/{name}"), &[]);
        }
        // The same name is another queue here.
        client.publish("/queue/secret", "of mine");
        assert_eq!(client.message().text(), "of mine");
        client.expect_nothing();
    });
    for path in [
        "/api/queues/%2F/secret",
        "/api/queues/mine/..%2F..%2F%2F%2Fsecret",
        "/api/queues/mine%2F..%2F%2F/secret",
        "/api/queues/mine/../%2F/secret",
        "/api/exchanges/%2F/amq.topic",
        "/api/vhosts/%2F",
        "/api/bindings/%2F/e/amq.topic/q/secret",
        "/events/queue/secret?vhost=/&wait=0",
        "/events/queue/secret?vhost=%2F&wait=0",
        "/events/queue/secret?vhost=mine&vhost=%2F&wait=0",
        "/events/queue/secret?wait=0",
    ] {
        let request = Request::new("GET", path).bearer(&token).header("Accept", "application/cloudevents-batch+json");
        let answer = server.send(&request);
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("the secret of /"), "{path}: {answer:?}");
    }
    for path in ["/api/queues", "/api/vhosts", "/api/connections", "/api/consumers", "/api/bindings"] {
        let listed = server.send(&Request::new("GET", path).bearer(&token)).json();
        let foreign = |row: &&serde_json::Value| row["vhost"] == "/" || (path == "/api/vhosts" && row["name"] == "/");
        assert_eq!(listed.as_array().expect("a list").iter().find(foreign), None, "{path} shows another vhost");
    }
    assert_eq!(server.queue_number("secret", "messages"), 1, "nobody took it");
    bystander.has_seen_nothing();
}
