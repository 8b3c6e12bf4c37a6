//! Transactions (STOMP 1.2, "BEGIN", "COMMIT", "ABORT"): what is kept of their frames until they end.
//!
//! ```text
//!   BEGIN t | SEND t | ACK t | COMMIT t -> one request with both
//! ```
//!
//! A receipt inside is owed only from COMMIT or ABORT on: those who wait for COMMIT must be able to send it, however
//! many they asked for.

use super::{Action, Failure, Request, Session, State, Token, required};
use crate::limits::{ACTION, ID, TransactionLimits};
use crate::stomp::{Code, Frame, Verb};

/// The open transactions of one connection.
#[derive(Debug)]
pub(super) struct Transactions {
    limits: TransactionLimits,
    /// A handful, oldest first.
    open: Vec<Transaction>,
    /// Octets of all of them.
    octets: usize,
}

#[derive(Debug)]
struct Transaction {
    id: Box<str>,
    /// In order, each with the receipt it asks for.
    actions: Vec<(Action, Option<Box<str>>)>,
    octets: usize,
    /// Why it cannot be carried out: one of its frames was refused, and the client goes on.
    failure: Option<Failure>,
}

/// Where a transaction stands among the open ones, until the next ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place(usize);

/// Octets that a frame counts in a transaction. A SEND keeps its destination twice, also as a header.
pub(super) fn cost(frame: &Frame) -> usize {
    let headers: usize = frame.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    let destination = frame.headers.get("destination").map_or(0, str::len);
    ACTION + headers + destination + frame.body.len()
}

impl Transactions {
    pub(super) fn new(limits: TransactionLimits) -> Self {
        Transactions { limits, open: Vec::new(), octets: 0 }
    }

    /// Where the transaction with this id stands.
    pub(super) fn find(&self, id: &str) -> Result<Place, Failure> {
        let place = self.open.iter().position(|transaction| &*transaction.id == id);
        place.map(Place).ok_or_else(|| Failure::new(Code::Protocol, format!("no transaction {id:?} is open")))
    }

    fn begin(&mut self, id: &str) -> Result<(), Failure> {
        if id.len() > ID {
            return Err(Failure::too_long("a transaction id"));
        }
        if self.find(id).is_ok() {
            return Err(Failure::new(Code::Protocol, format!("the transaction {id:?} is open already")));
        }
        if self.open.len() >= self.limits.open {
            let message = format!("at most {} transactions may be open: COMMIT or ABORT some", self.limits.open);
            return Err(Failure::new(Code::TooLarge, message));
        }
        self.open.push(Transaction { id: id.into(), actions: Vec::new(), octets: 0, failure: None });
        Ok(())
    }

    /// Counts one more frame, before it is kept.
    fn admit(&mut self, Place(place): Place, octets: usize) -> Result<(), Failure> {
        let Some(transaction) = self.open.get_mut(place) else { return Ok(()) };
        let limits = self.limits;
        if transaction.actions.len() >= limits.actions {
            let message = format!("the transaction {:?} has more than {} frames", transaction.id, limits.actions);
            return Err(Failure::new(Code::TooLarge, message));
        }
        if self.octets.saturating_add(octets) > limits.octets {
            let message = format!("the open transactions have more than {} octets", limits.octets);
            return Err(Failure::new(Code::TooLarge, message));
        }
        transaction.octets += octets;
        self.octets += octets;
        Ok(())
    }

    fn push(&mut self, Place(place): Place, action: Action, receipt: Option<Box<str>>) {
        if let Some(transaction) = self.open.get_mut(place) {
            transaction.actions.push((action, receipt));
        }
    }

    /// One of its frames is refused, so none of it may happen. The client has perhaps sent the rest already: it is kept,
    /// and answered with COMMIT.
    pub(super) fn fail(&mut self, Place(place): Place, verb: Verb, failure: Failure) -> Failure {
        let Some(transaction) = self.open.get_mut(place) else { return failure };
        let message = format!("{verb} in the transaction {:?}: {}", transaction.id, failure.message);
        let failure = Failure { message: super::failure::shortened(message), ..failure };
        transaction.failure.get_or_insert_with(|| failure.clone());
        failure
    }

    fn end(&mut self, id: &str) -> Result<Transaction, Failure> {
        let Place(place) = self.find(id)?;
        let transaction = self.open.remove(place);
        self.octets -= transaction.octets;
        Ok(transaction)
    }

    fn end_oldest(&mut self) -> Option<Transaction> {
        let id = self.open.first()?.id.clone();
        self.end(&id).ok()
    }
}

impl Session {
    pub(super) fn handle_begin(&mut self, frame: &Frame, token: Option<Token>) -> Result<Request, Failure> {
        self.transactions.begin(required(frame, "transaction")?)?;
        Ok(Request::Begin { token })
    }

    /// Keeps a frame for the end of its transaction; its receipt is not owed until then.
    pub(super) fn keep(&mut self, place: Place, octets: usize, action: Action) -> Result<Option<Request>, Failure> {
        self.transactions.admit(place, octets)?;
        let receipt = self.receipts.withdraw(action.token());
        self.transactions.push(place, action, receipt);
        Ok(None)
    }

    pub(super) fn handle_commit(&mut self, frame: &Frame, token: Option<Token>) -> Result<Option<Request>, Failure> {
        let transaction = self.transactions.end(required(frame, "transaction")?)?;
        let receipt = self.receipts.withdraw(token);
        if let Some(failure) = transaction.failure {
            let inner = transaction.actions.into_iter().filter_map(|(_, receipt)| receipt).map(Some);
            let answer = |receipt_id| Err(Failure { receipt_id, ..failure.clone() });
            self.outcomes.extend(inner.chain([receipt]).map(answer));
            return Ok(None);
        }
        let actions = self.release(transaction.actions);
        Ok(Some(Request::Commit { actions, token: self.receipts.owe(receipt) }))
    }

    pub(super) fn handle_abort(&mut self, frame: &Frame, token: Option<Token>) -> Result<Request, Failure> {
        let transaction = self.transactions.end(required(frame, "transaction")?)?;
        let receipt = self.receipts.withdraw(token);
        let actions = self.release(transaction.actions);
        Ok(Request::Abort { actions, token: self.receipts.owe(receipt) })
    }

    /// Aborts what is open, so that its receipts are answered before that of DISCONNECT.
    pub(super) fn handle_disconnect(&mut self, token: Option<Token>) {
        self.state = State::Disconnecting;
        let receipt = self.receipts.withdraw(token);
        while let Some(transaction) = self.transactions.end_oldest() {
            let actions = self.release(transaction.actions);
            if actions.iter().any(|action| action.token().is_some()) {
                self.outcomes.push_back(Ok(Request::Abort { actions, token: None }));
            }
        }
        let token = self.receipts.owe(receipt);
        self.outcomes.push_back(Ok(Request::Disconnect { token }));
    }

    /// From now on the receipts of these are owed, in their order.
    fn release(&mut self, actions: Vec<(Action, Option<Box<str>>)>) -> Vec<Action> {
        let owe = |(action, receipt): (Action, _)| action.with_token(self.receipts.owe(receipt));
        actions.into_iter().map(owe).collect()
    }
}
