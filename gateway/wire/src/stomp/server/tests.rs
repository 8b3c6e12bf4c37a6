//! What a client sees of a session, one file for each kind of frame.

use super::*;
use crate::limits::REASON;
use crate::stomp::AckMode;
use crate::stomp::encode::encode;

mod connect;
mod errors;
mod receipts;
mod settle;
mod subscribe;
mod transactions;

const WELCOME: Welcome<'_> = Welcome { session: "s1", server: Some("wharf/0"), user: "guest" };

/// A session, and what it wrote.
struct Server {
    session: Session,
    out: Vec<u8>,
}

impl Server {
    fn new() -> Self {
        Server::limited(TransactionLimits::default())
    }

    fn limited(transactions: TransactionLimits) -> Self {
        Server { session: Session::new(FrameLimits::default(), transactions), out: Vec::new() }
    }

    fn connected(version: &str) -> Self {
        Server::new().welcomed(version, false)
    }

    /// One whose client agreed on soft errors.
    fn soft() -> Self {
        Server::new().welcomed("1.2", true)
    }

    fn welcomed(mut self, version: &str, soft: bool) -> Self {
        let soft = if soft { "true" } else { "false" };
        let connect = connect().with("accept-version", version).with("x-soft-errors", soft);
        assert!(matches!(self.request(&connect), Ok(Some(Request::Connect(_)))));
        self.session.accept(WELCOME, Millis(0), &mut self.out);
        self.written();
        self
    }

    fn request(&mut self, frame: &Frame) -> Result<Option<Request>, Failure> {
        let mut octets = Vec::new();
        encode(frame, self.session.version(), &mut octets);
        self.session.handle_input(&mut octets.as_slice())
    }

    /// The next thing that a frame asked for, without more input.
    fn next(&mut self) -> Result<Option<Request>, Failure> {
        self.session.handle_input(&mut [].as_slice())
    }

    fn refused(&mut self, frame: &Frame) -> Failure {
        self.request(frame).expect_err("refused")
    }

    fn written(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.out)).unwrap()
    }

    /// The ERROR frame for a failure.
    fn error(&mut self, failure: &Failure) -> String {
        self.session.write_error(failure, &mut self.out);
        self.written()
    }

    /// The RECEIPT frame for a token.
    fn receipt(&mut self, token: Option<Token>) -> String {
        self.session.write_receipt(token.unwrap(), Receipt::default(), &mut self.out);
        self.written()
    }
}

fn connect() -> Frame {
    Frame::new(Verb::Connect).with("heart-beat", "5000,10")
}

fn send() -> Frame {
    Frame::new(Verb::Send).with("destination", "/queue/a")
}

fn ack(id: &str) -> Frame {
    Frame::new(Verb::Ack).with("id", id)
}

fn nack(id: &str) -> Frame {
    Frame::new(Verb::Nack).with("id", id)
}

fn subscribe(id: &str, ack: &str) -> Frame {
    Frame::new(Verb::Subscribe).with("id", id).with("destination", "/queue/a").with("ack", ack)
}

fn unsubscribe(id: &str) -> Frame {
    Frame::new(Verb::Unsubscribe).with("id", id)
}
