//! Streams: where a subscription goes on after a reconnect, and what is told when something may be missing.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const CHANGED: &str = "ERROR\nmessage:it is another\nx-code:epoch-changed\nx-fatal:false\n";

impl Fixture {
    fn read(&mut self, ack: AckMode, headers: &[(&str, &str)]) -> u32 {
        let headers = headers.iter().copied().collect();
        let request = SubscribeRequest { destination: "/stream/s".into(), ack, headers, ..request() };
        let number = self.client.subscribe(request).unwrap();
        self.drain();
        number
    }

    fn confirm(&mut self, number: u32) {
        self.receive(&format!("RECEIPT\nreceipt-id:s{number}\n\n\0"));
    }

    /// A stream's message comes, of the epoch `e`.
    fn deliver(&mut self, subscription: u32, offset: u64) {
        self.receive(&format!(
            "MESSAGE\nsubscription:{subscription}\nx-stream-offset:{offset}\nx-stream-epoch:e\n\n\0"
        ));
    }

    /// The same, to be settled.
    fn hand(&mut self, subscription: u32, offset: u64, ack_id: &str) {
        self.receive(&format!(
            "MESSAGE\nsubscription:{subscription}\nack:{ack_id}\nx-stream-offset:{offset}\nx-stream-epoch:e\n\n\0"
        ));
    }

    fn end(&mut self, ack_id: &str, settlement: Settlement<'_>, transaction: Option<u32>) {
        self.client.settle(ack_id, self.client.epoch(), settlement, transaction).unwrap();
        self.drain();
    }

    fn ack(&mut self, ack_id: &str) {
        self.end(ack_id, Settlement::Ack, None);
    }

    /// The next connection is there at once.
    fn reconnect(&mut self) {
        self.lose();
        self.client.handle_wake(self.now);
        self.drain();
        self.log_in_agreed();
    }

    /// What the only SUBSCRIBE of those that were sent says of a header.
    fn said(&self, name: &str) -> Option<String> {
        assert_eq!(self.sent().matches("SUBSCRIBE\n").count(), 1, "{}", self.sent());
        let sent = self.sent();
        let value = sent.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.map(str::to_owned)
    }

    fn place(&self) -> (Option<String>, Option<String>) {
        (self.said("x-stream-offset"), self.said("x-stream-epoch"))
    }

    /// Where the next connection goes on.
    fn restart(&mut self) -> u64 {
        self.reconnect();
        self.said("x-stream-offset").unwrap().strip_prefix("offset=").unwrap().parse().unwrap()
    }
}

fn nack(requeue: bool) -> Settlement<'static> {
    Settlement::Nack { requeue, delay: None, reason: None }
}

#[test]
fn a_reader_goes_on_behind_the_last_message_wherever_it_began() {
    let starts: [&[(&str, &str)]; 6] = [
        &[],
        &[("x-stream-offset", "next")],
        &[("x-stream-offset", "first")],
        &[("x-stream-offset", "last"), ("x-stream-filter", "a")],
        &[("x-stream-offset", "offset=3"), ("x-stream-epoch", "e")],
        &[("x-stream-offset", "timestamp=1.5")],
    ];
    for headers in starts {
        let mut fixture = Fixture::agreed();
        let number = fixture.read(AckMode::Auto, headers);
        fixture.confirm(number);
        for offset in [7, 9] {
            fixture.deliver(number, offset);
        }
        fixture.reconnect();
        assert_eq!(fixture.place(), (Some("offset=10".into()), Some("e".into())), "{headers:?}");
        assert_eq!(fixture.gaps(), []);
        fixture.reconnect();
        assert_eq!(fixture.said("x-stream-offset").as_deref(), Some("offset=10"), "nothing came meanwhile");
    }
}

#[test]
fn who_has_seen_nothing_begins_as_before_and_is_told_where_that_leaves_something_out() {
    for (start, is_lost) in [
        (None, true),
        (Some("next"), true),
        (Some("last"), true),
        (Some("first"), false),
        (Some("offset=5"), false),
        (Some("timestamp=1.5"), false),
        (Some("resume"), false),
    ] {
        let mut fixture = Fixture::agreed();
        let headers: Vec<_> = start.map(|start| ("x-stream-offset", start)).into_iter().collect();
        let number = fixture.read(AckMode::Auto, &headers);
        fixture.reconnect();
        assert_eq!(fixture.gaps(), [], "it had not begun: {start:?}");
        fixture.confirm(number);
        fixture.reconnect();
        assert_eq!(fixture.place(), (start.map(str::to_owned), None));
        assert_eq!(fixture.gaps().contains(&(number, GapReason::Reconnected, None)), is_lost, "{start:?}");
    }
}

