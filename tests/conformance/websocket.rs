//! STOMP over WebSocket: the upgrade, what is text and what is binary, messages and fragments, close codes.

use acceptance::{
    Client, Frame, Launch, Link, Opcode, Request, Server, Transport, Upgrade, WebSocket, WsFrame, take_frame,
    wharf_only,
};
use std::time::{Duration, Instant};

const CONNECT: &str = "CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n\n\0";

fn open(server: &Server) -> WebSocket {
    WebSocket::open(server.http, &Upgrade::default()).expect("it upgrades")
}

fn logged_in(server: &Server) -> WebSocket {
    let mut socket = open(server);
    socket.send(Opcode::Text, CONNECT.as_bytes()).expect("it is sent");
    assert_eq!(stomp(&socket.frame()).command, "CONNECTED");
    socket
}

/// The one STOMP frame in a WebSocket message.
fn stomp(message: &WsFrame) -> Frame {
    let mut octets = message.payload.clone();
    let frame = take_frame(&mut octets, "1.2").unwrap_or_else(|| panic!("a whole frame: {message:?}"));
    assert_eq!(octets.iter().find(|octet| **octet != b'\n'), None, "one frame: {message:?}");
    frame
}

fn refusal(server: &Server, upgrade: &Upgrade) -> u16 {
    match WebSocket::open(server.http, upgrade) {
        Ok(_) => panic!("it should be refused: {upgrade:?}"),
        Err(response) => response.status,
    }
}

#[test]
fn the_highest_offered_subprotocol_is_selected() {
    let server = Server::start();
    let cases = [
        ("v10.stomp, v11.stomp, v12.stomp", "v12.stomp"),
        ("v12.stomp,v11.stomp,v10.stomp", "v12.stomp"),
        ("v11.stomp", "v11.stomp"),
        ("mqtt, v10.stomp", "v10.stomp"),
    ];
    for (offered, selected) in cases {
        let socket = WebSocket::open(server.http, &Upgrade::default().protocols(offered)).expect("upgrades");
        assert_eq!(socket.response.header("sec-websocket-protocol"), Some(selected), "{offered}");
    }
}

#[test]
fn there_is_another_path() {
    let server = Server::start();
    let upgrade = Upgrade::default().path("/stomp").protocols("v12.stomp");
    let socket = WebSocket::open(server.http, &upgrade).expect("upgrades");
    assert_eq!(socket.response.header("sec-websocket-protocol"), Some("v12.stomp"));
}

#[test]
fn an_error_arrives_before_the_close() {
    let server = Server::start();
    for version in acceptance::VERSIONS {
        let mut client = server.connect(Transport::Text, version);
        client.send("SUBSCRIBE", &[("id", "1"), ("destination", "/exchange/nowhere")], "");
        assert!(!client.expect("ERROR").header("message").is_empty());
        client.end();
    }
}

#[test]
fn without_an_offer_the_answer_names_none() {
    let server = Server::start();
    let socket = open(&server);
    assert_eq!(socket.response.header("sec-websocket-protocol"), None);
    assert_eq!(socket.response.header("sec-websocket-extensions"), None);
}

#[test]
fn compression_is_not_agreed_to() {
    let server = Server::start();
    let upgrade = Upgrade::default().header("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");
    let socket = WebSocket::open(server.http, &upgrade).expect("it upgrades");
    assert_eq!(socket.response.header("sec-websocket-extensions"), None);
}

#[test]
fn an_offer_without_a_known_subprotocol_is_refused() {
    let server = Server::start();
    for offered in ["mqtt", "v13.stomp, graphql-ws", "V12.STOMP"] {
        assert_eq!(refusal(&server, &Upgrade::default().protocols(offered)), 400, "{offered}");
    }
}

#[test]
fn accept_version_decides_and_not_the_subprotocol() {
    let server = Server::start();
    let upgrade = Upgrade::default().protocols("v10.stomp");
    let mut client = Client::new(Link::websocket(server.http, true, &upgrade));
    client.log_in("1.2");
    let upgrade = Upgrade::default().protocols("v12.stomp");
    let mut client = Client::new(Link::websocket(server.http, true, &upgrade));
    client.log_in("1.1");
}

