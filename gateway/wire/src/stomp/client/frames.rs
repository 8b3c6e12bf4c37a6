//! What the server says.

use super::link::{FAREWELL, Phase};
use super::{Client, Error, Output, VERSION};
use crate::limits::FrameLimits;
use crate::stomp::encode::encode;
use crate::stomp::heartbeat::{HeartBeat, Offer};
use crate::stomp::{Frame, Verb};
use crate::time::Millis;

impl Client {
    pub(super) fn handle_frame(&mut self, frame: &Frame, now: Millis, random: f64) {
        if self.traces && frame.verb != Verb::Message {
            self.trace(frame);
        }
        match (self.phase, frame.verb) {
            (Phase::LoggingIn { .. }, Verb::Connected) => self.handle_connected(frame, now),
            (Phase::LoggingIn { .. }, Verb::Error) => self.cut(Error::of_login(frame), now, random),
            (Phase::Connected | Phase::Switching { .. }, Verb::Message) => self.deliver_frame(frame),
            (Phase::Connected | Phase::Switching { .. } | Phase::Closing { .. }, Verb::Receipt) => {
                self.handle_receipt(frame, now, random);
            }
            (Phase::Connected | Phase::Switching { .. } | Phase::Closing { .. }, Verb::Error) => {
                self.handle_error(frame, now, random);
            }
            _ => {}
        }
    }

    fn handle_connected(&mut self, frame: &Frame, now: Millis) {
        self.epoch += 1;
        self.attempts.handle_connected(now);
        self.tokens.plan(now);
        self.decoder.set(VERSION, FrameLimits::default());
        let theirs = frame.headers.get("heart-beat").and_then(Offer::parse).unwrap_or_default();
        self.heart_beat = HeartBeat::agreed(self.options.heart_beat, theirs, now);
        self.soft_errors = frame.headers.get("x-soft-errors") == Some("true");
        self.server = frame.headers.get("server").map(str::to_owned);
        self.enter(Phase::Connected);
        self.subscribe_all();
        self.publishes.send_waiting(self.soft_errors, now, &mut self.outputs);
    }

    fn handle_receipt(&mut self, frame: &Frame, now: Millis, random: f64) {
        let Some(receipt) = frame.headers.get("receipt-id") else { return };
        if receipt == FAREWELL {
            return self.cut(Error::connection_lost(), now, random); // as was asked
        }
        if let Some((transaction, is_committed)) = self.transactions.settle(receipt) {
            self.subscriptions.end_transaction(transaction, is_committed);
            self.outputs.push_back(Output::TransactionEnded { transaction, error: None });
            return;
        }
        let output = self.publishes.confirm(receipt, frame).or_else(|| self.subscriptions.confirm(receipt));
        self.outputs.extend(output);
    }

    fn handle_error(&mut self, frame: &Frame, now: Millis, random: f64) {
        let is_soft = self.soft_errors && frame.headers.get("x-fatal") == Some("false");
        let error = Error::of_frame(frame);
        if is_soft && self.refuses_token(frame.headers.get("receipt-id")) {
            return self.switch(now);
        }
        let is_told = self.blame(frame, &error);
        match is_soft {
            true if is_told => {}
            true => self.outputs.push_back(Output::Error(error)),
            false => self.cut(error, now, random), // the server closes behind it
        }
    }

    /// Tells whoever an ERROR is about: it will not be tried again. `false`: nobody asked to be told of it.
    fn blame(&mut self, frame: &Frame, error: &Error) -> bool {
        let header = |name| frame.headers.get(name);
        let receipt = header("receipt-id");
        if let Some((transaction, _)) = receipt.and_then(|receipt| self.transactions.settle(receipt)) {
            self.subscriptions.end_transaction(transaction, false);
            self.publishes.fail_transaction(transaction, error, &mut self.outputs);
            self.outputs.push_back(Output::TransactionEnded { transaction, error: Some(error.clone()) });
            return true;
        }
        if self.subscriptions.begin_anew(receipt, header("subscription"), error, &mut self.outputs) {
            if self.phase == Phase::Connected {
                self.subscribe_all();
            }
            return true;
        }
        let of_publish = receipt.and_then(|receipt| self.publishes.refuse(receipt, error));
        let output = of_publish.or_else(|| self.subscriptions.refuse(receipt, header("subscription"), error));
        let is_told = output.is_some() || receipt.is_some(); // every receipt is ours, and was perhaps told before
        self.outputs.extend(output);
        is_told
    }

    fn trace(&mut self, frame: &Frame) {
        let mut head = Vec::new();
        encode(&Frame { body: bytes::Bytes::new(), ..frame.clone() }, VERSION, &mut head);
        head.truncate(head.len() - 1); // the NUL
        self.outputs.push_back(Output::Received { head, body: frame.body.len() });
    }
}
