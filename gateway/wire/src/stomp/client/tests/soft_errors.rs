//! Errors after which the connection goes on.

use super::*;

const ERROR: &str = "ERROR\nmessage:no\nx-code:forbidden\nx-fatal:false\n";

impl Fixture {
    fn receive_error(&mut self, headers: &str) {
        self.receive(&format!("{ERROR}{headers}\n\0"));
    }

    fn errors(&self) -> Vec<&str> {
        let errors = self.outputs.iter().filter_map(|output| match output {
            Output::Error(error) => Some(&*error.code),
            _ => None,
        });
        errors.collect()
    }

    fn subscription_failure(&self) -> Option<(u32, &str)> {
        self.outputs.iter().find_map(|output| match output {
            Output::SubscriptionFailed { subscription, error } => Some((*subscription, &*error.code)),
            _ => None,
        })
    }
}

#[test]
fn what_is_sent_together_goes_as_one_to_servers_of_ours() {
    for (mut fixture, messages) in [(Fixture::agreed(), 2), (Fixture::connected(), 5)] {
        for body in ["1", "2", "3", "4"] {
            fixture.client.publish(PUBLISH, [], Bytes::from_static(body.as_bytes()), fixture.now).unwrap();
        }
        let large = Bytes::from(vec![b'l'; PACK]);
        fixture.client.publish(PUBLISH, [], large, fixture.now).unwrap();
        fixture.drain();
        let sent = fixture.outputs.iter().filter(|output| matches!(output, Output::Send(_)));
        assert_eq!((sent.count(), fixture.sent().matches("SEND\n").count()), (messages, 5));
    }
}

#[test]
fn a_refused_publish_fails_alone_and_the_connection_stays() {
    let mut fixture = Fixture::agreed();
    let [refused, _] = [fixture.publish("refused"), fixture.publish("taken")];
    fixture.receive_error("receipt-id:p1\n");
    assert_eq!(fixture.outputs.len(), 1);
    assert_eq!(fixture.failures(), [(refused, "forbidden")]);
    assert_eq!(fixture.client.state(), State::Connected);
    fixture.reconnect_after(250);
    assert!(!fixture.sent().contains("refused") && fixture.sent().contains("taken"));
}

#[test]
fn a_refused_or_cancelled_subscription_ends_and_is_not_restored() {
    let mut fixture = Fixture::agreed();
    let numbers = [fixture.subscribe(), fixture.subscribe(), fixture.subscribe()];
    fixture.receive_error("receipt-id:s1\nsubscription:1\n");
    assert_eq!(fixture.subscription_failure(), Some((numbers[0], "forbidden")));
    fixture.receive_error("subscription:2\n");
    assert_eq!(fixture.subscription_failure(), Some((numbers[1], "forbidden")));
    fixture.receive("MESSAGE\nsubscription:2\n\nlate\0");
    assert_eq!(fixture.outputs, []);
    fixture.reconnect_after(250);
    assert!(fixture.sent().contains("id:3\n") && fixture.sent().matches("SUBSCRIBE").count() == 1);
}

#[test]
fn an_unsubscribe_that_comes_too_late_has_what_it_wanted() {
    let mut fixture = Fixture::agreed();
    let number = fixture.subscribe();
    fixture.client.unsubscribe(number);
    fixture.receive_error("subscription:1\n"); // was on its way when UNSUBSCRIBE was sent
    assert_eq!(fixture.subscription_failure(), None);
    fixture.receive("ERROR\nx-code:unknown-subscription\nx-fatal:false\nsubscription:1\nreceipt-id:u1\n\n\0");
    assert_eq!(fixture.outputs, [Output::Unsubscribed(number)]);

    let other = fixture.subscribe();
    fixture.client.unsubscribe(other);
    fixture.receive_error("receipt-id:u2\n");
    assert_eq!(fixture.subscription_failure(), Some((other, "forbidden")));
}

#[test]
fn what_is_about_no_call_is_told_as_it_is() {
    let mut fixture = Fixture::agreed();
    fixture.subscribe();
    fixture.settle(1, Settlement::Ack);
    fixture.receive_error("");
    assert_eq!(fixture.errors(), ["forbidden"]);
    fixture.receive_error("receipt-id:p99\n");
    assert_eq!(fixture.outputs, [], "an answer that was told before");
    assert_eq!(fixture.client.state(), State::Connected);
}

#[test]
fn a_fatal_error_ends_the_connection_and_so_does_every_error_without_agreement() {
    let mut fixture = Fixture::agreed();
    fixture.receive("ERROR\nx-code:internal\nx-fatal:true\n\n\0");
    assert!(fixture.closes() && fixture.has(&Output::State(State::Waiting)));
    let mut fixture = Fixture::connected();
    fixture.receive_error("");
    assert!(fixture.closes() && fixture.has(&Output::State(State::Waiting)));
}
