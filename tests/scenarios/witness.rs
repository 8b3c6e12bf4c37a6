//! Somebody who publishes, takes and acks, and remembers what the server has confirmed: what can be held against it after it has died.

use acceptance::{Client, Frame, Server, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Two queues, and a stream that keeps everything.
const QUEUES: [&str; 2] = ["a", "b"];
const STREAM: &str = "s";
/// A stream that keeps little, in small files.
const SHORT: &str = "short";
const SHORT_HEADERS: [(&str, &str); 2] =
    [("x-max-length-bytes", "1500000"), ("x-stream-max-segment-size-bytes", "100000")];
/// Who reads the stream together.
const GROUP: [(&str, &str); 3] =
    [("ack", "client-individual"), ("x-consumer-group", "g"), ("x-stream-offset", "resume")];

/// Receipts that are waited for at most: more syncs are for the same work then.
const UNANSWERED: usize = 64;

/// Numbers that look random (Knuth's constants).
pub(crate) struct Random(u64);

impl Random {
    /// Those of `WHARF_SEED`, or other ones each time; the seed is printed.
    pub(crate) fn seeded() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
        let seed = number_of("WHARF_SEED").unwrap_or(now.subsec_nanos().into());
        eprintln!("WHARF_SEED={seed}");
        Random(seed)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// A number in the environment.
pub(crate) fn number_of(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// What is known of a queue: by the numbers of messages, which stand in their bodies.
#[derive(Debug, Default)]
struct Queue {
    receipted: BTreeSet<u64>,
    /// Acked, whether the server has confirmed it or not.
    acked: BTreeSet<u64>,
    confirmed: BTreeSet<u64>,
}

/// What is known of a stream.
#[derive(Debug, Default)]
struct Stream {
    /// Numbers of messages by the offsets that receipts have told.
    receipted: BTreeMap<u64, u64>,
    /// Offsets that the group has acked, whether the server has confirmed it or not.
    acked: BTreeSet<u64>,
    confirmed: BTreeSet<u64>,
}

/// What the server holds in the end.
#[derive(Debug)]
pub(crate) struct Held {
    queues: [Vec<u64>; 2],
    stream: BTreeMap<u64, u64>,
    short: BTreeMap<u64, u64>,
    /// Where the group goes on.
    group: u64,
}

/// What the clients know.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    sent: u64,
    queues: BTreeMap<&'static str, Queue>,
    stream: Stream,
    short: Stream,
    /// Transactions, and whether the server has confirmed them.
    transactions: BTreeMap<u64, bool>,
}

/// The connections while a server lives.
pub(crate) struct Life<'a> {
    witness: &'a mut Witness,
    producer: Client,
    consumer: Client,
    unanswered: usize,
    /// What came last, by subscription.
    last: BTreeMap<String, u64>,
    /// Acks of the group that others overtake.
    late: Vec<(u64, String)>,
}

impl Witness {
    /// Connects to a server.
    pub(crate) fn begin(&mut self, server: &Server) -> Life<'_> {
        let (producer, consumer) = (server.connect(Transport::Tcp, "1.2"), server.connect(Transport::Tcp, "1.2"));
        Life { witness: self, producer, consumer, unanswered: 0, last: BTreeMap::new(), late: Vec::new() }
    }

    /// Looks at all that the server holds, and holds it against what it has confirmed.
    pub(crate) fn check(&mut self, server: &Server) -> Held {
        let mut client = server.connect(Transport::Tcp, "1.2");
        let queues = QUEUES.map(|queue| self.check_queue(server, &mut client, queue));
        let stream = self.check_stream(&mut client, STREAM);
        let short = self.check_stream(&mut client, SHORT);
        let whole = stream.keys().copied().eq(0..stream.len() as u64);
        assert!(whole, "the stream keeps everything: from {:?} on", stream.first_key_value());
        let group = self.check_group(&mut client, &stream);
        let held = Held { queues, stream, short, group };
        self.check_transactions(&held);
        held
    }

    /// In two words.
    pub(crate) fn summary(&self) -> String {
        let acks: usize = self.queues.values().map(|queue| queue.confirmed.len()).sum();
        let receipts: usize = self.queues.values().map(|queue| queue.receipted.len()).sum();
        let (appends, group) = (self.stream.receipted.len(), self.stream.confirmed.len());
        let transactions = self.transactions.values().filter(|is_confirmed| **is_confirmed).count();
        let confirmed = "receipted into queues, and acked there";
        format!(
            "{receipts} {confirmed}: {acks}; into the stream: {appends}, by its group: {group}; transactions: {transactions}"
        )
    }

    fn check_queue(&self, server: &Server, client: &mut Client, queue: &str) -> Vec<u64> {
        let nothing = Queue::default();
        let known = self.queues.get(queue).unwrap_or(&nothing);
        let left: Vec<u64> = match server.queue(queue) {
            None => Vec::new(),
            Some(row) => {
                client.subscribe(queue, &format!("/queue/{queue}"), &[("ack", "client-individual")]);
                let count = row["messages"].as_u64().expect("it is a number");
                let left = (0..count).map(|_| number_in(&client.message())).collect();
                client.unsubscribe(queue);
                left
            }
        };
        assert!(left.is_sorted_by(|a, b| a < b), "order holds in {queue}, and nothing is twice: {left:?}");
        let lost: Vec<_> =
            known.receipted.iter().filter(|it| !left.contains(it) && !known.acked.contains(it)).collect();
        assert!(lost.is_empty(), "lost in {queue}: {lost:?}");
        let returned: Vec<_> = left.iter().filter(|it| known.confirmed.contains(it)).collect();
        assert!(returned.is_empty(), "returned in {queue}: {returned:?}");
        left
    }

    /// Reads all of a stream, up to a message that is appended for it.
    fn check_stream(&mut self, client: &mut Client, name: &str) -> BTreeMap<u64, u64> {
        self.sent += 1;
        let destination = format!("/stream/{name}");
        let receipt = client.request("SEND", &headers_of(name, &destination), self.sent.to_string());
        let last = offset_in(&receipt);
        client.subscribe(name, &destination, &[("x-stream-offset", "first")]);
        let mut read = BTreeMap::new();
        while !read.contains_key(&last) {
            let message = client.message();
            let (offset, before) = (offset_in(&message), read.last_key_value().map(|(offset, _)| *offset));
            assert!(before.is_none_or(|before| offset == before + 1), "no gap in {name}: {offset} after {before:?}");
            read.insert(offset, number_in(&message));
        }
        client.unsubscribe(name);
        let sent = self.sent;
        let known = self.stream_mut(name);
        let first = read.first_key_value().map_or(0, |(first, _)| *first);
        for (offset, number) in known.receipted.range(first..) {
            assert_eq!(read.get(offset), Some(number), "{name} has at offset {offset} what it said");
        }
        known.note_receipted(last, sent);
        read
    }

    /// Lets the group go on to the end of the stream. Returns where it began.
    fn check_group(&self, client: &mut Client, stream: &BTreeMap<u64, u64>) -> u64 {
        let Stream { acked, confirmed, .. } = &self.stream;
        client.subscribe("group", &format!("/stream/{STREAM}"), &GROUP);
        let end = stream.len() as u64;
        let first_of = |set: &BTreeSet<u64>| (0..end).find(|offset| !set.contains(offset)).unwrap_or(end);
        let (mut first, mut next) = (None, 0);
        while next < end {
            let message = client.message();
            let offset = offset_in(&message);
            assert!(first.is_none() || offset == next, "no gap for the group: {offset}, not {next}");
            first.get_or_insert(offset);
            next = offset + 1;
            assert_eq!(stream.get(&offset), Some(&number_in(&message)));
            let says_so = message.header("redelivered") == "true";
            assert!(says_so || !confirmed.contains(&offset), "the group has acked {offset}");
        }
        client.unsubscribe("group");
        let first = first.unwrap_or(end);
        assert!(first >= first_of(confirmed), "the group was at {}, and is at {first}", first_of(confirmed));
        assert!(first <= first_of(acked), "the group has not acked {}, and is at {first}", first_of(acked));
        first
    }

    /// Each is there as a whole or not at all.
    fn check_transactions(&self, held: &Held) {
        let appended: BTreeSet<u64> = held.stream.values().copied().collect();
        for (number, is_confirmed) in &self.transactions {
            let mut seen = vec![appended.contains(number)];
            for (queue, left) in QUEUES.iter().zip(&held.queues) {
                let known = self.queues.get(queue);
                let is_confirmed = known.is_some_and(|known| known.confirmed.contains(number));
                let may_be_gone = known.is_some_and(|known| known.acked.contains(number)) && !left.contains(number);
                if is_confirmed || !may_be_gone {
                    seen.push(is_confirmed || left.contains(number));
                }
            }
            let is_whole = seen.iter().all(|it| *it) || !seen.iter().any(|it| *it);
            assert!(is_whole, "of transaction {number} there is: {seen:?}");
            assert!(!is_confirmed || seen[0], "transaction {number} was confirmed");
        }
    }

    fn stream_mut(&mut self, name: &str) -> &mut Stream {
        if name == SHORT { &mut self.short } else { &mut self.stream }
    }
}

