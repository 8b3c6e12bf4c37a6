use super::*;

const SEVENTH: Settle = Settle {
    delivery: DeliveryId { subscription: 1, delivery: 7 },
    requeue: None,
    delay: None,
    reason: None,
    token: None,
};

fn nacked(frame: &Frame) -> Settle {
    match Server::connected("1.2").request(frame) {
        Ok(Some(Request::Nack(settle))) => settle,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_version_settles_by_its_own_header() {
    let settle = |version, name, value| {
        Server::connected(version).request(&Frame::new(Verb::Ack).with(name, value)).map_err(|failure| failure.code)
    };
    assert_eq!(settle("1.2", "id", "1-7"), Ok(Some(Request::Ack(SEVENTH))));
    assert_eq!(settle("1.1", "message-id", "1-7"), Ok(Some(Request::Ack(SEVENTH))));
    assert_eq!(settle("1.0", "message-id", "1-7"), Ok(Some(Request::Ack(SEVENTH))));
    assert_eq!(settle("1.2", "message-id", "1-7"), Err(Code::Protocol));
    assert_eq!(settle("1.1", "id", "1-7"), Err(Code::Protocol));
}

#[test]
fn before_1_2_the_message_id_alone_decides() {
    let frame = Frame::new(Verb::Nack).with("message-id", "1-7").with("subscription", "of somebody else");
    assert_eq!(Server::connected("1.1").request(&frame), Ok(Some(Request::Nack(SEVENTH))));
}

#[test]
fn nack_is_tolerated_in_1_0() {
    let frame = Frame::new(Verb::Nack).with("message-id", "1-7");
    assert_eq!(Server::connected("1.0").request(&frame), Ok(Some(Request::Nack(SEVENTH))));
}

#[test]
fn a_nack_says_what_becomes_of_the_message() {
    assert_eq!(nacked(&nack("1-7")), SEVENTH);
    assert_eq!(nacked(&nack("1-7").with("requeue", "FALSE")), Settle { requeue: Some(false), ..SEVENTH });
    let delayed = nacked(&nack("1-7").with("delay", "500").with("requeue", "true").with("reason", "later"));
    let expected = Settle { requeue: Some(true), delay: Some(500), reason: Some("later".into()), ..SEVENTH };
    assert_eq!(delayed, expected);
    assert_eq!(nacked(&nack("1-7").with("delay", "99999999999999999999")).delay, Some(u64::MAX));
}

#[test]
fn malformed_words_of_a_nack_are_refused() {
    let refused = |frame: &Frame| Server::connected("1.2").refused(frame).code;
    for delay in ["", "-1", "+1", "1.5", "soon"] {
        assert_eq!(refused(&nack("1-7").with("delay", delay)), Code::Protocol, "{delay:?}");
        assert_eq!(refused(&ack("1-7").with("delay", delay)), Code::Protocol, "{delay:?}");
    }
    assert_eq!(refused(&nack("1-7").with("requeue", "maybe")), Code::Protocol);
    assert_eq!(refused(&nack("1-7").with("delay", "5").with("requeue", "false")), Code::Protocol);
}

#[test]
fn a_reason_is_cut_between_characters() {
    let reason = nacked(&nack("1-7").with("reason", &"ü".repeat(200))).reason.unwrap();
    assert_eq!((reason.len(), &*reason), (REASON - 1, "ü".repeat(127).as_str()));
    let fitting = "x".repeat(REASON);
    assert_eq!(nacked(&nack("1-7").with("reason", &fitting)).reason.as_deref(), Some(fitting.as_str()));
}

#[test]
fn what_no_message_has_as_id_is_an_unknown_message() {
    for id in ["seven", "0", "1-", "-7", "+1-7", "1-+7", "1-7-7", "99999999999-1"] {
        let mut server = Server::soft();
        let failure = server.refused(&ack(id).with("receipt", "r"));
        assert_eq!((failure.code, failure.receipt_id.as_deref()), (Code::UnknownMessage, Some("r")), "{id}");
        assert!(server.session.survives(&failure));
        assert_eq!(server.session.receipts_owed(), 0);
    }
}
