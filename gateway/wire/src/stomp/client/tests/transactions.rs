//! Transactions, and what becomes of them when their connection is lost.

use super::*;

impl Fixture {
    fn begin(&mut self) -> u32 {
        let number = self.client.begin().unwrap();
        self.drain();
        number
    }

    fn publish_in(&mut self, transaction: u32) -> Result<u64, Error> {
        self.try_publish(PublishRequest { resend: false, transaction: Some(transaction), ..PUBLISH }, "x")
    }

    fn end_transaction(&mut self, transaction: u32, commit: bool) {
        self.client.end_transaction(transaction, commit);
        self.drain();
    }

    fn ended(&self) -> Option<(u32, &str)> {
        self.outputs.iter().find_map(|output| match output {
            Output::TransactionEnded { transaction, error } => {
                Some((*transaction, error.as_ref().map_or("", |error| &error.code)))
            }
            _ => None,
        })
    }
}

#[test]
fn a_transaction_begins_acts_and_commits() {
    let mut fixture = Fixture::agreed();
    let transaction = fixture.begin();
    assert_eq!(fixture.sent(), "BEGIN\ntransaction:1\n\n\0");
    let publish = fixture.publish_in(transaction).unwrap();
    let send = "SEND\ndestination:/queue/q\nreceipt:p1\ntransaction:1\na:b\ncontent-length:1\n\nx\0";
    assert_eq!(fixture.sent(), send);
    fixture.client.settle("1-1", 1, Settlement::Ack, Some(transaction)).unwrap();
    fixture.drain();
    assert_eq!(fixture.sent(), "ACK\nid:1-1\ntransaction:1\n\n\0");
    fixture.end_transaction(transaction, true);
    assert_eq!(fixture.sent(), "COMMIT\ntransaction:1\nreceipt:c1\n\n\0");
    fixture.receive("RECEIPT\nreceipt-id:p1\nrouted:1\n\n\0RECEIPT\nreceipt-id:c1\n\n\0");
    let expected = [
        Output::Confirmed { publish, routed: Some(1), duplicate: false, offset: None },
        Output::TransactionEnded { transaction, error: None },
    ];
    assert_eq!(fixture.outputs, expected);
    assert_eq!(fixture.publish_in(transaction).unwrap_err().code, "connection-lost", "it is over");
}

#[test]
fn a_refused_commit_fails_with_all_that_was_in_it() {
    let mut fixture = Fixture::agreed();
    let transaction = fixture.begin();
    let first = fixture.publish_in(transaction).unwrap();
    let second = fixture.publish_in(transaction).unwrap();
    fixture.end_transaction(transaction, true);
    fixture.receive("ERROR\nx-code:not-found\nx-fatal:false\nreceipt-id:p2\n\n\0");
    assert_eq!((fixture.failures(), fixture.ended()), (vec![(second, "not-found")], None));
    fixture.receive("ERROR\nx-code:not-found\nx-fatal:false\nreceipt-id:c1\n\n\0");
    assert_eq!(fixture.failures(), [(first, "not-found")]);
    assert_eq!(fixture.ended(), Some((transaction, "not-found")));
    assert_eq!(fixture.client.state(), State::Connected);
}

#[test]
fn an_abort_fails_what_was_published_in_it() {
    let mut fixture = Fixture::agreed();
    let transaction = fixture.begin();
    let publish = fixture.publish_in(transaction).unwrap();
    fixture.end_transaction(transaction, false);
    assert_eq!(fixture.sent(), "ABORT\ntransaction:1\nreceipt:a1\n\n\0");
    assert_eq!(fixture.failures(), [(publish, "aborted")]);
    fixture.receive("RECEIPT\nreceipt-id:p1\nrouted:0\n\n\0RECEIPT\nreceipt-id:a1\n\n\0");
    assert_eq!(fixture.outputs, [Output::TransactionEnded { transaction, error: None }]);
}

#[test]
fn a_lost_connection_ends_its_transactions_and_nothing_of_them_is_sent_again() {
    let mut fixture = Fixture::agreed();
    let [open, committing, aborting] = [fixture.begin(), fixture.begin(), fixture.begin()];
    let inside = [fixture.publish_in(open).unwrap(), fixture.publish_in(committing).unwrap()];
    fixture.end_transaction(committing, true);
    fixture.end_transaction(aborting, false);
    fixture.lose();
    let error = Some(Error::unknown_fate());
    for (transaction, error) in [(open, error.clone()), (committing, error), (aborting, None)] {
        assert!(fixture.has(&Output::TransactionEnded { transaction, error }), "{:?}", fixture.outputs);
    }
    assert_eq!(fixture.failures(), inside.map(|publish| (publish, "connection-lost")));
    assert_eq!(fixture.publish_in(open).unwrap_err().code, "connection-lost");
    fixture.advance(250);
    fixture.log_in_agreed();
    assert_eq!(fixture.sent(), "");
    assert_eq!(fixture.publish_in(open).unwrap_err().code, "connection-lost");
    fixture.end_transaction(open, true);
    assert_eq!(fixture.sent(), "");
}

#[test]
fn a_transaction_takes_no_delivery_of_an_earlier_connection() {
    let mut fixture = Fixture::agreed();
    fixture.reconnect_after(250);
    let transaction = fixture.begin();
    let settled = fixture.client.settle("1-1", 1, Settlement::Ack, Some(transaction));
    assert_eq!(settled.unwrap_err().code, "connection-lost");
}

#[test]
fn a_transaction_needs_a_connection() {
    let mut fixture = Fixture::new();
    let error = fixture.client.begin().unwrap_err();
    assert_eq!((&*error.code, error.retryable), ("not-connected", true));
}
