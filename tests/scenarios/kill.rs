//! A server that is killed again and again under load: what it has confirmed is there, and what it has confirmed to be gone
//! is not.
//!
//! `WHARF_KILLS` is how often, 20 by default; `WHARF_SEED` makes it the same as another time.

use acceptance::{Client, Directory, Launch, Transport, eventually};
use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const QUEUE: &str = "/queue/q";

/// What the client knows: by the numbers of messages, which stand in their bodies.
#[derive(Default)]
struct Known {
    sent: u64,
    receipted: BTreeSet<u64>,
    /// Acked, whether the server has confirmed it or not.
    acked: BTreeSet<u64>,
    confirmed_acks: BTreeSet<u64>,
}

impl Known {
    /// Takes what the server says until it says nothing for a while, or is gone.
    fn listen(&mut self, client: &mut Client, acks: bool, silence: Duration) {
        while let Some(frame) = client.poll_frame(Instant::now() + silence) {
            match frame.command.as_str() {
                "RECEIPT" => self.note(frame.header("receipt-id")),
                "MESSAGE" => {
                    let number: u64 = frame.text().trim_end().parse().expect("a number is the body");
                    assert!(!self.confirmed_acks.contains(&number), "{number} was acked, and the ack was confirmed");
                    if !acks || number.is_multiple_of(4) {
                        continue; // some stay, to be counted in the end
                    }
                    self.acked.insert(number);
                    let ack = frame.header("ack").to_owned();
                    client.send("ACK", &[("id", &ack), ("receipt", &format!("ack-{number}"))], "");
                }
                other => panic!("{other} was not expected: {frame:?}"),
            }
        }
    }

    fn note(&mut self, receipt: &str) {
        let (kind, number) = receipt.split_once('-').expect("receipts are ours");
        let number = number.parse().expect("a number is in it");
        match kind {
            "send" => _ = self.receipted.insert(number),
            _ => _ = self.confirmed_acks.insert(number),
        }
    }

    fn publish(&mut self, client: &mut Client, count: u64) {
        for _ in 0..count {
            self.sent += 1;
            let receipt = format!("send-{}", self.sent);
            let body = format!("{:<200}", self.sent);
            client.send("SEND", &[("destination", QUEUE), ("persistent", "true"), ("receipt", &receipt)], body);
        }
    }
}

/// Numbers that look random (Knuth's constants).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn number_of(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn nothing_confirmed_is_lost() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let seed = number_of("WHARF_SEED").unwrap_or(now.subsec_nanos().into());
    let kills = number_of("WHARF_KILLS").unwrap_or(20);
    println!("WHARF_SEED={seed}");
    let mut random = Random(seed);
    let directory = Directory::new();
    let launch = Launch::new().data_dir(directory.path().to_str().expect("the path is text"));
    let mut known = Known::default();
    for _ in 0..kills {
        let mut server = launch.start();
        let mut producer = server.connect(Transport::Tcp, "1.2");
        let mut consumer = server.connect(Transport::Tcp, "1.2");
        consumer.subscribe("1", QUEUE, &[("ack", "client-individual")]);
        let (receipts, acks) = (known.receipted.len(), known.confirmed_acks.len());
        known.publish(&mut producer, 20);
        eventually("messages come, and go", || {
            known.listen(&mut producer, true, Duration::from_millis(1));
            known.listen(&mut consumer, true, Duration::from_millis(1));
            (known.receipted.len() >= receipts + 20 && known.confirmed_acks.len() > acks).then_some(())
        });
        for _ in 0..random.below(6) {
            known.publish(&mut producer, 1 + random.below(100));
            known.listen(&mut consumer, true, Duration::from_millis(1 + random.below(10)));
            known.listen(&mut producer, true, Duration::from_millis(1 + random.below(10)));
        }
        // In the midst of both.
        known.publish(&mut producer, 1 + random.below(200));
        known.listen(&mut consumer, true, Duration::from_millis(random.below(3)));
        server.program().kill();
        known.listen(&mut producer, false, Duration::from_secs(1));
        known.listen(&mut consumer, false, Duration::from_secs(1));
    }
    let server = launch.start();
    let mut client = server.connect(Transport::Tcp, "1.2");
    let count = usize::try_from(server.queue_number("q", "messages")).expect("it fits");
    client.subscribe("1", QUEUE, &[("ack", "client-individual")]);
    let left = client.bodies(count);
    let left: Vec<u64> = left.iter().map(|body| body.trim_end().parse().expect("a number is the body")).collect();
    assert!(left.is_sorted(), "order holds: {left:?}");
    let left: BTreeSet<u64> = left.into_iter().collect();
    assert_eq!(left.len(), count, "nothing is there twice");
    let settled: BTreeSet<u64> = known.acked.union(&known.confirmed_acks).copied().collect();
    let lost: Vec<_> =
        known.receipted.iter().filter(|number| !left.contains(number) && !settled.contains(number)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let returned: Vec<_> = known.confirmed_acks.intersection(&left).collect();
    assert!(returned.is_empty(), "returned: {returned:?}");
    println!(
        "{kills} kills: {} sent, {} receipted, {} acks confirmed, {} left; 0 lost",
        known.sent,
        known.receipted.len(),
        known.confirmed_acks.len(),
        left.len()
    );
}
