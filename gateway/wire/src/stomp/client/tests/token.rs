//! Tokens: asked for, refused, renewed.

use super::*;

/// Milliseconds that the tokens of these tests live.
const LIFE: u64 = 100_000;

impl Fixture {
    fn asking() -> Self {
        Fixture::with(Options { asks_tokens: true, passcode: Some("unused".into()), ..Options::default() })
    }

    /// The request that was made last.
    fn asked(&self) -> Option<u32> {
        self.outputs.iter().find_map(|output| match output {
            Output::RequestToken(request) => Some(*request),
            _ => None,
        })
    }

    fn answer(&mut self, request: u32, answer: Result<Token, Error>) {
        self.client.handle_token(request, answer, self.now, 1.0);
        self.drain();
    }

    fn give(&mut self, request: u32, text: &str) {
        let token = Token { text: text.into(), expires_at: Some(self.now + LIFE) };
        self.answer(request, Ok(token));
    }

    fn logged_in_with_token(agreed: bool) -> Self {
        let mut fixture = Fixture::asking();
        fixture.give(1, "one");
        fixture.client.handle_open(1);
        fixture.receive(&format!("CONNECTED\nversion:1.2\nx-soft-errors:{agreed}\n\n\0"));
        fixture
    }
}

fn failure(retryable: bool) -> Result<Token, Error> {
    Err(Error::of_provider("token-failed".into(), "no".into(), retryable))
}

#[test]
fn a_token_is_asked_for_before_every_log_in() {
    let mut fixture = Fixture::asking();
    assert_eq!(fixture.outputs, [Output::State(State::Connecting), Output::RequestToken(1)]);
    fixture.give(1, "one");
    assert_eq!(fixture.outputs, [Output::OpenSocket(1)]);
    fixture.client.handle_open(1);
    fixture.drain();
    assert!(fixture.sent().contains("passcode:one\n"), "{}", fixture.sent());
    fixture.lose();
    fixture.advance(250);
    assert_eq!(fixture.outputs, [Output::State(State::Connecting), Output::RequestToken(2)]);
    fixture.give(1, "late");
    assert_eq!(fixture.outputs, [], "an answer to an earlier request");
    fixture.give(2, "two");
    fixture.client.handle_open(2);
    fixture.drain();
    assert!(fixture.sent().contains("passcode:two\n"));
}

#[test]
fn a_provider_that_fails_or_does_not_answer_is_a_failed_attempt() {
    let mut fixture = Fixture::asking();
    fixture.answer(1, failure(true));
    assert!(
        matches!(&fixture.outputs[..], [Output::Error(error), Output::State(State::Waiting)] if error.code == "token-failed")
    );
    fixture.advance(250);
    assert_eq!(fixture.asked(), Some(2));
    fixture.advance(10_000);
    assert!(
        matches!(&fixture.outputs[..], [Output::Error(error), Output::State(State::Waiting)] if error.code == "connect-timeout")
    );
    fixture.advance(500);
    fixture.give(3, "three");
    assert!(fixture.opens());
}

#[test]
fn a_provider_that_says_so_and_a_server_that_refuses_end_the_loop() {
    let mut fixture = Fixture::asking();
    fixture.answer(1, failure(false));
    assert_eq!(fixture.closed_with(), Some("token-failed"));
    let mut fixture = Fixture::asking();
    fixture.give(1, "wrong");
    fixture.client.handle_open(1);
    fixture.receive("ERROR\nmessage:no\nx-code:auth-failed\n\n\0");
    assert_eq!(fixture.closed_with(), Some("auth-failed"));
}

#[test]
fn a_server_that_takes_a_new_token_keeps_the_connection() {
    let mut fixture = Fixture::logged_in_with_token(true);
    fixture.advance(LIFE * 4 / 5 - 1);
    assert_eq!(fixture.outputs, []);
    fixture.advance(1);
    assert_eq!(fixture.outputs, [Output::RequestToken(2)]);
    fixture.give(2, "two");
    assert_eq!(fixture.sent(), "SEND\ndestination:/control/auth\nreceipt:t2\ncontent-length:3\n\ntwo\0");
    fixture.receive("RECEIPT\nreceipt-id:t2\n\n\0");
    assert_eq!(fixture.outputs, []);
    fixture.advance(LIFE * 4 / 5);
    assert_eq!(fixture.asked(), Some(3), "that one ends too");
}

#[test]
fn a_server_that_does_not_gets_a_new_connection_in_peace_and_at_once() {
    let mut fixture = Fixture::logged_in_with_token(true);
    let publish = fixture.publish("before");
    fixture.advance(LIFE * 4 / 5);
    fixture.give(2, "two");
    fixture.receive("ERROR\nx-code:unsupported\nx-fatal:false\nreceipt-id:t2\n\n\0");
    assert_eq!(fixture.sent(), "DISCONNECT\nreceipt:bye\n\n\0");
    let waiting = fixture.publish("meanwhile");
    assert_eq!(fixture.sent(), "");
    fixture.receive(&format!("RECEIPT\nreceipt-id:p{publish}\n\n\0RECEIPT\nreceipt-id:bye\n\n\0"));
    let confirmed = Output::Confirmed { publish, routed: None, duplicate: false, offset: None };
    assert_eq!(fixture.outputs, [confirmed, Output::CloseSocket(1), Output::OpenSocket(2)]);
    fixture.client.handle_open(2);
    fixture.drain();
    assert!(fixture.sent().contains("passcode:two\n"), "without asking again");
    fixture.receive("CONNECTED\nversion:1.2\nx-soft-errors:true\n\n\0");
    assert!(fixture.sent().contains("meanwhile") && fixture.failure().is_none(), "{waiting}");
}

#[test]
fn another_server_is_not_even_tried_and_need_not_answer() {
    let mut fixture = Fixture::logged_in_with_token(false);
    fixture.advance(LIFE * 4 / 5);
    fixture.give(2, "two");
    assert_eq!(fixture.sent(), "DISCONNECT\nreceipt:bye\n\n\0");
    fixture.advance(CLOSE_TIME);
    assert_eq!(fixture.outputs, [Output::CloseSocket(1), Output::OpenSocket(2)]);
}

#[test]
fn a_renewal_that_fails_is_told_and_tried_again() {
    let mut fixture = Fixture::logged_in_with_token(true);
    fixture.advance(LIFE * 4 / 5);
    fixture.answer(2, failure(true));
    assert!(matches!(&fixture.outputs[..], [Output::Error(error)] if error.code == "token-failed"));
    fixture.advance(1_000);
    assert_eq!(fixture.asked(), Some(3));
    fixture.answer(3, failure(false));
    assert!(fixture.closes());
    assert_eq!(fixture.closed_with(), Some("token-failed"));
}

#[test]
fn a_client_that_is_closed_while_it_changes_connections_ends_with_the_first() {
    let mut fixture = Fixture::logged_in_with_token(false);
    fixture.advance(LIFE * 4 / 5);
    fixture.give(2, "two");
    fixture.client.close(fixture.now);
    fixture.receive("RECEIPT\nreceipt-id:bye\n\n\0");
    assert_eq!(fixture.closed_with(), Some(""));
    assert!(!fixture.opens());
}
