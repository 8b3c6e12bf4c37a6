//! Transactions that are open. One belongs to one connection: with it, it is gone, and nothing of it is sent again.

use super::publishes::receipt;
use super::{Error, Output};
use crate::stomp::{Frame, Verb};
use std::collections::VecDeque;

/// What precedes the number in receipts of COMMIT and ABORT.
const COMMIT: char = 'c';
const ABORT: char = 'a';

#[derive(Debug, Default)]
pub(super) struct Transactions {
    live: Vec<Transaction>,
    last: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Transaction {
    number: u32,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    Committing,
    Aborting,
}

impl Transactions {
    /// Numbers a transaction, and returns the frame that begins it.
    pub(super) fn begin(&mut self) -> (u32, Frame) {
        self.last += 1;
        self.live.push(Transaction { number: self.last, phase: Phase::Open });
        (self.last, frame(Verb::Begin, self.last))
    }

    /// Whether more may be done in it.
    pub(super) fn is_open(&self, number: u32) -> bool {
        self.live.contains(&Transaction { number, phase: Phase::Open })
    }

    /// The frame that ends an open transaction.
    pub(super) fn end(&mut self, number: u32, commit: bool) -> Option<Frame> {
        let transaction = self.live.iter_mut().find(|live| live.number == number && live.phase == Phase::Open)?;
        let (phase, verb, kind) = match commit {
            true => (Phase::Committing, Verb::Commit, COMMIT),
            false => (Phase::Aborting, Verb::Abort, ABORT),
        };
        transaction.phase = phase;
        Some(frame(verb, number).with("receipt", &receipt(kind, number.into())))
    }

    /// The transaction whose COMMIT or ABORT the server has answered, and whether that was to commit it; it is over.
    pub(super) fn settle(&mut self, receipt: &str) -> Option<(u32, bool)> {
        let number = receipt.strip_prefix([COMMIT, ABORT])?.parse().ok()?;
        let index = self.live.iter().position(|live| live.number == number)?;
        let ended = self.live.swap_remove(index);
        Some((number, ended.phase == Phase::Committing))
    }

    /// The connection is lost: nothing of them happens, or nobody knows. Who wanted that nothing happens has it.
    pub(super) fn lose(&mut self, error: &Error, outputs: &mut VecDeque<Output>) {
        for live in self.live.drain(..) {
            let error = (live.phase != Phase::Aborting).then(|| error.clone());
            outputs.push_back(Output::TransactionEnded { transaction: live.number, error });
        }
    }
}

fn frame(verb: Verb, number: u32) -> Frame {
    Frame::new(verb).with("transaction", &number.to_string())
}
