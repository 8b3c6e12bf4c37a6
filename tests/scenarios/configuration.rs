//! Where settings come from: the command line over the environment over a file over the defaults.

use acceptance::{Launch, Server, Transport};

/// How many headers a SEND may have, found out by trying.
fn accepts_headers(server: &Server, count: usize) -> bool {
    let mut client = server.connect(Transport::Tcp, "1.2");
    let names: Vec<String> = (1..count).map(|number| format!("h{number}")).collect();
    let mut headers = vec![("destination", "/topic/a")];
    headers.extend(names.iter().map(|name| (name.as_str(), "x")));
    client.send("SEND", &headers, "");
    client.send("DISCONNECT", &[], "");
    let accepted = client.poll_frame(std::time::Instant::now() + acceptance::PATIENCE).is_none();
    client.end();
    accepted
}

#[test]
fn a_file_changes_a_default() {
    let server = Launch::new().config("[limits]\nheaders = 7").start();
    assert!(accepts_headers(&server, 7));
    assert!(!accepts_headers(&server, 8));
}

#[test]
fn the_environment_overrides_a_file() {
    let server = Launch::new().config("[limits]\nheaders = 7").environment("WHARF_LIMITS__HEADERS", "9").start();
    assert!(accepts_headers(&server, 9));
    assert!(!accepts_headers(&server, 10));
}

#[test]
fn the_command_line_overrides_all() {
    // Were the file or the environment heard, the server could not start.
    let launch =
        Launch::new().config("[http]\nlisten = \"192.0.2.1:1\"").environment("WHARF_HTTP__LISTEN", "192.0.2.1:2");
    let server = launch.start();
    assert_eq!(server.http.ip().to_string(), "127.0.0.1");
}

#[test]
fn a_list_in_the_environment_is_a_json_array() {
    use acceptance::{Upgrade, WebSocket};
    let launch =
        Launch::new().environment("WHARF_HTTP__ALLOWED_ORIGINS", r#"["https://a.example","https://b.example"]"#);
    let server = launch.start();
    let upgrade = Upgrade::default().header("Origin", "https://b.example");
    assert!(WebSocket::open(server.http, &upgrade).is_ok());
}

#[test]
fn stomp_over_tcp_can_be_turned_off() {
    let server = Launch::new().stomp_listen("").start();
    assert_eq!(server.stomp, None);
    server.client().sync();
}