#[test]
fn an_upgrade_must_be_one() {
    let server = Server::start();
    let good = Upgrade::default;
    let bad = [
        good().header("Sec-WebSocket-Key", ""),
        good().header("Sec-WebSocket-Key", "c2hvcnQ="),
        good().header("Sec-WebSocket-Key", "not base64 at all!!!"),
        good().header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZSB0b28gbG9uZw=="),
        good().header("Connection", "keep-alive"),
        good().header("Upgrade", "h2c"),
        good().header("Host", "a").header("Host", "b"),
    ];
    for upgrade in bad {
        let status = refusal(&server, &upgrade);
        assert!(status == 400 || status == 426, "{status} for {upgrade:?}");
    }
    let old = match WebSocket::open(server.http, &good().header("Sec-WebSocket-Version", "8")) {
        Ok(_) => panic!("version 8 should be refused"),
        Err(response) => response,
    };
    assert!(old.status == 400 || old.status == 426, "{old:?}");
    let plain = server.get("/ws");
    assert!(plain.status == 400 || plain.status == 426, "{plain:?}");
    assert_eq!(server.send(&Request::new("POST", "/ws")).status, 405);
}

#[test]
fn a_foreign_origin_is_refused() {
    let server = Server::start();
    let own = server.http.to_string();
    for origin in ["http://evil.example", "https://127.0.0.1.evil.example", "null", "http://127.0.0.1:1", "garbage"] {
        assert_eq!(refusal(&server, &Upgrade::default().header("Origin", origin)), 403, "{origin}");
    }
    for origin in [format!("http://{own}"), format!("http://localhost:{}", server.http.port())] {
        let host = origin.trim_start_matches("http://").to_owned();
        let upgrade = Upgrade::default().header("Host", &host).header("Origin", &origin);
        WebSocket::open(server.http, &upgrade).unwrap_or_else(|response| panic!("{origin} is ours: {response:?}"));
    }
}

#[test]
fn a_rebound_name_gains_nothing() {
    let server = Server::start();
    let port = server.http.port();
    let upgrade = Upgrade::default()
        .header("Host", &format!("evil.example:{port}"))
        .header("Origin", &format!("http://evil.example:{port}"));
    assert_eq!(refusal(&server, &upgrade), 403);
}

#[test]
fn text_goes_out_as_text_and_other_octets_as_binary() {
    let server = Server::start();
    let mut socket = logged_in(&server);
    socket.send(Opcode::Text, b"SUBSCRIBE\nid:1\ndestination:/topic/kinds\n\n\0").expect("it is sent");
    let mut publisher = server.connect(Transport::Tcp, "1.2");
    let sync = |socket: &mut WebSocket| {
        socket.send(Opcode::Text, b"SEND\ndestination:/topic/none\nreceipt:r\n\n\0").expect("it is sent");
        assert_eq!(socket.frame().opcode, Opcode::Text);
    };
    sync(&mut socket);
    for (body, opcode) in [
        ("grüße €".as_bytes(), Opcode::Text),
        (b"", Opcode::Text),
        (b"\0", Opcode::Text),
        (b"\xff\xfe", Opcode::Binary),
        (b"\xc3", Opcode::Binary),
    ] {
        assert_eq!(publisher.publish("/topic/kinds", body), 1);
        let message = socket.frame();
        assert_eq!((message.opcode, message.fin), (opcode, true), "{body:?}");
        assert_eq!(stomp(&message).body, body);
    }
}

#[test]
fn frames_share_messages_where_the_client_wants_it() {
    wharf_only("x-ws-pack is an extension");
    let server = Server::start();
    let mut publisher = server.connect(Transport::Tcp, "1.2");
    let bodies: Vec<Vec<u8>> = (0..400_usize)
        .map(|number| match number {
            // Some longer than a shared message may be, one of a length where a header grows, and some empty.
            100 | 300 => vec![b'l'; 200_000],
            101 => vec![b'm'; 65_535],
            _ if number % 7 == 0 => Vec::new(),
            _ => format!("grüße {number}").into_bytes(),
        })
        .collect();
    for body in &bodies {
        publisher.publish("/queue/packed", body);
    }
    let mut socket = open(&server);
    let connect = CONNECT.replace("host:/", "host:/\nx-ws-pack:true\nheart-beat:1000,0");
    socket.send(Opcode::Text, connect.as_bytes()).expect("it is sent");
    let connected = socket.frame();
    assert_eq!((connected.opcode, stomp(&connected).command.as_str()), (Opcode::Binary, "CONNECTED"));
    socket.send(Opcode::Text, b"SUBSCRIBE\nid:1\ndestination:/queue/packed\n\n\0").expect("it is sent");
    let (mut octets, mut received, mut messages) = (Vec::new(), Vec::new(), 0);
    while received.len() < bodies.len() {
        let frame = socket.frame();
        assert!(matches!(frame.opcode, Opcode::Binary | Opcode::Continuation), "{frame:?}");
        messages += usize::from(frame.fin);
        octets.extend_from_slice(&frame.payload);
        while let Some(frame) = take_frame(&mut octets, "1.2") {
            received.push(frame.body);
        }
    }
    assert_eq!(received, bodies);
    assert!(messages < bodies.len() / 4, "{messages} messages for {} frames", bodies.len());
    let mut refused = open(&server);
    refused.send(Opcode::Text, CONNECT.replace("host:/", "host:/\nx-ws-pack:perhaps").as_bytes()).expect("it is sent");
    assert_eq!(stomp(&refused.frame()).command, "ERROR");
}

