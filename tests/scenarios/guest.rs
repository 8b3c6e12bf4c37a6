//! The user guest, who may do everything, and only from this machine.

use acceptance::{Launch, Request, Server, Transport};
use std::net::{IpAddr, SocketAddr, UdpSocket};

#[test]
fn forwarded_requests_are_not_from_this_machine() {
    let server = Server::start();
    for (name, value) in [
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-For", "203.0.113.7"),
        ("Forwarded", "for=127.0.0.1"),
        ("X-Real-IP", "127.0.0.1"),
    ] {
        let request = Request::new("GET", "/api/overview").basic("guest", "guest").header(name, value);
        assert_eq!(server.send(&request).status, 401, "{name}: {value}");
    }
}

/// An address of this machine that is not loopback, if it has one. Connecting a datagram socket sends nothing.
fn outer_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_loopback() && !address.is_unspecified())
}

#[test]
fn other_addresses_are_not_this_machine() {
    let Some(address) = outer_address() else {
        eprintln!("skipped: this machine has no address but loopback");
        return;
    };
    let tokens = format!("[auth.jwt]\nsecret = \"{}\"", "s".repeat(32));
    let server = Launch::new().config(&tokens).listen("0.0.0.0:0").stomp_listen("0.0.0.0:0").start();
    let at = |port| SocketAddr::new(address, port);
    let response = Request::new("GET", "/api/overview").basic("guest", "guest").send(at(server.http.port()));
    assert_eq!(response.status, 401);
    let stomp = server.stomp.expect("STOMP over TCP is on");
    let mut client = acceptance::Client::new(acceptance::Link::tcp(at(stomp.port())));
    client.send("CONNECT", &[("accept-version", "1.2"), ("login", "guest"), ("passcode", "guest")], "");
    client.refused("auth-failed");
    let upgrade = acceptance::Upgrade::default();
    let mut client = acceptance::Client::new(acceptance::Link::websocket(at(server.http.port()), true, &upgrade));
    client.send("CONNECT", &[("accept-version", "1.2"), ("login", "guest"), ("passcode", "guest")], "");
    client.refused("auth-failed");
}

#[test]
fn nobody_listens_to_strangers_who_could_never_log_in() {
    let exit = Launch::new().listen("0.0.0.0:0").run();
    assert_eq!(exit.code, Some(2), "{exit:?}");
    for word in ["http.listen", "auth.jwt.secret", "wharf ctl add_user"] {
        assert!(exit.stderr.contains(word), "{exit:?}");
    }
    let users = "[auth]\ndefault_user = \"root\"\ndefault_password = \"correct horse\"";
    let server = Launch::new().config(users).listen("0.0.0.0:0").start();
    let whoami =
        |user: &str, password: &str| server.send(&Request::new("GET", "/api/whoami").basic(user, password)).status;
    assert_eq!((whoami("root", "correct horse"), whoami("guest", "guest")), (200, 401));
}

#[test]
fn many_wrong_passwords_do_not_lock_out_the_right_one() {
    let server = Server::start();
    for _ in 0..20 {
        let request = Request::new("GET", "/api/overview").basic("guest", "wrong");
        assert_eq!(server.send(&request).status, 401);
    }
    assert_eq!(server.api("GET", "/api/overview").status, 200);
    server.connect(Transport::Tcp, "1.2").sync();
}
