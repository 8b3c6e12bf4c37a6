mod credit;
mod lost;
mod model;
mod outbox;
mod random;
mod soft_errors;
mod streams;
mod token;
mod transactions;

use super::link::CLOSE_TIME;
use super::reconnect::STABLE_TIME;
use super::*;
use crate::stomp::{AckMode, Headers};
use bytes::Bytes;

/// A publish to a queue, outside of any transaction.
const PUBLISH: PublishRequest<'static> = PublishRequest { destination: "/queue/q", resend: true, transaction: None };

/// A subscription to that queue.
fn request() -> SubscribeRequest {
    SubscribeRequest {
        destination: "/queue/q".into(),
        ack: AckMode::Client,
        prefetch: 5,
        credit: Credit::default(),
        once: false,
        headers: Headers::new(),
    }
}

/// A client, and what it last asked for.
struct Fixture {
    client: Client,
    outputs: Vec<Output>,
    /// The socket that it opened last.
    socket: u32,
    now: Millis,
}

impl Fixture {
    fn new() -> Self {
        Fixture::with(Options { login: Some("u".into()), passcode: Some("p".into()), ..Options::default() })
    }

    fn with(options: Options) -> Self {
        let mut fixture =
            Fixture { client: Client::new(options, Millis(0)), outputs: Vec::new(), socket: 0, now: Millis(0) };
        fixture.drain();
        fixture
    }

    fn connected() -> Self {
        let mut fixture = Fixture::new();
        fixture.log_in();
        fixture
    }

    fn drain(&mut self) {
        self.outputs = std::iter::from_fn(|| self.client.poll_output()).collect();
        let opened = self.outputs.iter().filter_map(|output| match output {
            Output::OpenSocket(socket) => Some(*socket),
            _ => None,
        });
        self.socket = opened.last().unwrap_or(self.socket);
    }

    /// A client of a server that agreed on soft errors.
    fn agreed() -> Self {
        let mut fixture = Fixture::with(Options { dedup_prefix: "id".into(), ..Options::default() });
        fixture.log_in_agreed();
        fixture
    }

    fn log_in(&mut self) {
        self.client.handle_open(self.socket);
        self.drain();
        self.receive("CONNECTED\nversion:1.2\nheart-beat:4000,4000\n\n\0");
    }

    fn log_in_agreed(&mut self) {
        self.client.handle_open(self.socket);
        self.drain();
        self.receive("CONNECTED\nversion:1.2\nheart-beat:0,0\nx-soft-errors:true\n\n\0");
    }

    /// The connection is lost, and the next one is there when `milliseconds` have passed.
    fn reconnect_after(&mut self, milliseconds: u64) {
        self.lose();
        self.advance(milliseconds);
        assert!(self.opens(), "{:?}", self.outputs);
        self.log_in_agreed();
    }

    fn receive(&mut self, octets: &str) {
        self.client.handle_input(self.socket, Bytes::copy_from_slice(octets.as_bytes()), self.now, 1.0);
        self.drain();
    }

    fn lose(&mut self) {
        self.client.handle_closed(self.socket, self.now, 1.0);
        self.drain();
    }

    fn advance(&mut self, milliseconds: u64) {
        self.now = self.now + milliseconds;
        self.client.handle_timeout(self.now, 1.0);
        self.drain();
    }

    fn publish(&mut self, body: &'static str) -> u64 {
        self.try_publish(PUBLISH, body).unwrap()
    }

    fn try_publish(&mut self, request: PublishRequest<'_>, body: &'static str) -> Result<u64, Error> {
        let number = self.client.publish(request, [("a", "b")], Bytes::from_static(body.as_bytes()), self.now);
        self.drain();
        number
    }

    fn subscribe(&mut self) -> u32 {
        let number = self.client.subscribe(request());
        self.drain();
        number.unwrap()
    }

    fn subscribe_to(&mut self, destination: &str, headers: &[(&str, &str)]) -> u32 {
        let headers = headers.iter().copied().collect();
        let request = SubscribeRequest { destination: destination.into(), headers, ..request() };
        let number = self.client.subscribe(request).unwrap();
        self.receive(&format!("RECEIPT\nreceipt-id:s{number}\n\n\0"));
        number
    }

    fn gaps(&self) -> Vec<(u32, GapReason, Option<u64>)> {
        let gaps = self.outputs.iter().filter_map(|output| match output {
            Output::Gap { subscription, reason, count } => Some((*subscription, *reason, *count)),
            _ => None,
        });
        gaps.collect()
    }

    fn settle(&mut self, epoch: u32, settlement: Settlement<'_>) {
        self.client.settle("1-1", epoch, settlement, None).unwrap();
        self.drain();
    }

    /// The octets that were sent, as text.
    fn sent(&self) -> String {
        let sent = self.outputs.iter().filter_map(|output| match output {
            Output::Send(octets) => Some(String::from_utf8_lossy(octets)),
            _ => None,
        });
        sent.collect()
    }

    fn has(&self, output: &Output) -> bool {
        self.outputs.contains(output)
    }

    fn opens(&self) -> bool {
        self.has(&Output::OpenSocket(self.socket))
    }