impl Held {
    /// Another start of the server has changed nothing.
    pub(crate) fn assert_same(&self, later: &Held) {
        assert_eq!(self.queues, later.queues);
        for (before, after) in [(&self.stream, &later.stream), (&self.short, &later.short)] {
            let first = after.first_key_value().map_or(0, |(first, _)| *first);
            assert!(before.range(first..).all(|(offset, number)| after.get(offset) == Some(number)));
        }
        assert_eq!(self.group, later.group, "nothing was acked in between");
    }
}

impl Stream {
    fn note_receipted(&mut self, offset: u64, number: u64) {
        let before = self.receipted.insert(offset, number);
        assert_eq!(before, None, "offset {offset} was given to {before:?} and {number}");
    }
}

impl Life<'_> {
    /// In a few words.
    pub(crate) fn summary(&self) -> String {
        format!("{} unanswered; {}", self.unanswered, self.witness.summary())
    }

    /// Takes from the queues, and from the stream as a member of the group.
    pub(crate) fn subscribe(&mut self) {
        for queue in QUEUES {
            let destination = format!("/queue/{queue}");
            let headers = [("id", queue), ("destination", &*destination), ("ack", "client-individual")];
            self.consumer.send("SUBSCRIBE", &headers, "");
        }
        let destination = format!("/stream/{STREAM}");
        self.consumer.send("SUBSCRIBE", &[&[("id", STREAM), ("destination", &*destination)], &GROUP[..]].concat(), "");
    }

    /// Publishes some messages, unless many are unanswered.
    pub(crate) fn publish(&mut self, count: u64, random: &mut Random) {
        for _ in 0..count {
            if self.unanswered >= UNANSWERED {
                return;
            }
            self.unanswered += 1;
            self.witness.sent += 1;
            let number = self.witness.sent;
            match random.below(8) {
                0..=2 => self.send(QUEUES[usize::from(random.below(2) == 0)], number),
                3..=4 => self.send(SHORT, number),
                5 => self.transact(number),
                _ => self.send(STREAM, number),
            }
        }
    }

    fn send(&mut self, target: &str, number: u64) {
        let destination = destination_of(target);
        let receipt = format!("{target}-{number}");
        let headers = [&headers_of(target, &destination)[..], &[("receipt", &receipt)]].concat();
        self.producer.send("SEND", &headers, body_of(target, number));
    }

    fn transact(&mut self, number: u64) {
        self.witness.transactions.insert(number, false);
        let transaction = number.to_string();
        let transaction = ("transaction", &*transaction);
        self.producer.send("BEGIN", &[transaction], "");
        for target in [QUEUES[0], STREAM, QUEUES[1]] {
            let destination = destination_of(target);
            let headers = [&headers_of(target, &destination)[..], &[transaction]].concat();
            self.producer.send("SEND", &headers, body_of(target, number));
        }
        self.producer.send("COMMIT", &[transaction, ("receipt", &format!("transaction-{number}"))], "");
    }

    /// Takes what the server says until it says nothing for a while, or is gone. Messages are acked if the server is there to hear it.
    pub(crate) fn listen(&mut self, acks: bool, silence: Duration) {
        while let Some(frame) = self.producer.poll_frame(Instant::now() + silence) {
            assert_eq!(frame.command, "RECEIPT", "{frame:?}");
            self.unanswered = self.unanswered.saturating_sub(1);
            self.note_receipt(&frame);
        }
        while let Some(frame) = self.consumer.poll_frame(Instant::now() + silence) {
            match frame.command.as_str() {
                "RECEIPT" => self.note_ack(frame.header("receipt-id")),
                "MESSAGE" => self.take(&frame, acks),
                other => panic!("{other} was not expected: {frame:?}"),
            }
        }
        for (offset, ack) in std::mem::take(&mut self.late) {
            if acks {
                self.ack(STREAM, offset, &ack);
            }
        }
    }

    /// How many appends and acks the server has confirmed.
    pub(crate) fn confirmed(&self) -> (usize, usize) {
        let acks: usize = self.witness.queues.values().map(|queue| queue.confirmed.len()).sum();
        (self.witness.stream.receipted.len(), acks.min(self.witness.stream.confirmed.len()))
    }

    fn note_receipt(&mut self, frame: &Frame) {
        let (target, number) = parts_of(frame.header("receipt-id"));
        let witness = &mut *self.witness;
        match target {
            "transaction" => {
                witness.transactions.insert(number, true);
                for queue in QUEUES {
                    witness.queues.entry(queue).or_default().receipted.insert(number);
                }
            }
            STREAM | SHORT => witness.stream_mut(target).note_receipted(offset_in(frame), number),
            queue => _ = witness.queues.entry(queue_of(queue)).or_default().receipted.insert(number),
        }
    }

    fn note_ack(&mut self, receipt: &str) {
        let (target, number) = parts_of(receipt);
        match target {
            STREAM => self.witness.stream.confirmed.insert(number),
            queue => self.witness.queues.entry(queue_of(queue)).or_default().confirmed.insert(number),
        };
    }

    fn take(&mut self, frame: &Frame, acks: bool) {
        let (subscription, ack) = (frame.header("subscription"), frame.header("ack"));
        let is_stream = subscription == STREAM;
        let number = if is_stream { offset_in(frame) } else { number_in(frame) };
        let before = self.last.insert(subscription.to_owned(), number);
        assert!(
            before.is_none_or(|before| before < number),
            "order holds: {number} after {before:?} in {subscription}"
        );
        if is_stream {
            let is_confirmed = self.witness.stream.confirmed.contains(&number);
            assert!(!is_confirmed || frame.header("redelivered") == "true", "the group has acked {number}");
            if number.is_multiple_of(8) {
                return self.late.push((number, ack.to_owned()));
            }
        } else {
            let known = self.witness.queues.entry(queue_of(subscription)).or_default();
            assert!(!known.confirmed.contains(&number), "{number} was acked, and that was confirmed");
            if number.is_multiple_of(16) {
                return; // some stay, to be counted in the end
            }
        }
        if acks {
            self.ack(subscription, number, ack);
        }
    }

    fn ack(&mut self, subscription: &str, number: u64, ack: &str) {
        match subscription {
            STREAM => self.witness.stream.acked.insert(number),
            queue => self.witness.queues.entry(queue_of(queue)).or_default().acked.insert(number),
        };
        self.consumer.send("ACK", &[("id", ack), ("receipt", &format!("{subscription}-{number}"))], "");
    }
}

fn destination_of(target: &str) -> String {
    match target {
        STREAM | SHORT => format!("/stream/{target}"),
        queue => format!("/queue/{queue}"),
    }
}

fn headers_of<'a>(target: &str, destination: &'a str) -> Vec<(&'a str, &'a str)> {
    let more = if target == SHORT { &SHORT_HEADERS[..] } else { &[] };
    [&[("destination", destination), ("persistent", "true")], more].concat()
}

/// Streams get more octets, so that they move to files of their own.
fn body_of(target: &str, number: u64) -> String {
    match target {
        STREAM | SHORT => format!("{number:<6000}"),
        _ => format!("{number:<1500}"),
    }
}

fn queue_of(name: &str) -> &'static str {
    QUEUES.into_iter().find(|queue| *queue == name).expect("it is one of the queues")
}

fn parts_of(receipt: &str) -> (&str, u64) {
    let (target, number) = receipt.split_once('-').expect("receipts are ours");
    (target, number.parse().expect("a number is in it"))
}

fn number_in(message: &Frame) -> u64 {
    message.text().trim_end().parse().expect("a number is the body")
}

fn offset_in(frame: &Frame) -> u64 {
    frame.header("x-stream-offset").parse().expect("an offset is a number")
}
