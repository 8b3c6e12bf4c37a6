use super::*;

fn welcome(connect: &Frame) -> (Server, String) {
    let mut server = Server::new();
    assert!(matches!(server.request(connect), Ok(Some(Request::Connect(_)))));
    server.session.accept(WELCOME, Millis(0), &mut server.out);
    let written = server.written();
    (server, written)
}

#[test]
fn connected_answers_with_version_session_server_and_mirrored_heart_beat() {
    let (server, connected) = welcome(&connect().with("accept-version", "1.0,1.1,1.2"));
    assert_eq!(
        connected,
        "CONNECTED\nversion:1.2\nsession:s1\nserver:wharf/0\nheart-beat:1000,5000\nuser-name:guest\n\n\0"
    );
    assert_eq!(server.session.poll_timeout(), Some(Millis(500)));
}

#[test]
fn the_server_can_be_hidden() {
    let mut server = Server::new();
    server.request(&connect()).unwrap();
    server.session.accept(Welcome { server: None, ..WELCOME }, Millis(0), &mut server.out);
    assert!(!server.written().contains("server:"));
}

#[test]
fn a_request_id_is_echoed_and_a_receipt_is_not() {
    let (server, connected) = welcome(&Frame::new(Verb::Stomp).with("request-id", "r7").with("receipt", "r8"));
    assert!(connected.contains("\nresponse-id:r7\n") && !connected.contains("r8"), "{connected}");
    assert_eq!(server.session.version(), Version::V1_0);
    assert_eq!(server.session.receipts_owed(), 0);
}

#[test]
fn who_connects_is_handed_out() {
    let frame = connect()
        .with("accept-version", "1.2")
        .with("login", " ann")
        .with("passcode", "a\\b")
        .with("host", "v")
        .with("client-id", "c")
        .with("x-ws-frame", "binary")
        .with("x-ws-pack", "TRUE");
    let expected = Connect {
        login: Some(" ann".into()),
        passcode: Some("a\\b".into()),
        host: Some("v".into()),
        client_id: Some("c".into()),
        ws_frame: Some("binary".into()),
        ws_pack: true,
    };
    assert_eq!(Server::new().request(&frame), Ok(Some(Request::Connect(expected))));
}

#[test]
fn padding_counts_from_1_1_on() {
    let Ok(Some(Request::Connect(connect))) = Server::new().request(&Frame::new(Verb::Connect).with("login", " ann"))
    else {
        panic!()
    };
    assert_eq!(connect.login.as_deref(), Some("ann"));
}

#[test]
fn a_malformed_connect_is_refused() {
    let refused = |name: &str, value: &str| Server::new().refused(&Frame::new(Verb::Connect).with(name, value)).code;
    for heart_beat in ["a,b", "1", "-1,0", "1,2,3", ""] {
        assert_eq!(refused("heart-beat", heart_beat), Code::Protocol);
    }
    assert_eq!(refused("x-soft-errors", "perhaps"), Code::Protocol);
    assert_eq!(refused("client-id", &"c".repeat(ID + 1)), Code::TooLarge);
    let body = Frame::new(Verb::Connect).with("accept-version", "1.1").with_body("x");
    assert_eq!(Server::new().refused(&body).code, Code::Protocol);
}

#[test]
fn without_a_common_version_ours_are_named() {
    let mut server = Server::new();
    let failure = server.refused(&Frame::new(Verb::Connect).with("accept-version", "3.0"));
    assert!(server.error(&failure).contains("\nversion:1.0,1.1,1.2\n"));
}

#[test]
fn frames_out_of_order_are_refused() {
    assert_eq!(Server::new().refused(&Frame::new(Verb::Send)).code, Code::Protocol);
    let mut server = Server::soft();
    let again = server.refused(&Frame::new(Verb::Connect));
    assert_eq!(again.message, "already connected");
    assert!(!server.session.survives(&again));
    assert_eq!(Server::connected("1.2").refused(&Frame::new(Verb::Receipt)).code, Code::Protocol);
}

#[test]
fn before_log_in_a_frame_is_small() {
    let mut session = Server::new().session;
    let octets = [b"CONNECT\nlogin:a\n\n".as_slice(), &[b'x'; 70_000]].concat();
    assert_eq!(session.handle_input(&mut octets.as_slice()).unwrap_err().code, Code::TooLarge);
}

#[test]
fn soft_errors_are_agreed_on_by_connected() {
    let (server, connected) = welcome(&connect().with("accept-version", "1.2").with("x-soft-errors", "True"));
    assert!(connected.contains("\nx-soft-errors:true\n"), "{connected}");
    assert!(server.session.soft_errors());
    let (server, connected) = welcome(&connect().with("x-soft-errors", "false"));
    assert!(!connected.contains("x-soft-errors") && !server.session.soft_errors(), "{connected}");
}

/// A vhost that the user may not enter is `forbidden`, which is soft elsewhere; here it ends the connection.
#[test]
fn before_connected_no_error_is_soft() {
    let mut server = Server::new();
    server.request(&connect().with("x-soft-errors", "true")).unwrap();
    let failure = Failure::new(Code::Forbidden, "not your vhost");
    assert!(!server.session.survives(&failure));
    assert!(!server.error(&failure).contains("x-fatal"));
}
