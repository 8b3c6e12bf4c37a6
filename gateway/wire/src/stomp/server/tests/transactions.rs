use super::*;
use crate::limits::ACTION;

fn frame(verb: Verb, id: &str) -> Frame {
    Frame::new(verb).with("transaction", id)
}

fn begun(mut server: Server) -> Server {
    assert_eq!(server.request(&frame(Verb::Begin, "t")), Ok(Some(Request::Begin { token: None })));
    server
}

/// Says a frame inside the transaction t, which asks for nothing yet.
fn say(server: &mut Server, frame: Frame) {
    assert_eq!(server.request(&frame.with("transaction", "t")), Ok(None));
}

fn committed(server: &mut Server) -> (Vec<Action>, Option<Token>) {
    match server.request(&frame(Verb::Commit, "t").with("receipt", "commit")) {
        Ok(Some(Request::Commit { actions, token })) => (actions, token),
        other => panic!("{other:?}"),
    }
}

#[test]
fn commit_hands_out_all_frames_in_order() {
    let mut server = begun(Server::connected("1.2"));
    say(&mut server, send().with_body("one"));
    say(&mut server, ack("1-7"));
    say(&mut server, nack("1-8").with("requeue", "false").with("reason", "bad"));
    let (actions, token) = committed(&mut server);
    assert!(token.is_some());
    let [Action::Send(sent), Action::Ack(acked), Action::Nack(nacked)] = actions.as_slice() else { panic!() };
    assert_eq!((sent.destination.as_str(), &sent.body[..]), ("/queue/a", b"one".as_slice()));
    assert_eq!(acked.delivery, DeliveryId { subscription: 1, delivery: 7 });
    assert_eq!((nacked.requeue, nacked.reason.as_deref()), (Some(false), Some("bad")));
    assert_eq!(server.refused(&frame(Verb::Commit, "t")).code, Code::Protocol);
}

#[test]
fn one_read_goes_on_through_a_transaction() {
    let mut server = Server::connected("1.2");
    let mut input = b"BEGIN\ntransaction:t\n\n\0SEND\ntransaction:t\ndestination:/queue/a\n\n\0ACK\nid:1-1\n\
        transaction:t\n\n\0COMMIT\ntransaction:t\n\n\0"
        .as_slice();
    assert_eq!(server.session.handle_input(&mut input), Ok(Some(Request::Begin { token: None })));
    let Ok(Some(Request::Commit { actions, token: None })) = server.session.handle_input(&mut input) else { panic!() };
    assert_eq!(actions.len(), 2);
    assert_eq!(server.session.handle_input(&mut input), Ok(None));
}

#[test]
fn inner_receipts_are_owed_from_commit_on_in_order_and_once() {
    let mut server = begun(Server::connected("1.2"));
    say(&mut server, send().with("receipt", "a"));
    say(&mut server, ack("1-1").with("receipt", "b"));
    say(&mut server, send());
    assert_eq!(server.session.receipts_owed(), 0);
    let outside = server.request(&send().with("receipt", "outside")).unwrap().and_then(|request| request.token());
    assert_eq!(server.session.receipts_owed(), 1);
    let (actions, token) = committed(&mut server);
    assert_eq!(server.session.receipts_owed(), 4);
    let tokens: Vec<_> = actions.iter().map(Action::token).collect();
    assert!(outside < tokens[0] && tokens[0] < tokens[1] && tokens[1] < token && tokens[2].is_none());
    for (token, id) in [(tokens[0], "a"), (tokens[1], "b"), (token, "commit"), (outside, "outside")] {
        assert_eq!(server.receipt(token), format!("RECEIPT\nreceipt-id:{id}\n\n\0"));
        assert_eq!(server.receipt(token), "");
    }
}

#[test]
fn abort_hands_out_what_is_owed_a_receipt() {
    let mut server = begun(Server::connected("1.2"));
    say(&mut server, send().with("receipt", "a"));
    let Ok(Some(Request::Abort { actions, token })) = server.request(&frame(Verb::Abort, "t").with("receipt", "b"))
    else {
        panic!()
    };
    assert_eq!(server.receipt(actions[0].token()), "RECEIPT\nreceipt-id:a\n\n\0");
    assert_eq!(server.receipt(token), "RECEIPT\nreceipt-id:b\n\n\0");
    assert_eq!(server.refused(&frame(Verb::Abort, "t")).code, Code::Protocol);
}

#[test]
fn transactions_are_told_apart_and_an_ended_id_is_free() {
    let mut server = begun(Server::connected("1.2"));
    server.request(&frame(Verb::Begin, "u")).unwrap();
    assert_eq!(server.request(&send().with("transaction", "u")), Ok(None));
    assert_eq!(committed(&mut server).0, []);
    let mut server = begun(server);
    say(&mut server, ack("1-1"));
    let Ok(Some(Request::Commit { actions, .. })) = server.request(&frame(Verb::Commit, "u")) else { panic!() };
    assert!(matches!(actions.as_slice(), [Action::Send(_)]));
    assert_eq!(committed(&mut server).0.len(), 1);
}

