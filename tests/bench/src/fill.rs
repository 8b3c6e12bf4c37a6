//! Filling queues with numbered persistent messages, and reading the first of them again.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use memchr::memmem;

use crate::acks::ack_id;
use crate::counter::Counter;
use crate::frames::FrameScanner;
use crate::interrupt;
use crate::report::one_line;
use crate::stomp::{self, PATH, body};
use crate::template::Template;
use crate::websocket::push_client_message;

/// Connections that fill at one time.
const SENDERS: usize = 4;
/// Octets of a body.
const BODY_OCTETS: usize = 1024;
/// Each so many messages one asks for a receipt, which stands for those before it: a connection's messages are kept in
/// their order.
const MESSAGES_PER_RECEIPT: u64 = 64;
/// Receipts that a connection may wait for.
const RECEIPTS_UNDER_WAY: u64 = 16;
/// Octets of one write.
const BLOCK_OCTETS: usize = 64 * 1024;

/// What a body starts with: who sent it, and which of this sender's messages to the queue it is.
const SENDER_MARK: &str = "@@@@";
const NUMBER_MARK: &str = "++++++++++";
/// Stands for the queue's number in a destination.
const QUEUE_MARK: &str = "#####";

/// Messages of 1 KiB in durable queues.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    /// How many queues.
    pub(crate) queues: u64,
    /// How many messages each has.
    pub(crate) depth: u64,
}

impl Fill {
    /// Whether there is anything to fill.
    pub(crate) fn is_empty(&self) -> bool {
        self.queues * self.depth == 0
    }

    /// Sends all, and returns when all are confirmed: how many a second that was.
    pub(crate) fn run(&self, address: SocketAddr) -> Result<f64> {
        let started = Instant::now();
        thread::scope(|scope| {
            let senders: Vec<_> =
                (0..SENDERS as u64).map(|number| scope.spawn(move || self.send(address, number))).collect();
            senders.into_iter().try_for_each(|sender| sender.join().map_err(|_| anyhow!("a sender panicked"))?)
        })?;
        #[expect(clippy::cast_precision_loss, reason = "counts of messages are far below 2^52")]
        let messages = (self.queues * self.depth) as f64;
        Ok(messages / started.elapsed().as_secs_f64())
    }

    /// Reads and acknowledges the first messages of the first queue: none may be missing, and each sender's must come
    /// in their order.
    pub(crate) fn check_first(&self, address: SocketAddr, most: u64) -> Result<()> {
        let count = self.depth.min(most);
        let mut client = stomp::connect(address, PATH)?;
        let frame = format!(
            "SUBSCRIBE\nid:0\ndestination:{}\nack:client\nprefetch-count:{count}\n\n\0",
            destination().replace(QUEUE_MARK, &format!("{:0width$}", 0, width = QUEUE_MARK.len()))
        );
        client.send(frame.as_bytes())?;
        let mut order = Order::default();
        let mut last = Vec::new();
        for taken in 0..count {
            last = client.receive().with_context(|| format!("after {taken} messages"))?;
            order.check(&last)?;
        }
        let id = String::from_utf8_lossy(ack_id(&last)?).into_owned();
        client.send(format!("ACK\nid:{id}\nreceipt:read\n\n\0").as_bytes())?;
        loop {
            let answer = client.receive().context("acknowledging")?;
            if answer.starts_with(b"RECEIPT\n") {
                return Ok(());
            }
            // The next ones, for which there is room now.
            ensure!(answer.starts_with(b"MESSAGE\n"), "instead of a receipt: {}", one_line(&answer));
        }
    }

    /// One sender's part: of one queue an equal share of the messages, else all those of every so-manieth queue.
    fn send(&self, address: SocketAddr, number: u64) -> Result<()> {
        let mut sender = Sender::connect(address, number)?;
        if self.queues == 1 {
            let share = self.depth / SENDERS as u64 + u64::from(number < self.depth % SENDERS as u64);
            (0..share).try_for_each(|message| sender.send(0, message))?;
        } else {
            for message in 0..self.depth {
                let mut queues = (number..self.queues).step_by(SENDERS);
                queues.try_for_each(|queue| sender.send(queue, message))?;
            }
        }
        sender.finish().with_context(|| format!("sender {number}"))
    }
}

fn destination() -> String {
    format!("/queue/bench-{QUEUE_MARK}")
}

/// One connection that fills.
#[derive(Debug)]
struct Sender {
    stream: TcpStream,
    receipts: Counter,
    under_way: u64,
    sent: u64,
    plain: Numbered,
    receipted: Numbered,
    block: Vec<u8>,
}

impl Sender {
    fn connect(address: SocketAddr, number: u64) -> Result<Self> {
        Ok(Self {
            stream: stomp::connect(address, PATH)?.into_stream()?,
            receipts: Counter::Receipts(FrameScanner::default()),
            under_way: 0,
            sent: 0,
            plain: Numbered::new("", number)?,
            receipted: Numbered::new("receipt:r\n", number)?,
            block: Vec::with_capacity(2 * BLOCK_OCTETS),
        })
    }