#[test]
fn where_the_server_keeps_the_place_it_is_asked_for_it_again() {
    let named = ("durable-subscription-name", "n");
    let starts: [&[(&str, &str)]; 4] = [
        &[("x-stream-offset", "resume"), named],
        &[("x-stream-offset", "last"), named],
        &[("x-consumer-group", "g")],
        &[("x-stream-offset", "first"), ("x-consumer-group", "g")],
    ];
    for headers in starts {
        let mut fixture = Fixture::agreed();
        let number = fixture.read(AckMode::ClientIndividual, headers);
        fixture.confirm(number);
        fixture.hand(number, 7, "1-1");
        fixture.reconnect();
        let start = headers.iter().find(|(name, _)| *name == "x-stream-offset").map(|(_, value)| (*value).to_owned());
        assert_eq!((fixture.place(), fixture.gaps()), ((start, None), vec![]));
        let other = format!("MESSAGE\nsubscription:{number}\nx-stream-offset:0\nx-stream-epoch:f\n\n\0");
        fixture.receive(&other);
        assert_eq!(fixture.gaps(), [(number, GapReason::Recreated, None)]);
        fixture.receive(&other);
        assert_eq!(fixture.gaps(), []);
    }
}

#[test]
fn a_stream_that_was_created_anew_is_read_from_its_beginning() {
    let mut fixture = Fixture::agreed();
    let start = [("x-stream-offset", "offset=3"), ("x-stream-epoch", "e"), ("x-stream-filter", "a")];
    let number = fixture.read(AckMode::Client, &start);
    fixture.hand(number, 7, "1-1");
    fixture.reconnect();
    assert_eq!(fixture.place(), (Some("offset=7".into()), Some("e".into())));
    fixture.receive(&format!("{CHANGED}receipt-id:s{number}\nsubscription:{number}\n\n\0"));
    assert_eq!(fixture.gaps(), [(number, GapReason::Recreated, None)]);
    assert_eq!(fixture.place(), (Some("first".into()), None));
    assert_eq!(fixture.said("x-stream-filter").as_deref(), Some("a"));
    assert_eq!(fixture.outputs.len(), 2, "{:?}", fixture.outputs);
    fixture.confirm(number);
    fixture.reconnect();
    assert_eq!(fixture.place(), (Some("first".into()), None), "nothing came yet");
    assert_eq!(fixture.gaps(), []);
    fixture.receive(&format!("MESSAGE\nsubscription:{number}\nx-stream-offset:0\nx-stream-epoch:f\n\n\0"));
    assert_eq!(fixture.gaps(), [], "it was told");
    fixture.reconnect();
    assert_eq!(fixture.place(), (Some("offset=1".into()), Some("f".into())));
}

#[test]
fn who_names_an_epoch_is_told_when_it_is_another() {
    let mut fixture = Fixture::agreed();
    let number = fixture.read(AckMode::Auto, &[("x-stream-offset", "offset=3"), ("x-stream-epoch", "d")]);
    fixture.receive(&format!("{CHANGED}receipt-id:s{number}\n\n\0"));
    let is_refused = |output: &Output| {
        matches!(output, Output::SubscriptionFailed { subscription, error }
            if *subscription == number && error.code == "epoch-changed")
    };
    assert!(fixture.outputs.iter().any(is_refused), "{:?}", fixture.outputs);
    fixture.reconnect();
    assert!(!fixture.sent().contains("SUBSCRIBE"));
}

#[test]
fn what_is_not_settled_comes_again_and_with_it_what_is_behind_it() {
    let mut fixture = Fixture::agreed();
    let number = fixture.read(AckMode::ClientIndividual, &[]);
    for offset in 5..8 {
        fixture.hand(number, offset, &format!("1-{offset}"));
    }
    fixture.ack("1-6");
    assert_eq!(fixture.restart(), 5);
    fixture.client.settle("1-5", 1, Settlement::Ack, None).unwrap(); // of the connection that is lost: it comes again
    fixture.hand(number, 5, "1-1");
    fixture.ack("1-1");
    assert_eq!(fixture.restart(), 6, "7 was not settled, though it did not come again");
    for offset in 6..8 {
        fixture.hand(number, offset, &format!("1-{offset}"));
    }
    fixture.ack("1-7");
    assert_eq!(fixture.restart(), 6);
    for offset in 6..8 {
        fixture.hand(number, offset, &format!("1-{offset}"));
        fixture.ack(&format!("1-{offset}"));
    }
    assert_eq!(fixture.restart(), 8);
    assert_eq!(fixture.gaps(), []);
}

