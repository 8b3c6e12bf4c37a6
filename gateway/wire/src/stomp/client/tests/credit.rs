//! What the server may send, and subscriptions that belong to one connection.

use super::*;

fn credit(messages: u32, octets: Option<u32>) -> Credit {
    Credit { messages: Some(messages), octets }
}

#[test]
fn what_was_granted_and_not_used_is_the_credit_of_the_next_connection() {
    let mut fixture = Fixture::agreed();
    let request = SubscribeRequest { credit: credit(2, Some(10)), prefetch: 0, ..request() };
    let number = fixture.client.subscribe(request).unwrap();
    fixture.drain();
    let subscribe = "SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client\nreceipt:s1\n";
    assert_eq!(fixture.sent(), format!("{subscribe}x-credit:2\nx-credit-bytes:10\n\n\0"));
    fixture.receive("MESSAGE\nsubscription:1\nack:1-1\n\n1234\0");
    fixture.client.grant(number, credit(5, None));
    fixture.drain();
    assert_eq!(fixture.sent(), "SEND\ndestination:/control/credit\nsubscription:1\ncount:5\n\n\0");
    fixture.lose();
    fixture.client.grant(number, credit(1, Some(100)));
    fixture.drain();
    assert_eq!(fixture.sent(), "", "nobody is there to be told");
    fixture.advance(250);
    fixture.log_in_agreed();
    assert_eq!(fixture.sent(), format!("{subscribe}x-credit:7\nx-credit-bytes:106\n\n\0"));
}

#[test]
fn credit_is_never_less_than_none() {
    let mut fixture = Fixture::agreed();
    let request = SubscribeRequest { credit: credit(0, None), ..request() };
    fixture.client.subscribe(request).unwrap();
    fixture.receive("MESSAGE\nsubscription:1\n\nx\0");
    fixture.reconnect_after(250);
    assert!(fixture.sent().contains("x-credit:0\n") && !fixture.sent().contains("x-credit-bytes"));
}

#[test]
fn what_makes_sense_on_one_connection_only_is_not_restored() {
    let mut fixture = Fixture::new();
    let number = fixture.client.subscribe(SubscribeRequest { once: true, ..request() }).unwrap();
    fixture.lose();
    fixture.advance(250);
    fixture.log_in_agreed();
    assert!(fixture.sent().contains("SUBSCRIBE"), "it had not begun");
    fixture.lose();
    let lost = Output::SubscriptionFailed { subscription: number, error: Error::connection_lost() };
    assert!(fixture.has(&lost), "{:?}", fixture.outputs);
    fixture.advance(500);
    fixture.log_in_agreed();
    assert_eq!(fixture.sent(), "");
}
