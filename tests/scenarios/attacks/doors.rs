//! All ways in for somebody with a token.

use acceptance::{EventSocket, Request, Response, Server, Transport, Upgrade};
use serde_json::json;
use std::thread;

/// Shows a token there. What is said against it; `None`: it is let in.
type Door = fn(&Server, &str) -> Option<String>;

const DOORS: [(&str, Door); 10] = [
    ("STOMP over TCP", |server, token| connect(server, Transport::Tcp, &[("passcode", token)])),
    ("STOMP over WebSocket", |server, token| connect(server, Transport::Text, &[("passcode", token)])),
    ("STOMP, as a password", |server, token| connect(server, Transport::Tcp, &[("login", "x"), ("passcode", token)])),
    ("STOMP, by the upgrade", |server, token| {
        let mut client = server.dial_with(&Upgrade::default().header("Authorization", &format!("Bearer {token}")));
        client.ask_in("1.2", &[]);
        answer(&mut client)
    }),
    ("the API", |server, token| refused(&server.send(&Request::new("GET", "/api/whoami").bearer(token)))),
    ("the API, as a password", |server, token| {
        refused(&server.send(&Request::new("GET", "/api/whoami").basic("x", token)))
    }),
    ("an event", |server, token| {
        let event = json!({ "specversion": "1.0", "id": "1", "source": "/a", "type": "t" });
        let request = Request::new("POST", "/events/topic/door").bearer(token).body(event.to_string());
        refused(&server.send(&request.header("Content-Type", "application/cloudevents+json")))
    }),
    ("a poll", |server, token| {
        let request = Request::new("GET", "/events/topic/door?wait=0").bearer(token);
        refused(&server.send(&request.header("Accept", "application/cloudevents-batch+json")))
    }),
    ("events over WebSocket, by the upgrade", |server, token| {
        let upgrade = Upgrade::default().header("Authorization", &format!("Bearer {token}"));
        EventSocket::try_open(server, &[], upgrade).err().and_then(|response| refused(&response))
    }),
    ("events over WebSocket", |server, token| {
        let mut socket = EventSocket::stranger(server, &[]);
        socket.ask("auth", json!({ "token": token }));
        let event = socket.event();
        if event["type"] == "wharf.control.confirmed" {
            return None;
        }
        assert_eq!(event["data"]["error"], "not_authorised", "{event}");
        socket.closed(1008);
        Some(event["data"]["reason"].as_str().expect("a reason").to_owned())
    }),
];

fn connect(server: &Server, transport: Transport, headers: &[(&str, &str)]) -> Option<String> {
    let mut client = server.dial(transport);
    client.ask_in("1.2", headers);
    answer(&mut client)
}

fn answer(client: &mut acceptance::Client) -> Option<String> {
    let frame = client.frame();
    if frame.command == "CONNECTED" {
        return None;
    }
    assert_eq!((frame.command.as_str(), frame.header("x-code")), ("ERROR", "auth-failed"), "{frame:?}");
    client.end();
    Some(frame.header("message").to_owned())
}

fn refused(response: &Response) -> Option<String> {
    match response.status {
        200..300 => None,
        401 => Some(response.json()["reason"].as_str().expect("a reason").to_owned()),
        _ => panic!("it is let in or 401: {response:?}"),
    }
}

/// Of each of these tokens this is said wherever it is shown, and nothing of it is repeated.
pub(super) fn refuse(server: &Server, tokens: &[String], because: &str) {
    for (door, token, said) in shown(server, tokens) {
        let said = said.unwrap_or_else(|| panic!("{door} lets in {token}"));
        assert!(said.contains(because), "{door} says {said:?} and not {because:?}");
        assert!(!token.split('.').any(|part| part.len() > 8 && said.contains(part)), "{door} repeats it: {said:?}");
    }
}

/// The token is good everywhere.
pub(super) fn let_in(server: &Server, token: &str) {
    for (door, _, said) in shown(server, &[token.to_owned()]) {
        assert_eq!(said, None, "{door} refuses {token}");
    }
}

/// All at the same time: answers to bad log-ins take longer and longer.
fn shown<'a>(server: &Server, tokens: &'a [String]) -> Vec<(&'static str, &'a str, Option<String>)> {
    thread::scope(|scope| {
        let pairs = tokens.iter().flat_map(|token| DOORS.map(|(name, door)| (name, door, token.as_str())));
        let shown: Vec<_> =
            pairs.map(|(name, door, token)| (name, token, scope.spawn(move || door(server, token)))).collect();
        let said = |(name, token, said): (_, _, thread::ScopedJoinHandle<'_, _>)| {
            (name, token, said.join().unwrap_or_else(|_| panic!("{name} with {token}")))
        };
        shown.into_iter().map(said).collect()
    })
}