#[test]
fn an_ack_that_covers_what_came_before_covers_it_of_its_subscription_alone() {
    let mut fixture = Fixture::agreed();
    let other = fixture.read(AckMode::Client, &[]);
    let number = fixture.read(AckMode::Client, &[]);
    fixture.hand(other, 3, "1-1");
    for offset in 5..9 {
        fixture.hand(number, offset, &format!("2\\c{offset}"));
    }
    fixture.ack("2:7");
    fixture.reconnect();
    let sent = fixture.sent();
    assert!(sent.contains("offset=3\n") && sent.contains("offset=8\n"), "{sent}");
}

#[test]
fn what_is_given_back_is_not_settled_before_it_came_again() {
    for ack in [AckMode::Client, AckMode::ClientIndividual] {
        let mut fixture = Fixture::agreed();
        let number = fixture.read(ack, &[]);
        for offset in 5..8 {
            fixture.hand(number, offset, &format!("1-{offset}"));
        }
        fixture.end("1-5", nack(true), None);
        fixture.ack("1-6");
        fixture.end("1-7", nack(false), None);
        assert_eq!(fixture.restart(), 5);
        fixture.hand(number, 5, "1-1");
        fixture.end("1-1", nack(true), None);
        fixture.hand(number, 6, "1-2");
        fixture.hand(number, 5, "1-3");
        fixture.ack("1-2");
        fixture.ack("1-3");
        assert_eq!(fixture.restart(), 7);
    }
}

#[test]
fn a_transaction_settles_when_it_is_committed() {
    let cases = [(true, "RECEIPT\nreceipt-id:c1\n\n\0", 6), (true, "", 5), (false, "RECEIPT\nreceipt-id:a1\n\n\0", 5)];
    let refused = (true, "ERROR\nx-code:not-found\nx-fatal:false\nreceipt-id:c1\n\n\0", 5);
    for (commit, answer, restart) in cases.into_iter().chain([refused]) {
        let mut fixture = Fixture::agreed();
        let number = fixture.read(AckMode::ClientIndividual, &[]);
        fixture.hand(number, 5, "1-5");
        let transaction = fixture.client.begin().unwrap();
        fixture.end("1-5", Settlement::Ack, Some(transaction));
        fixture.client.end_transaction(transaction, commit);
        fixture.receive(answer);
        assert_eq!(fixture.restart(), restart, "{answer}");
    }
    let mut fixture = Fixture::agreed();
    let number = fixture.read(AckMode::ClientIndividual, &[]);
    fixture.hand(number, 5, "1-5");
    let transaction = fixture.client.begin().unwrap();
    fixture.end("1-5", Settlement::Ack, Some(transaction));
    fixture.client.end_transaction(transaction, false);
    fixture.receive("RECEIPT\nreceipt-id:a1\n\n\0");
    fixture.ack("1-5");
    assert_eq!(fixture.restart(), 6, "what was given up can be settled");
}

#[test]
fn what_other_servers_did_not_keep_is_found_out_here() {
    let mut fixture = Fixture::connected();
    let stream = fixture.subscribe_to("/amq/queue/stream", &[("x-stream-offset", "first")]);
    let filtered = fixture.subscribe_to("/amq/queue/stream", &[("x-stream-offset", "first"), ("x-stream-filter", "a")]);
    let queue = fixture.subscribe_to("/queue/q", &[]);
    for (subscription, offset) in [(stream, 7), (stream, 9), (filtered, 9), (queue, 3)] {
        fixture.deliver(subscription, offset);
        assert_eq!(fixture.gaps(), [], "streams may leave numbers out");
    }
    fixture.lose();
    fixture.advance(250);
    fixture.log_in();
    assert_eq!(fixture.sent().matches("x-stream-offset:offset=10\n").count(), 2);
    fixture.deliver(stream, 15);
    assert_eq!(fixture.gaps(), [(stream, GapReason::Retention, Some(5))]);
    for (subscription, offset) in [(stream, 17), (filtered, 15)] {
        fixture.deliver(subscription, offset);
        assert_eq!(fixture.gaps(), []);
    }
    let mut ours = Fixture::agreed();
    let number = ours.read(AckMode::Auto, &[]);
    ours.deliver(number, 7);
    ours.reconnect();
    ours.deliver(number, 15);
    assert_eq!(ours.gaps(), [], "it tells itself");
}

