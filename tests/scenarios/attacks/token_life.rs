//! A token ends on a connection that lives, and another one takes its place there.

use super::Bystander;
use super::tokens::{ALL, SECRET};
use acceptance::{
    Client, EventSocket, EventStream, Launch, Request, Server, Signer, Transport, Upgrade, all_transports, claims, now,
};
use serde_json::json;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds after its `exp` within which a token's connection ends.
const LATEST: u64 = 5;

/// Seconds that the short tokens of these tests live.
const SHORT: u64 = 3;

fn server() -> Server {
    Launch::new().config(&format!("[auth.jwt]\nsecret = {SECRET:?}")).start()
}

fn token(subject: &str, seconds: u64, scope: &str) -> String {
    Signer::secret(SECRET).token(&claims(subject, seconds, scope))
}

/// A token that ends soon, and when.
fn short() -> (String, u64) {
    let claims = claims("ann", SHORT, ALL);
    (Signer::secret(SECRET).token(&claims), claims["exp"].as_u64().expect("a moment"))
}

fn wait_until(moment: u64) {
    let moment = UNIX_EPOCH + Duration::from_secs(moment);
    sleep(moment.duration_since(SystemTime::now()).unwrap_or_default());
}

/// The connection ended, and neither too early nor too late.
fn ended_with(expires: u64) {
    let moment = now();
    assert!(moment >= expires, "it ended {} s before its token", expires - moment);
    assert!(moment <= expires + LATEST, "it ended {} s after its token", moment - expires);
}

fn renew(client: &mut Client, token: &str) {
    client.request("SEND", &[("destination", "/control/auth")], token);
}

#[test]
fn a_connection_is_told_that_its_token_ends_and_ends_with_it() {
    let server = server();
    let mut bystander = Bystander::of(&server);
    all_transports(|transport| {
        let (token, expires) = short();
        let mut client = server.connect_by_token(transport, &token);
        client.subscribe("notices", "/control/notices", &[]);
        assert_eq!(client.notice("token-expiring")["expires"], expires);
        assert!(now() < expires, "it is told before");
        client.sync();
        client.refused("auth-expired");
        ended_with(expires);
    });
    bystander.is_undisturbed();
    let (token, expires) = short();
    wait_until(expires + LATEST);
    let answer = server.send(&Request::new("GET", "/api/whoami").bearer(&token));
    assert_eq!(answer.status, 401, "{answer:?}");
    bystander.has_seen_nothing();
}

/// Who subscribes to notices just before the end has to hear of it, too.
#[test]
fn a_notice_comes_to_who_subscribes_late() {
    let server = server();
    let mut client = server.connect_by_token(Transport::Text, &token("ann", 50, ALL));
    sleep(Duration::from_secs(2)); // the server has looked at it several times
    client.subscribe("notices", "/control/notices", &[]);
    client.notice("token-expiring");
}

#[test]
fn a_reader_over_http_ends_with_its_token() {
    let server = server();
    let bystander = Bystander::of(&server);
    let (token, expires) = short();
    let request = Request::new("GET", "/events/topic/read").bearer(&token);
    let mut stream = EventStream::open(server.http, request).expect("it is let in");
    server.client().publish("/topic/read", "x");
    while stream.poll().is_some() {}
    ended_with(expires);
    bystander.has_seen_nothing();
}

#[test]
fn a_socket_of_events_is_told_that_its_token_ends_and_ends_with_it() {
    let server = server();
    let bystander = Bystander::of(&server);
    let (token, expires) = short();
    let mut socket = socket(&server, &token);
    let said = socket.told("notice");
    assert_eq!((&said["notice"], &said["expires"]), (&json!("token_expiring"), &json!(expires)));
    assert!(now() < expires, "it is told before");
    socket.refused("auth_expired");
    socket.closed(1008);
    ended_with(expires);
    bystander.has_seen_nothing();
}

#[test]
fn a_new_token_keeps_a_connection_and_its_scope_holds_at_once() {
    let server = server();
    let bystander = Bystander::of(&server);
    all_transports(|transport| {
        let (first, expires) = short();
        let mut client = server.connect_by_token(transport, &first);
        let queue = format!("/queue/wide-{transport:?}");
        client.publish(&queue, "x");
        renew(&mut client, &token("ann", 60, "read:%2F/narrow* write:%2F/amq.topic write:%2F/amq.direct"));
        client.soft_request("SEND", &[("destination", &queue)], "y", "forbidden");
        client.soft_request("SUBSCRIBE", &[("id", "1"), ("destination", &queue)], "", "forbidden");
        client.publish("/topic/narrow", "x");
        wait_until(expires + LATEST);
        client.sync();
        // A wider one gives more, at once.
        renew(&mut client, &token("ann", 60, ALL));
        client.subscribe("1", &queue, &[]);
        assert_eq!(client.message().text(), "x");
        client.expect_nothing();
    });
    bystander.has_seen_nothing();
}

#[test]
fn a_token_that_does_not_renew_ends_the_connection() {
    let server = server();
    let bystander = Bystander::of(&server);
    let stranger = Signer::secret("another secret that nobody will guess").token(&claims("ann", 60, ALL));
    let bad = [token("bob", 60, ALL), token("guest", 60, "tag:administrator"), stranger, "x".into(), String::new()];
    all_transports(|transport| {
        for bad in &bad {
            let mut client = server.connect_by_token(transport, &token("ann", 60, ALL));
            client.refused_request("SEND", &[("destination", "/control/auth")], bad, "auth-failed");
        }
        // Nor does a token make another user of one that has logged in with a password.
        let mut client = server.connect(transport, "1.2");
        client.refused_request("SEND", &[("destination", "/control/auth")], &bad[0], "auth-failed");
    });
    bystander.has_seen_nothing();
}

#[test]
fn a_new_token_keeps_a_socket_of_events_and_its_scope_holds_at_once() {
    let server = server();
    let bystander = Bystander::of(&server);
    let (first, expires) = short();
    let mut socket = socket(&server, &first);
    let renew = |socket: &mut EventSocket, token: String| socket.ask("auth", json!({ "token": token }));
    assert_eq!(socket.told("notice")["notice"], "token_expiring");
    // Of another user, and not signed by the issuer.
    renew(&mut socket, token("bob", 60, ALL));
    socket.refused("access_refused");
    renew(&mut socket, Signer::secret("another secret that nobody will guess").token(&claims("ann", 60, ALL)));
    socket.refused("not_authorised");
    renew(&mut socket, token("ann", 90, "read:%2F/narrow*"));
    assert_eq!(socket.told("confirmed")["user"], "ann");
    socket.ask("subscribe", json!({ "destination": "/queue/wide" }));
    socket.refused("access_refused");
    wait_until(expires + LATEST);
    renew(&mut socket, token("ann", 90, ALL));
    assert_eq!(socket.told("confirmed")["user"], "ann");
    socket.ask("subscribe", json!({ "destination": "/queue/wide" }));
    socket.told("subscribed");
    bystander.has_seen_nothing();
}

fn socket(server: &Server, token: &str) -> EventSocket {
    let upgrade = Upgrade::default().header("Authorization", &format!("Bearer {token}"));
    EventSocket::try_open(server, &[], upgrade).expect("it is let in")
}