#[test]
fn what_comes_right_behind_a_log_in_with_shared_messages_disturbs_nothing() {
    wharf_only("x-ws-pack is an extension");
    let server = Server::start();
    let connect = CONNECT.replace("host:/", "host:/\nx-ws-pack:true");
    // In one write, so that it is read at once: as when a tab is closed while it logs in.
    let mut pinged = open(&server);
    pinged
        .send_octets(&[masked(Opcode::Binary, connect.as_bytes()), masked(Opcode::Ping, b"hi")].concat())
        .expect("it is sent");
    assert_eq!(stomp(&pinged.frame()).command, "CONNECTED");
    let pong = pinged.frame();
    assert_eq!((pong.opcode, &pong.payload[..]), (Opcode::Pong, &b"hi"[..]));
    let mut closed = open(&server);
    let close = masked(Opcode::Close, &1000_u16.to_be_bytes());
    closed.send_octets(&[masked(Opcode::Binary, connect.as_bytes()), close].concat()).expect("it is sent");
    assert_eq!(stomp(&closed.frame()).command, "CONNECTED");
    assert_eq!(closed.frame().close_code(), Some(1000));
    logged_in(&server);
}

/// A short frame as a client sends it, masked with zeros.
fn masked(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("it is short");
    assert!(length < 126, "{length}");
    [&[0x80 | opcode as u8, 0x80 | length, 0, 0, 0, 0], payload].concat()
}

#[test]
fn text_and_binary_are_both_read_and_mixed() {
    let server = Server::start();
    let mut socket = open(&server);
    let (one, two) = CONNECT.split_at(20);
    socket.send(Opcode::Binary, one.as_bytes()).expect("it is sent");
    socket.send(Opcode::Text, two.as_bytes()).expect("it is sent");
    assert_eq!(stomp(&socket.frame()).command, "CONNECTED");
}

#[test]
fn a_stomp_frame_may_be_spread_over_messages_and_fragments() {
    let server = Server::start();
    let mut socket = logged_in(&server);
    let frame = "SEND\ndestination:/topic/none\nreceipt:ä€\ncontent-length:5\n\nä\0€"; // 2 + 1 + 3 octets, one too many
    let frame = frame.replace("content-length:5", "content-length:6") + "\0";
    for index in 1..frame.len() {
        let (one, two) = frame.as_bytes().split_at(index);
        // As two messages, and as one message in two fragments with a ping between them.
        socket.send(Opcode::Binary, one).expect("it is sent");
        socket.send(Opcode::Binary, two).expect("it is sent");
        assert_eq!(stomp(&socket.frame()).header("receipt-id"), "ä€");
        socket.send_frame(false, Opcode::Text, one).expect("it is sent");
        socket.send(Opcode::Ping, b"between").expect("it is sent");
        socket.send_frame(true, Opcode::Continuation, two).expect("it is sent");
        let pong = socket.frame();
        assert_eq!((pong.opcode, pong.payload.as_slice()), (Opcode::Pong, b"between".as_slice()));
        assert_eq!(stomp(&socket.frame()).header("receipt-id"), "ä€");
    }
}

#[test]
fn a_message_may_hold_many_stomp_frames() {
    let server = Server::start();
    let mut client = server.connect(Transport::Text, "1.2");
    client.subscribe("1", "/topic/many", &[]);
    let frames: Vec<u8> = (0..1000)
        .flat_map(|number| client.encode("SEND", &[("destination", "/topic/many")], number.to_string()))
        .collect();
    client.send_octets(frames);
    let expected: Vec<_> = (0..1000).map(|number| number.to_string()).collect();
    assert_eq!(client.bodies(1000), expected);
}

