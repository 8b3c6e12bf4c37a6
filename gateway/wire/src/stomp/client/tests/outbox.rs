//! What becomes of publishes when connections come and go.

use super::*;

#[test]
fn what_was_not_confirmed_is_sent_again_in_order_under_the_same_id() {
    let mut fixture = Fixture::agreed();
    let [first, second] = [fixture.publish("first"), fixture.publish("second")];
    fixture.receive("RECEIPT\nreceipt-id:p1\n\n\0");
    let confirmed = Output::Confirmed { publish: first, routed: None, duplicate: false, offset: None };
    assert_eq!(fixture.outputs, [confirmed]);
    fixture.lose();
    assert_eq!(fixture.failure(), None);
    fixture.publish("third");
    assert_eq!(fixture.sent(), "");
    fixture.advance(250);
    fixture.log_in_agreed();
    let head = |number| format!("SEND\ndestination:/queue/q\nreceipt:p{number}\na:b\nx-dedup-id:id-{number}\n");
    let frames =
        [head(2), "content-length:6\n\nsecond\0".into(), head(3), "content-length:5\n\nthird\0".into()].concat();
    assert_eq!(fixture.sent(), frames);
    fixture.receive("RECEIPT\nreceipt-id:p2\nrouted:0\nduplicate:true\n\n\0");
    assert_eq!(
        fixture.outputs,
        [Output::Confirmed { publish: second, routed: Some(0), duplicate: true, offset: None }]
    );
}

#[test]
fn what_the_server_may_have_forgotten_is_not_sent_again() {
    let mut fixture = Fixture::agreed();
    let old = fixture.publish("old");
    fixture.advance(500_000);
    let young = fixture.publish("young");
    fixture.lose();
    fixture.advance(250);
    fixture.lose();
    assert_eq!(fixture.failures(), [], "both may be sent again still");
    fixture.advance(100_000);
    fixture.log_in_agreed();
    assert_eq!(fixture.failures(), [(old, "connection-lost")]);
    assert!(fixture.sent().contains("young") && !fixture.sent().contains("old"), "{}", fixture.sent());
    // The age counts from the first time.
    fixture.advance(499_000);
    fixture.lose();
    assert_eq!(fixture.failures(), [(young, "connection-lost")]);
}

#[test]
fn a_publish_that_is_not_to_be_sent_again_fails_when_its_fate_is_unknown() {
    let mut fixture = Fixture::agreed();
    let once = PublishRequest { resend: false, ..PUBLISH };
    let sent = fixture.try_publish(once, "sent").unwrap();
    assert!(!fixture.sent().contains("x-dedup-id"));
    fixture.lose();
    assert_eq!(fixture.failures(), [(sent, "connection-lost")]);
    fixture.try_publish(once, "waited").unwrap();
    fixture.advance(250);
    fixture.log_in_agreed();
    assert!(fixture.sent().contains("waited"));
}

#[test]
fn an_id_that_the_user_gave_is_kept() {
    for name in ["x-dedup-id", "_AMQ_DUPL_ID"] {
        let mut fixture = Fixture::agreed();
        fixture.client.publish(PUBLISH, [(name, "mine")], Bytes::new(), fixture.now).unwrap();
        fixture.drain();
        assert_eq!(fixture.sent(), format!("SEND\ndestination:/queue/q\nreceipt:p1\n{name}:mine\n\n\0"));
    }
}

#[test]
fn a_server_that_cannot_tell_copies_apart_gets_none() {
    let mut fixture = Fixture::agreed();
    let sent = fixture.publish("sent");
    fixture.lose();
    assert_eq!(fixture.failures(), []);
    fixture.publish("waiting");
    fixture.advance(250);
    fixture.log_in(); // another server than before
    assert_eq!(fixture.failures(), [(sent, "connection-lost")]);
    assert!(fixture.sent().contains("waiting"));
}

#[test]
fn what_made_the_server_close_is_not_sent_again() {
    for code in ["too-large", "protocol"] {
        let mut fixture = Fixture::agreed();
        let guilty = fixture.publish("guilty");
        fixture.receive(&format!("ERROR\nmessage:no\nx-code:{code}\nx-fatal:true\n\n\0"));
        assert_eq!(fixture.failures(), [(guilty, code)]);
        assert!(fixture.has(&Output::State(State::Waiting)));
    }
    let mut fixture = Fixture::agreed();
    fixture.publish("innocent");
    fixture.receive("ERROR\nmessage:restart\nx-code:draining\nx-fatal:true\n\n\0");
    assert_eq!(fixture.failures(), []);
    fixture.advance(250);
    fixture.log_in_agreed();
    assert!(fixture.sent().contains("innocent"));
}

#[test]
fn the_outbox_is_bounded_in_messages_and_in_octets() {
    let outbox = |messages, octets| Options { outbox: Outbox { messages, octets }, ..Options::default() };
    let mut few = Fixture::with(outbox(2, 100));
    few.publish("1");
    few.publish("2");
    let error = few.try_publish(PUBLISH, "3").unwrap_err();
    assert_eq!((&*error.code, error.retryable), ("outbox-full", true));
    few.log_in();
    few.receive("RECEIPT\nreceipt-id:p1\n\n\0");
    assert_eq!(few.publish("3"), 3, "room again");

    let mut small = Fixture::with(outbox(10, 4));
    small.publish("larger than all");
    assert_eq!(small.try_publish(PUBLISH, "").unwrap_err().code, "outbox-full");
    small.log_in();
    small.receive("RECEIPT\nreceipt-id:p1\n\n\0");
    small.publish("1234");
    assert_eq!(small.try_publish(PUBLISH, "5").unwrap_err().code, "outbox-full");
}

#[test]
fn what_was_never_sent_can_be_taken_back() {
    let mut fixture = Fixture::new();
    let [first, second] = [fixture.publish("first"), fixture.publish("second")];
    assert!(fixture.client.cancel(first));
    assert!(!fixture.client.cancel(first));
    fixture.log_in_agreed();
    assert!(!fixture.sent().contains("first") && fixture.sent().contains("second"));
    assert!(!fixture.client.cancel(second));
    fixture.lose();
    assert!(!fixture.client.cancel(second), "it may have arrived");
}
