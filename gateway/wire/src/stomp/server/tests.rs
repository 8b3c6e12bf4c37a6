use super::*;
use crate::stomp::encode::encode;

/// A session, and what it wrote.
struct Server {
    session: Session,
    out: Vec<u8>,
}

impl Server {
    fn new() -> Self {
        Server { session: Session::new(FrameLimits::default()), out: Vec::new() }
    }

    fn connected(version: &str) -> Self {
        let mut server = Server::new();
        let connect = Frame::new(Verb::Connect).with("accept-version", version).with("heart-beat", "5000,10");
        assert!(matches!(server.request(&connect), Ok(Some(Request::Connect(_)))));
        let welcome = Welcome { session: "s1", server: "wharf/0", user: "guest" };
        server.session.accept(welcome, Millis(0), &mut server.out);
        server
    }

    fn request(&mut self, frame: &Frame) -> Result<Option<Request>, Failure> {
        let mut octets = Vec::new();
        encode(frame, self.session.version(), &mut octets);
        self.session.handle_input(&mut octets.as_slice())
    }

    fn refused(&mut self, frame: &Frame) -> Failure {
        self.request(frame).expect_err("refused")
    }

    fn written(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.out)).unwrap()
    }
}

fn subscribe(id: &str, ack: &str) -> Frame {
    Frame::new(Verb::Subscribe).with("id", id).with("destination", "/queue/a").with("ack", ack)
}

#[test]
fn connected_answers_with_version_session_server_and_mirrored_heart_beat() {
    let mut server = Server::connected("1.0,1.1,1.2");
    assert_eq!(
        server.written(),
        "CONNECTED\nversion:1.2\nsession:s1\nserver:wharf/0\nheart-beat:1000,5000\nuser-name:guest\n\n\0"
    );
    assert_eq!(server.session.poll_timeout(), Some(Millis(500)));
}

#[test]
fn a_request_id_is_echoed() {
    let mut server = Server::new();
    server.request(&Frame::new(Verb::Stomp).with("request-id", "r7")).unwrap();
    server.session.accept(Welcome { session: "s", server: "w", user: "u" }, Millis(0), &mut server.out);
    assert!(server.written().contains("\nresponse-id:r7\n"));
    assert_eq!(server.session.version(), Version::V1_0);
}

#[test]
fn frames_out_of_order_are_refused() {
    assert_eq!(Server::new().refused(&Frame::new(Verb::Send)).code, Code::Protocol);
    assert_eq!(Server::connected("1.2").refused(&Frame::new(Verb::Connect)).message, "already connected");
    assert_eq!(Server::connected("1.2").refused(&Frame::new(Verb::Receipt)).code, Code::Protocol);
    let failure = Server::new().refused(&Frame::new(Verb::Connect).with("accept-version", "3.0"));
    let mut out = Vec::new();
    Server::new().session.write_error(&failure, &mut out);
    assert!(String::from_utf8(out).unwrap().contains("\nversion:1.0,1.1,1.2\n"));
    let malformed = Frame::new(Verb::Connect).with("heart-beat", "a,b");
    assert_eq!(Server::new().refused(&malformed).code, Code::Protocol);
}

#[test]
fn before_log_in_a_frame_is_small() {
    let mut session = Session::new(FrameLimits::default());
    let octets = [b"CONNECT\nlogin:a\n\n".as_slice(), &[b'x'; 70_000]].concat();
    assert_eq!(session.handle_input(&mut octets.as_slice()).unwrap_err().code, Code::TooLarge);
}

#[test]
fn a_refusal_repeats_the_receipt_id() {
    let mut server = Server::connected("1.2");
    let failure = server.refused(&Frame::new(Verb::Send).with("receipt", "r1"));
    assert_eq!(failure.receipt_id.as_deref(), Some("r1"));
    server.session.write_error(&failure, &mut server.out);
    let written = server.written();
    assert!(written.contains("\nx-code:protocol\n") && written.contains("\nreceipt-id:r1\n"), "{written}");
}

#[test]
fn subscriptions_are_numbered_and_ids_are_unique() {
    let mut server = Server::connected("1.2");
    let Ok(Some(Request::Subscribe(first))) = server.request(&subscribe("a", "auto")) else { panic!() };
    assert_eq!(first.number, 1);
    assert_eq!(server.refused(&subscribe("a", "auto")).code, Code::Protocol);
    assert_eq!(server.refused(&subscribe("b", "sometimes")).code, Code::Protocol);
    assert_eq!(server.refused(&Frame::new(Verb::Subscribe).with("destination", "/queue/a")).code, Code::Protocol);
    let unsubscribe = Frame::new(Verb::Unsubscribe).with("id", "a");
    assert_eq!(server.request(&unsubscribe).unwrap(), Some(Request::Unsubscribe { number: 1, token: None }));
    assert_eq!(server.refused(&unsubscribe).code, Code::UnknownSubscription);
    let Ok(Some(Request::Subscribe(again))) = server.request(&subscribe("a", "auto")) else { panic!() };
    assert_eq!(again.number, 2);
    server.session.forget_subscription(1);
    assert_eq!(server.session.subscription_id(2), Some("a"));
    assert_eq!(server.session.subscription_count(), 1);
}