    fn closes(&self) -> bool {
        self.has(&Output::CloseSocket(self.socket))
    }

    fn failure(&self) -> Option<(u64, &str)> {
        self.failures().first().copied()
    }

    fn failures(&self) -> Vec<(u64, &str)> {
        let failures = self.outputs.iter().filter_map(|output| match output {
            Output::Failed { publish, error } => Some((*publish, &*error.code)),
            _ => None,
        });
        failures.collect()
    }

    fn closed_with(&self) -> Option<&str> {
        self.outputs.iter().find_map(|output| match output {
            Output::Closed(error) => Some(error.as_ref().map_or("", |error| &error.code)),
            _ => None,
        })
    }
}

#[test]
fn it_opens_a_socket_and_logs_in() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.outputs, [Output::State(State::Connecting), Output::OpenSocket(1)]);
    fixture.client.handle_open(fixture.socket);
    fixture.drain();
    assert_eq!(
        fixture.sent(),
        "CONNECT\naccept-version:1.2\nhost:/\nheart-beat:10000,10000\nx-soft-errors:true\nx-ws-frame:binary\nx-ws-pack:true\nlogin:u\npasscode:p\n\n\0"
    );
    fixture.receive("CONNECTED\nversion:1.2\n\n\0");
    assert_eq!(fixture.outputs, [Output::State(State::Connected)]);
}

#[test]
fn a_publish_is_confirmed_by_its_receipt() {
    let mut fixture = Fixture::connected();
    let number = fixture.publish("x");
    assert_eq!(fixture.sent(), "SEND\ndestination:/queue/q\nreceipt:p1\na:b\ncontent-length:1\n\nx\0");
    fixture.receive("RECEIPT\nreceipt-id:p1\nrouted:2\n\n\0");
    assert_eq!(
        fixture.outputs,
        [Output::Confirmed { publish: number, routed: Some(2), duplicate: false, offset: None }]
    );
}

#[test]
fn what_was_not_sent_waits_and_what_was_sent_fails_with_a_server_that_cannot_tell_copies_apart() {
    let mut fixture = Fixture::connected();
    let sent = fixture.publish("sent");
    fixture.lose();
    assert_eq!(fixture.failure(), Some((sent, "connection-lost")));
    assert!(fixture.has(&Output::State(State::Waiting)));
    let waiting = fixture.publish("waiting");
    assert_eq!(fixture.sent(), "");
    fixture.advance(250);
    assert!(fixture.opens());
    fixture.log_in();
    assert!(fixture.sent().contains("waiting"), "{}", fixture.sent());
    fixture.receive(&format!("RECEIPT\nreceipt-id:p{waiting}\n\n\0"));
    assert_eq!(fixture.outputs, [Output::Confirmed { publish: waiting, routed: None, duplicate: false, offset: None }]);
}

#[test]
fn a_publish_to_a_stream_is_confirmed_with_its_offset() {
    let mut fixture = Fixture::connected();
    let publish = fixture.publish("x");
    fixture.receive("RECEIPT\nreceipt-id:p1\nrouted:1\nx-stream-offset:0\n\n\0");
    let confirmed = Output::Confirmed { publish, routed: Some(1), duplicate: false, offset: Some(0) };
    assert_eq!(fixture.outputs, [confirmed]);
}

#[test]
fn subscriptions_are_restored_on_every_connection() {
    let mut fixture = Fixture::connected();
    let number = fixture.subscribe();
    let frame = "SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client\nreceipt:s1\nprefetch-count:5\n\n\0";
    assert_eq!(fixture.sent(), frame);
    fixture.receive("RECEIPT\nreceipt-id:s1\n\n\0MESSAGE\nsubscription:1\nack:1-1\n\nx\0");
    assert!(matches!(&fixture.outputs[..], [Output::Subscribed(1), Output::Message { epoch: 1, .. }]));
    fixture.lose();
    fixture.advance(250);
    fixture.log_in();
    assert_eq!(fixture.sent(), frame);
    fixture.settle(1, Settlement::Ack);
    assert_eq!(fixture.sent(), "", "a delivery of the lost connection is not settled on the new one");
    fixture.settle(2, Settlement::Nack { requeue: false, delay: None, reason: Some("no") });
    assert_eq!(fixture.sent(), "NACK\nid:1-1\nrequeue:false\nreason:no\n\n\0");
    fixture.settle(2, Settlement::Nack { requeue: true, delay: Some(500), reason: None });
    assert_eq!(fixture.sent(), "NACK\nid:1-1\ndelay:500\n\n\0");
    fixture.client.unsubscribe(number);
    fixture.receive("RECEIPT\nreceipt-id:u1\n\n\0MESSAGE\nsubscription:1\n\nlate\0");
    assert!(fixture.has(&Output::Unsubscribed(1)));
    assert_eq!(fixture.outputs.len(), 2, "{:?}", fixture.outputs);
}