/// A stream, the connection to its one reader, and what that has done.
struct Model {
    fixture: Fixture,
    ack: AckMode,
    epoch: u32,
    end: u64,
    /// What is read next; `None`: nobody reads.
    next: u64,
    /// What was given back.
    returned: VecDeque<u64>,
    /// What was delivered on this connection and is not settled, by delivery.
    unsettled: BTreeMap<u64, u64>,
    last_delivery: u64,
    /// Of this epoch.
    delivered: Vec<u64>,
    done: BTreeSet<u64>,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Append,
    Deliver,
    Settle { which: usize, how: Settlement<'static> },
    Reconnect,
    Recreate,
}

fn step() -> impl Strategy<Value = Step> {
    let how = prop_oneof![3 => Just(Settlement::Ack), 1 => any::<bool>().prop_map(nack)];
    prop_oneof![
        8 => Just(Step::Append),
        8 => Just(Step::Deliver),
        6 => (0usize..8, how).prop_map(|(which, how)| Step::Settle { which, how }),
        2 => Just(Step::Reconnect),
        1 => Just(Step::Recreate),
    ]
}

impl Model {
    fn new(ack: AckMode) -> Self {
        let mut fixture = Fixture::agreed();
        let number = fixture.read(ack, &[("x-stream-offset", "first")]);
        fixture.confirm(number);
        Model {
            fixture,
            ack,
            epoch: 0xa,
            end: 0,
            next: 0,
            returned: VecDeque::new(),
            unsettled: BTreeMap::new(),
            last_delivery: 0,
            delivered: Vec::new(),
            done: BTreeSet::new(),
        }
    }

    fn handle(&mut self, step: Step) {
        match step {
            Step::Append => self.end += 1,
            Step::Deliver => self.deliver(),
            Step::Settle { which, how } => self.settle(which, how),
            Step::Reconnect => self.reconnect(),
            Step::Recreate => {
                self.epoch += 1;
                (self.end, self.delivered, self.done) = Default::default();
                self.reconnect();
            }
        }
    }

    fn deliver(&mut self) {
        let offset = match self.returned.pop_front() {
            Some(offset) => offset,
            None if self.next < self.end => {
                self.next += 1;
                self.next - 1
            }
            None => return,
        };
        self.last_delivery += 1;
        let delivery = self.last_delivery;
        let ack = if self.ack == AckMode::Auto { String::new() } else { format!("ack:1-{delivery}\n") };
        let epoch = self.epoch;
        self.fixture.receive(&format!(
            "MESSAGE\nsubscription:1\n{ack}x-stream-offset:{offset}\nx-stream-epoch:{epoch:x}\n\n\0"
        ));
        assert!(matches!(self.fixture.outputs[..], [Output::Message { .. }]), "{:?}", self.fixture.outputs);
        self.delivered.push(offset);
        if self.ack != AckMode::Auto {
            self.unsettled.insert(delivery, offset);
        }
    }

    fn settle(&mut self, which: usize, how: Settlement<'static>) {
        let Some(&delivery) = self.unsettled.keys().nth(which) else { return };
        self.fixture.end(&format!("1-{delivery}"), how, None);
        let is_hit = |hit: u64| hit == delivery || (self.ack == AckMode::Client && hit < delivery);
        let hits: Vec<u64> = self.unsettled.keys().copied().filter(|hit| is_hit(*hit)).collect();
        for hit in hits {
            let offset = self.unsettled.remove(&hit).unwrap();
            if how == nack(true) {
                self.returned.push_back(offset);
            } else {
                self.done.insert(offset);
            }
        }
    }

    fn reconnect(&mut self) {
        (self.returned, self.unsettled, self.last_delivery) = Default::default();
        self.fixture.reconnect();
        assert_eq!(self.fixture.gaps(), []);
        let (mut offset, epoch) = self.fixture.place();
        if epoch.is_some_and(|epoch| epoch != format!("{:x}", self.epoch)) {
            self.fixture.receive(&format!("{CHANGED}receipt-id:s1\n\n\0"));
            assert_eq!(self.fixture.gaps(), [(1, GapReason::Recreated, None)]);
            let place = self.fixture.place();
            assert_eq!(place.1, None);
            offset = place.0;
        }
        self.next = match offset.as_deref() {
            Some("first") => 0,
            offset => offset.unwrap().strip_prefix("offset=").unwrap().parse().unwrap(),
        };
        self.fixture.confirm(1);
    }

    /// All that is there comes, and is settled.
    fn end(&mut self) {
        for _ in 0..1_000 {
            self.deliver();
            self.settle(0, Settlement::Ack);
        }
        assert!(self.unsettled.is_empty() && self.next == self.end);
        match self.ack {
            AckMode::Auto => assert!(self.delivered.iter().copied().eq(0..self.end), "{:?}", self.delivered),
            _ => assert!(self.done.iter().copied().eq(0..self.end), "{:?}", self.done),
        }
        self.reconnect();
        assert_eq!(self.next, self.end, "nothing comes again");
    }
}

proptest! {
    #[test]
    fn each_message_comes_once_or_until_it_is_settled(
        ack in prop_oneof![Just(AckMode::Auto), Just(AckMode::Client), Just(AckMode::ClientIndividual)],
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut model = Model::new(ack);
        for step in steps {
            model.handle(step);
        }
        model.end();
    }
}