    fn send(&mut self, queue: u64, message: u64) -> Result<()> {
        self.sent += 1;
        if self.sent.is_multiple_of(MESSAGES_PER_RECEIPT) {
            self.block.extend(self.receipted.octets(queue, message));
            self.under_way += 1;
        } else {
            self.block.extend(self.plain.octets(queue, message));
        }
        if self.block.len() >= BLOCK_OCTETS {
            self.flush()?;
            self.wait_for_receipts(RECEIPTS_UNDER_WAY)?;
        }
        Ok(())
    }

    /// A last frame with a receipt stands for the messages after the last one that has its own.
    fn finish(&mut self) -> Result<()> {
        self.flush()?;
        push_client_message(&mut self.block, b"BEGIN\ntransaction:t\n\n\0");
        push_client_message(&mut self.block, b"COMMIT\ntransaction:t\nreceipt:r\n\n\0");
        self.under_way += 1;
        self.flush()?;
        self.wait_for_receipts(0)
    }

    fn flush(&mut self) -> Result<()> {
        interrupt::check()?;
        self.stream.write_all(&self.block).context("the server takes no more messages")?;
        self.block.clear();
        Ok(())
    }

    fn wait_for_receipts(&mut self, most: u64) -> Result<()> {
        let mut buffer = [0; 4096];
        while self.under_way > most {
            interrupt::check()?;
            let count = self
                .stream
                .read(&mut buffer)
                .with_context(|| format!("after {} messages no receipt comes: are publishers blocked?", self.sent))?;
            ensure!(count > 0, "closed by the server");
            self.under_way -= self.receipts.feed(&buffer[..count], &mut Vec::new())?;
        }
        Ok(())
    }
}

/// A SEND with the places of its numbers.
#[derive(Debug)]
struct Numbered {
    template: Template,
    queue_at: usize,
    message_at: usize,
}

impl Numbered {
    fn new(headers: &str, sender: u64) -> Result<Self> {
        let mut frame = format!(
            "SEND\ndestination:{}\ncontent-length:{BODY_OCTETS}\npersistent:true\n{headers}\n\
             {SENDER_MARK}{NUMBER_MARK}",
            destination()
        )
        .into_bytes();
        frame.extend(body(BODY_OCTETS - SENDER_MARK.len() - NUMBER_MARK.len()));
        frame.push(0);
        let place = |mark: &str| memmem::find(&frame, mark.as_bytes()).with_context(|| format!("no {mark}"));
        let (queue_at, sender_at, message_at) = (place(QUEUE_MARK)?, place(SENDER_MARK)?, place(NUMBER_MARK)?);
        let mut template = Template::new(&frame);
        template.put(sender_at, SENDER_MARK.len(), sender);
        Ok(Self { template, queue_at, message_at })
    }

    fn octets(&mut self, queue: u64, message: u64) -> &[u8] {
        self.template.put(self.queue_at, QUEUE_MARK.len(), queue);
        self.template.put(self.message_at, NUMBER_MARK.len(), message);
        self.template.octets()
    }
}

/// Which message of each sender comes next.
#[derive(Debug, Default)]
struct Order {
    next: BTreeMap<u64, u64>,
}

impl Order {
    fn check(&mut self, frame: &[u8]) -> Result<()> {
        let start = memmem::find(frame, b"\n\n").context("a frame without a body")? + 2;
        let digits = frame.get(start..start + SENDER_MARK.len() + NUMBER_MARK.len()).context("a short body")?;
        let (sender, number) = std::str::from_utf8(digits)?.split_at(SENDER_MARK.len());
        let (sender, number): (u64, u64) = (sender.parse()?, number.parse()?);
        let next = self.next.entry(sender).or_default();
        ensure!(number == *next, "message {number} of sender {sender} came where {next} should have");
        *next += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::MASK;

    /// The payload of a client's message whose length takes 16 bits.
    fn payload(message: &[u8]) -> Vec<u8> {
        message[8..].iter().zip(MASK.iter().cycle()).map(|(octet, mask)| octet ^ mask).collect()
    }

    #[test]
    fn what_is_numbered_can_be_checked() {
        let mut numbered = Numbered::new("receipt:r\n", 3).unwrap();
        let first = payload(numbered.octets(17, 0));
        assert!(first.starts_with(b"SEND\ndestination:/queue/bench-00017\ncontent-length:1024\n"));
        let second = payload(numbered.octets(17, 1));
        assert_eq!(memmem::find(&second, b"\n\n").unwrap() + 2 + BODY_OCTETS + 1, second.len());
        let mut order = Order::default();
        order.check(&first).unwrap();
        order.check(&second).unwrap();
        assert!(order.check(&second).is_err());
    }
}
