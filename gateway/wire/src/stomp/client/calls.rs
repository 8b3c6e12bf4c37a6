//! What the user asks for.

use super::link::{CLOSE_TIME, FAREWELL, Phase};
use super::{Client, Credit, Error, PublishRequest, Settlement, State, SubscribeRequest};
use crate::stomp::{Frame, Verb};
use crate::time::Millis;
use bytes::Bytes;

impl Client {
    /// Publishes; answered by [`Output::Confirmed`](super::Output::Confirmed) or
    /// [`Output::Failed`](super::Output::Failed) with the number that is returned. Without a connection the message
    /// waits for one.
    pub fn publish<'a>(
        &mut self,
        request: PublishRequest<'_>,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: Bytes,
        now: Millis,
    ) -> Result<u64, Error> {
        self.check_open()?;
        if let Some(transaction) = request.transaction {
            self.check_transaction(transaction)?;
        }
        let number = self.publishes.add(request, headers, body)?;
        if self.phase == Phase::Connected {
            self.publishes.send_last(self.soft_errors, now, &mut self.outputs);
        }
        Ok(number)
    }

    /// Takes a publish back that was never sent, of which nothing more is said then. `false`: it was.
    pub fn cancel(&mut self, publish: u64) -> bool {
        self.publishes.cancel(publish)
    }

    /// Subscribes for as long as the client lives, over reconnects; answered by
    /// [`Output::Subscribed`](super::Output::Subscribed) each time the
    /// server has it, or by [`Output::SubscriptionFailed`](super::Output::SubscriptionFailed).
    pub fn subscribe(&mut self, request: SubscribeRequest) -> Result<u32, Error> {
        self.check_open()?;
        let number = self.subscriptions.add(request);
        if self.phase == Phase::Connected {
            self.subscribe_all();
        }
        Ok(number)
    }

    /// Sends what the server does not know of the subscriptions.
    pub(super) fn subscribe_all(&mut self) {
        self.subscriptions.send(&mut self.outputs);
    }

    /// Lets the server send more to a subscription that began with a credit.
    pub fn grant(&mut self, subscription: u32, more: Credit) {
        let frame = self.subscriptions.grant(subscription, more);
        self.send_if_connected(frame.as_ref());
    }

    /// Ends a subscription; answered by [`Output::Unsubscribed`](super::Output::Unsubscribed).
    pub fn unsubscribe(&mut self, number: u32) {
        let frame = self.subscriptions.end(number, &mut self.outputs);
        self.send_if_connected(frame.as_ref());
    }

    /// Settles a delivery of the connection with this epoch, or has a transaction settle it. A delivery of an earlier one
    /// is the server's again, and will come again: settling it means nothing, and a transaction cannot promise it.
    pub fn settle(
        &mut self,
        ack_id: &str,
        epoch: u32,
        settlement: Settlement<'_>,
        transaction: Option<u32>,
    ) -> Result<(), Error> {
        if let Some(transaction) = transaction {
            self.check_transaction(transaction)?;
        }
        if epoch != self.epoch() {
            return if transaction.is_some() { Err(Error::connection_lost()) } else { Ok(()) };
        }
        let verb = if settlement == Settlement::Ack { Verb::Ack } else { Verb::Nack };
        let mut frame = Frame::new(verb).with("id", ack_id);
        if let Settlement::Nack { requeue, delay, reason } = settlement {
            if !requeue {
                frame.headers.push("requeue", "false");
            }
            if let Some(delay) = delay {
                frame.headers.push("delay", &delay.to_string());
            }
            if let Some(reason) = reason {
                frame.headers.push("reason", reason);
            }
        }
        if let Some(transaction) = transaction {
            frame.headers.push("transaction", &transaction.to_string());
        }
        self.subscriptions.settle(ack_id, settlement, transaction);
        self.send(&frame);
        Ok(())
    }

    /// Begins a transaction on the connection that stands.
    pub fn begin(&mut self) -> Result<u32, Error> {
        self.check_open()?;
        if self.phase != Phase::Connected {
            return Err(Error::not_connected());
        }
        let (number, frame) = self.transactions.begin();
        self.send(&frame);
        Ok(number)
    }

    /// Commits a transaction, or aborts it; answered by [`Output::TransactionEnded`](super::Output::TransactionEnded).
    pub fn end_transaction(&mut self, transaction: u32, commit: bool) {
        let Some(frame) = self.transactions.end(transaction, commit) else { return };
        if !commit {
            self.publishes.fail_transaction(transaction, &Error::aborted(), &mut self.outputs);
        }
        self.send_if_connected(Some(&frame));
    }

    /// Ends the connection once the server has taken all that was sent; answered by
    /// [`Output::Closed`](super::Output::Closed).
    pub fn close(&mut self, now: Millis) {
        self.tokens.forget_request(); // whatever its provider says now, what was sent shall be confirmed
        match self.phase {
            Phase::Connected => {
                self.send(&Frame::new(Verb::Disconnect).with("receipt", FAREWELL));
                self.enter(Phase::Closing { deadline: now + CLOSE_TIME });
            }
            Phase::Switching { deadline } => self.enter(Phase::Closing { deadline }), // DISCONNECT is sent already
            Phase::Closing { .. } | Phase::Closed => {}
            _ => self.finish(None),
        }
    }

    /// A transaction that is not open was lost with its connection, as far as its user can see.
    fn check_transaction(&self, transaction: u32) -> Result<(), Error> {
        if self.transactions.is_open(transaction) { Ok(()) } else { Err(Error::connection_lost()) }
    }

    fn check_open(&self) -> Result<(), Error> {
        match self.state() {
            State::Closed => Err(Error::closed()),
            _ => Ok(()),
        }
    }
}