#[test]
fn a_text_message_that_is_not_utf_8_closes_with_1007() {
    let server = Server::start();
    let mut socket = logged_in(&server);
    socket.send(Opcode::Text, b"SEND\ndestination:/topic/a\n\n\xff\0").expect("it is sent");
    assert_eq!(close_code(&mut socket), Some(1007));
}

#[test]
fn what_rfc_6455_forbids_closes_with_1002() {
    let server = Server::start();
    let violations: [fn(&mut WebSocket); 6] = [
        |socket| socket.send_unmasked(Opcode::Text, b"\n").expect("it is sent"),
        |socket| socket.send_frame(true, Opcode::Continuation, b"\n").expect("it is sent"),
        |socket| socket.send_frame(false, Opcode::Ping, b"").expect("it is sent"),
        |socket| socket.send(Opcode::Ping, &[0; 126]).expect("it is sent"),
        |socket| socket.send_octets(&[0xf1, 0x80, 0, 0, 0, 0]).expect("it is sent"), // reserved bits
        |socket| socket.send_octets(&[0x83, 0x80, 0, 0, 0, 0]).expect("it is sent"), // a reserved opcode
    ];
    for violation in violations {
        let mut socket = logged_in(&server);
        violation(&mut socket);
        assert_eq!(close_code(&mut socket), Some(1002));
    }
    server.client().sync();
}

#[test]
fn a_message_over_the_limit_closes_with_1009() {
    let server = Server::start();
    let mut socket = open(&server);
    // Only announced, as one frame of 1 GiB: before login, and after.
    let announced = [[0x82, 0xff].as_slice(), &(1_u64 << 30).to_be_bytes(), &[0; 4]].concat();
    socket.send_octets(&announced).expect("it is sent");
    assert_eq!(close_code(&mut socket), Some(1009));
    let mut socket = logged_in(&server);
    socket.send_octets(&announced).expect("it is sent");
    assert_eq!(close_code(&mut socket), Some(1009));
}

#[test]
fn a_close_is_answered() {
    let server = Server::start();
    for payload in [&[][..], &[0x03, 0xe8], &[0x03, 0xe9]] {
        let mut socket = logged_in(&server);
        socket.send(Opcode::Close, payload).expect("it is sent");
        assert_eq!(socket.frame().opcode, Opcode::Close);
        socket.expect_end();
    }
}

#[test]
fn the_connection_ends_once_both_sides_have_closed() {
    wharf_only("it has its own settings");
    let server = Launch::new().config("[limits]\nclose_time = 60000").start();
    for last in ["DISCONNECT\n\n\0", "FOO\n\n\0"] {
        let mut socket = logged_in(&server);
        socket.send(Opcode::Text, last.as_bytes()).expect("it is sent");
        close_code(&mut socket);
        socket.send(Opcode::Close, &1000_u16.to_be_bytes()).expect("it is sent");
        let start = Instant::now();
        socket.expect_end();
        assert!(start.elapsed() < Duration::from_secs(5), "it ended only after {:?}", start.elapsed());
    }
}

#[test]
fn a_ping_is_answered() {
    let server = Server::start();
    for mut socket in [open(&server), logged_in(&server)] {
        socket.send(Opcode::Ping, b"are you there").expect("it is sent");
        let pong = socket.frame();
        assert_eq!((pong.opcode, pong.payload.as_slice()), (Opcode::Pong, b"are you there".as_slice()));
    }
}

#[test]
fn a_heart_beat_is_a_message_of_its_own() {
    let server = Server::start();
    let mut socket = open(&server);
    let connect = CONNECT.replace("host:/", "host:/\nheart-beat:0,1000");
    socket.send(Opcode::Text, connect.as_bytes()).expect("it is sent");
    assert_eq!(stomp(&socket.frame()).command, "CONNECTED");
    loop {
        let frame = socket.frame();
        match frame.opcode {
            Opcode::Ping => (),
            _ => {
                assert_eq!((frame.opcode, frame.payload.as_slice()), (Opcode::Text, b"\n".as_slice()));
                return;
            }
        }
    }
}

/// Reads up to the server's Close, past the ERROR that may precede it.
fn close_code(socket: &mut WebSocket) -> Option<u16> {
    loop {
        let frame = socket.frame();
        match frame.opcode {
            Opcode::Close => return frame.close_code(),
            Opcode::Ping | Opcode::Pong => (),
            _ => assert_eq!(stomp(&frame).command, "ERROR"),
        }
    }
}