#[test]
fn an_unknown_a_live_and_a_missing_id_are_violations() {
    let mut server = begun(Server::soft());
    for bad in [
        frame(Verb::Begin, "t"),
        frame(Verb::Commit, "x"),
        frame(Verb::Abort, "x"),
        send().with("transaction", "x"),
        send().with("transaction", ""),
        ack("1-1").with("transaction", "x"),
        nack("1-1").with("transaction", "x"),
        subscribe("a", "auto").with("transaction", "t"),
        Frame::new(Verb::Begin),
        Frame::new(Verb::Commit),
        frame(Verb::Abort, ""),
    ] {
        let failure = server.refused(&bad.with("receipt", "r"));
        assert_eq!((failure.code, failure.receipt_id.as_deref()), (Code::Protocol, Some("r")), "{failure:?}");
        assert!(!server.session.survives(&failure));
    }
    assert_eq!(server.session.receipts_owed(), 0);
    assert_eq!(server.refused(&frame(Verb::Begin, &"x".repeat(ID + 1))).code, Code::TooLarge);
}

#[test]
fn open_transactions_are_limited() {
    let mut server = Server::connected("1.2");
    for id in 0..TransactionLimits::default().open {
        server.request(&frame(Verb::Begin, &id.to_string())).unwrap();
    }
    assert_eq!(server.refused(&frame(Verb::Begin, "t")).code, Code::TooLarge);
    server.request(&frame(Verb::Abort, "0")).unwrap();
    begun(server);
}

#[test]
fn frames_of_a_transaction_are_limited() {
    let limits = TransactionLimits { actions: 2, ..TransactionLimits::default() };
    let mut server = begun(Server::limited(limits).welcomed("1.2", true));
    say(&mut server, ack("1-1"));
    say(&mut server, ack("1-2"));
    let failure = server.refused(&ack("1-3").with("transaction", "t").with("receipt", "r"));
    assert_eq!((failure.code, failure.receipt_id.as_deref()), (Code::TooLarge, Some("r")));
    assert!(!server.session.survives(&failure));
}

#[test]
fn octets_of_all_open_transactions_are_limited_together() {
    let octets = |frame: &Frame| ACTION + frame.headers.iter().map(|(n, v)| n.len() + v.len()).sum::<usize>();
    let acked = ack("1-1").with("transaction", "t");
    let limits = TransactionLimits { octets: 2 * octets(&acked), ..TransactionLimits::default() };
    let mut server = begun(Server::limited(limits).welcomed("1.2", true));
    server.request(&frame(Verb::Begin, "u")).unwrap();
    assert_eq!(server.request(&acked), Ok(None));
    assert_eq!(server.request(&ack("1-1").with("transaction", "u")), Ok(None));
    assert_eq!(server.refused(&acked).code, Code::TooLarge);
    server.request(&frame(Verb::Abort, "u")).unwrap();
    assert_eq!(server.request(&acked), Ok(None));
    let mut server = begun(Server::limited(limits).welcomed("1.2", true));
    let sent = send().with("transaction", "t").with_body(vec![b'x'; 2 * octets(&acked)]);
    assert_eq!(server.refused(&sent).code, Code::TooLarge);
}

#[test]
fn a_refused_frame_fails_its_transaction_and_every_receipt_of_it() {
    let mut server = begun(Server::soft());
    say(&mut server, send().with("receipt", "a"));
    let failure = server.refused(&ack("seven").with("transaction", "t").with("receipt", "b"));
    assert_eq!((failure.code, failure.receipt_id.as_deref()), (Code::UnknownMessage, Some("b")));
    assert!(failure.message.starts_with("ACK in the transaction \"t\": "), "{}", failure.message);
    say(&mut server, send());
    say(&mut server, send().with("receipt", "c"));
    let mut failures = vec![server.refused(&frame(Verb::Commit, "t").with("receipt", "commit"))];
    while let Err(failure) = server.next() {
        failures.push(failure);
    }
    let ids: Vec<_> = failures.iter().map(|failure| failure.receipt_id.as_deref().unwrap()).collect();
    assert_eq!(ids, ["a", "c", "commit"]);
    assert!(failures.iter().all(|each| each.message == failure.message && server.session.survives(each)));
    assert_eq!(server.session.receipts_owed(), 0);
    begun(server);
}

#[test]
fn a_failed_transaction_without_receipts_is_refused_once() {
    let mut server = begun(Server::soft());
    server.refused(&nack("seven").with("transaction", "t"));
    assert_eq!(server.refused(&frame(Verb::Commit, "t")).receipt_id, None);
    assert_eq!(server.next(), Ok(None));
}

#[test]
fn a_failed_transaction_can_be_aborted() {
    let mut server = begun(Server::soft());
    say(&mut server, send().with("receipt", "a"));
    server.refused(&ack("seven").with("transaction", "t"));
    let Ok(Some(Request::Abort { actions, token: None })) = server.request(&frame(Verb::Abort, "t")) else { panic!() };
    assert_eq!(actions.len(), 1);
}

#[test]
fn disconnect_aborts_what_is_open_before_its_own_receipt() {
    let mut server = begun(Server::connected("1.2"));
    server.request(&frame(Verb::Begin, "without receipts")).unwrap();
    assert_eq!(server.request(&ack("1-1").with("transaction", "without receipts")), Ok(None));
    say(&mut server, send().with("receipt", "a"));
    let Ok(Some(Request::Abort { actions, token: None })) =
        server.request(&Frame::new(Verb::Disconnect).with("receipt", "bye"))
    else {
        panic!()
    };
    assert_eq!(server.receipt(actions[0].token()), "RECEIPT\nreceipt-id:a\n\n\0");
    let Ok(Some(Request::Disconnect { token })) = server.next() else { panic!() };
    assert_eq!(server.receipt(token), "RECEIPT\nreceipt-id:bye\n\n\0");
    assert_eq!(server.next(), Ok(None));
}
