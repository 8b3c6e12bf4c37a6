//! Frames and requests that come when they must not.

use super::Bystander;
use acceptance::{EventSocket, Server, all_transports, each_transport};
use serde_json::json;

#[test]
fn connect_comes_once() {
    let server = Server::start();
    let bystander = Bystander::of(&server);
    each_transport(|transport| {
        for command in ["CONNECT", "STOMP"] {
            let mut client = server.connect(transport, "1.2");
            let again = [("accept-version", "1.2"), ("host", "/"), ("login", "guest"), ("passcode", "guest")];
            client.send(command, &again, "");
            client.refused("protocol");
        }
        // Both at once, so that the second is there before the first is answered.
        let mut client = server.dial(transport);
        let login = "CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n\n\0";
        client.send_octets(login.repeat(2));
        client.expect("CONNECTED");
        client.refused("protocol");
    });
    bystander.has_seen_nothing();
}

#[test]
fn nothing_comes_before_connect() {
    let server = Server::start();
    server.client().publish("/queue/kept", "x");
    let bystander = Bystander::of(&server);
    all_transports(|transport| {
        for frame in [
            "SEND\ndestination:/queue/forged\n\nx\0",
            "SUBSCRIBE\nid:1\ndestination:/queue/kept\n\n\0",
            "SEND\ndestination:/control/auth\n\nx\0",
            "BEGIN\ntransaction:t\n\n\0",
            "ACK\nid:1\n\n\0",
            "DISCONNECT\nreceipt:1\n\n\0",
            "CONNECTED\nversion:1.2\n\n\0",
            "MESSAGE\ndestination:/queue/forged\n\nx\0",
        ] {
            let mut client = server.dial(transport);
            client.send_octets(frame);
            client.refused("protocol");
        }
        // Behind a log-in that fails, in the same octets.
        let mut client = server.dial(transport);
        let forged =
            "CONNECT\naccept-version:1.2\nlogin:guest\npasscode:wrong\n\n\0SEND\ndestination:/queue/forged\n\nx\0";
        client.send_octets(forged);
        client.refused("auth-failed");
    });
    for ask in ["subscribe", "ack", "credit"] {
        let mut socket = EventSocket::stranger(&server, &[]);
        socket.ask(ask, json!({ "destination": "/queue/kept" }));
        socket.refused("not_authorised");
        socket.closed(1008);
    }
    let mut socket = EventSocket::stranger(&server, &[("publish", "/queue/forged")]);
    socket.send("1", json!({}));
    socket.refused("not_authorised");
    assert_eq!((server.queue("forged"), server.queue_number("kept", "messages")), (None, 1));
    bystander.has_seen_nothing();
}