#[test]
fn in_1_0_the_destination_serves_as_id() {
    let mut server = Server::connected("1.0");
    let frame = Frame::new(Verb::Subscribe).with("destination", "/queue/a");
    assert!(matches!(server.request(&frame), Ok(Some(Request::Subscribe(_)))));
    assert_eq!(server.session.subscription_id(1), Some("/queue/a"));
    let frame = Frame::new(Verb::Unsubscribe).with("destination", "/queue/a");
    assert!(matches!(server.request(&frame), Ok(Some(Request::Unsubscribe { number: 1, .. }))));
}

#[test]
fn each_version_settles_by_its_own_header() {
    let settle = |version, name, value| {
        Server::connected(version).request(&Frame::new(Verb::Ack).with(name, value)).map_err(|failure| failure.code)
    };
    let ack = Settle { delivery: DeliveryId { subscription: 1, delivery: 7 }, requeue: true, token: None };
    assert_eq!(settle("1.2", "id", "1-7"), Ok(Some(Request::Ack(ack))));
    assert!(settle("1.1", "message-id", "1-7").is_ok());
    assert!(settle("1.0", "message-id", "1-7").is_ok());
    assert_eq!(settle("1.2", "message-id", "1-7"), Err(Code::Protocol));
    assert_eq!(settle("1.2", "id", "seven"), Err(Code::UnknownMessage));
}

#[test]
fn a_message_head_carries_what_differs_between_receivers() {
    let mut server = Server::connected("1.2");
    server.written();
    server.request(&subscribe("s:1", "client")).unwrap();
    let head = MessageHead { subscription: 1, delivery: 12, delivery_count: 1 };
    assert!(server.session.write_message_head(head, &mut server.out));
    assert_eq!(
        server.written(),
        "MESSAGE\nsubscription:s\\c1\nmessage-id:1-12\nack:1-12\nredelivered:false\ndelivery-count:1\n"
    );
    let head = MessageHead { delivery_count: 3, ..head };
    server.session.write_message_head(head, &mut server.out);
    assert!(server.written().ends_with("redelivered:true\ndelivery-count:3\n"));
    assert!(!server.session.write_message_head(MessageHead { subscription: 9, ..head }, &mut server.out));
}

#[test]
fn every_receipt_is_paid_once() {
    let mut server = Server::connected("1.2");
    server.written();
    let send = |receipt| Frame::new(Verb::Send).with("destination", "/queue/a").with("receipt", receipt);
    server.request(&send("a")).unwrap();
    server.request(&send("b")).unwrap();
    server.session.write_receipt(2, Some(1), &mut server.out);
    server.session.write_receipt(2, Some(1), &mut server.out);
    assert_eq!(server.written(), "RECEIPT\nreceipt-id:b\nrouted:1\n\n\0");
    assert_eq!(server.session.take_receipt(1).as_deref(), Some("a"));
    assert_eq!(server.session.receipts_owed(), 0);
}

#[test]
fn nothing_is_read_after_disconnect() {
    let mut server = Server::connected("1.2");
    let disconnect = Frame::new(Verb::Disconnect).with("receipt", "bye");
    assert_eq!(server.request(&disconnect).unwrap(), Some(Request::Disconnect { token: Some(1) }));
    assert_eq!(server.request(&Frame::new(Verb::Send)).unwrap(), None);
}

#[test]
fn what_is_kept_of_a_client_is_short() {
    let long = "x".repeat(ID + 1);
    let mut server = Server::connected("1.2");
    assert_eq!(
        server.refused(&Frame::new(Verb::Send).with("destination", "/queue/a").with("receipt", &long)).code,
        Code::TooLarge
    );
    assert_eq!(server.refused(&subscribe(&long, "auto")).code, Code::TooLarge);
}

#[test]
fn what_is_not_offered_is_refused() {
    let mut server = Server::connected("1.2");
    server.request(&subscribe("a", "client")).unwrap();
    let delayed = Frame::new(Verb::Nack).with("id", "1-1").with("delay", "500");
    assert_eq!(server.refused(&delayed).code, Code::Unsupported);
    let durable = Frame::new(Verb::Unsubscribe).with("id", "a").with("durable", "true");
    assert_eq!(server.refused(&durable).code, Code::Unsupported);
}