#[test]
fn a_subscription_goes_on_until_the_server_says_that_it_has_ended() {
    let mut fixture = Fixture::connected();
    let number = fixture.subscribe();
    fixture.client.unsubscribe(number);
    fixture.receive("MESSAGE\nsubscription:1\nack:a\n\non its way\0RECEIPT\nreceipt-id:u1\n\n\0");
    let outputs = &fixture.outputs[..];
    assert!(matches!(outputs, [_, Output::Message { subscription: 1, .. }, Output::Unsubscribed(1)]), "{outputs:?}");
}

#[test]
fn a_refused_subscription_is_not_tried_again_and_the_others_are() {
    let mut fixture = Fixture::connected();
    fixture.subscribe();
    fixture.subscribe();
    fixture.receive("ERROR\nmessage:no\nx-code:forbidden\nreceipt-id:s2\n\n\0");
    let refused = |output: &Output| matches!(output, Output::SubscriptionFailed { subscription: 2, error } if error.code == "forbidden");
    assert!(fixture.outputs.iter().any(refused), "{:?}", fixture.outputs);
    assert!(fixture.closes());
    fixture.advance(250);
    fixture.log_in();
    assert!(fixture.sent().contains("id:1\n") && !fixture.sent().contains("id:2\n"));
}

#[test]
fn a_refused_publish_fails_alone() {
    let mut fixture = Fixture::connected();
    let number = fixture.publish("x");
    fixture.receive("ERROR\nmessage:no\nx-code:bad-destination\nreceipt-id:p1\n\n\0");
    assert_eq!(fixture.failure(), Some((number, "bad-destination")));
    assert!(fixture.has(&Output::State(State::Waiting)));
}

#[test]
fn wrong_credentials_end_the_loop() {
    let mut fixture = Fixture::new();
    fixture.publish("x");
    fixture.client.handle_open(fixture.socket);
    fixture.receive("ERROR\nmessage:user or password is wrong\nx-code:auth-failed\n\n\0");
    assert_eq!(fixture.closed_with(), Some("auth-failed"));
    assert_eq!(fixture.failure(), Some((1, "auth-failed")));
    assert_eq!(fixture.client.poll_timeout(), None);
    assert_eq!(fixture.try_publish(PUBLISH, "").unwrap_err().code, "closed");
}

#[test]
fn it_gives_up_after_as_many_attempts_as_it_is_told() {
    let reconnect = Some(Reconnect { max_attempts: Some(1), ..Reconnect::default() });
    let mut fixture = Fixture::with(Options { reconnect, ..Options::default() });
    fixture.lose();
    assert_eq!(fixture.closed_with(), None);
    fixture.advance(250);
    fixture.lose();
    assert_eq!(fixture.closed_with(), Some("connect-failed"));
    let mut once = Fixture::with(Options { reconnect: None, ..Options::default() });
    once.lose();
    assert_eq!(once.closed_with(), Some("connect-failed"));
}

#[test]
fn a_server_that_does_not_answer_in_time_is_given_up() {
    let mut fixture = Fixture::new();
    fixture.client.handle_open(fixture.socket);
    fixture.drain();
    fixture.advance(9_999);
    assert!(fixture.outputs.is_empty());
    fixture.advance(1);
    assert!(fixture.closes() && fixture.has(&Output::State(State::Waiting)));
}

#[test]
fn heart_beats_go_out_and_a_silent_server_is_noticed() {
    let mut fixture = Fixture::connected();
    fixture.advance(5_000);
    assert_eq!(fixture.sent(), "\n");
    fixture.receive("\n");
    fixture.advance(20_000);
    assert!(fixture.closes(), "{:?}", fixture.outputs);
}

#[test]
fn close_waits_for_what_was_sent() {
    let mut fixture = Fixture::connected();
    fixture.publish("x");
    fixture.subscribe();
    fixture.client.close(fixture.now);
    fixture.drain();
    assert_eq!(fixture.sent(), "DISCONNECT\nreceipt:bye\n\n\0");
    fixture.receive("RECEIPT\nreceipt-id:p1\n\n\0RECEIPT\nreceipt-id:bye\n\n\0");
    let expected = [
        Output::Confirmed { publish: 1, routed: None, duplicate: false, offset: None },
        Output::CloseSocket(1),
        Output::Unsubscribed(1),
        Output::State(State::Closed),
        Output::Closed(None),
    ];
    assert_eq!(fixture.outputs, expected);
}

#[test]
fn close_does_not_wait_for_ever() {
    let mut fixture = Fixture::connected();
    fixture.client.close(fixture.now);
    fixture.advance(CLOSE_TIME);
    assert_eq!(fixture.closed_with(), Some(""));
    fixture.client.close(fixture.now);
    fixture.drain();
    assert!(fixture.outputs.is_empty());
}

#[test]
fn a_connection_that_is_cut_again_and_again_is_made_ever_more_seldom() {
    let mut fixture = Fixture::connected();
    for delay in [250, 500, 1_000] {
        fixture.lose();
        fixture.advance(delay - 1);
        assert!(!fixture.opens());
        fixture.advance(1);
        assert!(fixture.opens());
        fixture.log_in();
    }
    fixture.advance(STABLE_TIME);
    fixture.lose();
    fixture.advance(250);
    assert!(fixture.opens(), "it had lasted");
}
