//! Several requests at once, composites among them: all of them, or none.

use super::*;
use crate::{Action, Commit, Overflow};

fn publish(body: &'static str, key: &str, token: Option<u64>) -> Action {
    Action::Publish(Publish { token, ..publishing(message("", key, body)) })
}

fn settle(subscription: u32, delivery: u64, outcome: Outcome) -> Action {
    let tag = DeliveryTag { subscription, delivery };
    Action::Settle(Settle { connection: ALICE, tag, outcome, text: None, token: None })
}

impl Fixture {
    fn commit(&mut self, actions: Vec<Action>) {
        self.handle(Command::Commit(Commit { connection: ALICE, actions, reports_routed: true, token: Some(8) }));
    }

    fn confirmed(&self) -> Vec<(u64, Option<u32>)> {
        let confirmed = |effect: &Effect| match effect {
            Effect::Confirmed { token, routed, .. } => Some((*token, *routed)),
            _ => None,
        };
        self.effects.list.iter().filter_map(confirmed).collect()
    }
}

#[test]
fn all_is_done_and_answered_in_order() {
    let mut fixture = Fixture::new();
    fixture.publish("", "in", "1");
    fixture.subscribe(ALICE, 1, queue("in"), AckMode::Individual, 0);
    fixture.commit(vec![publish("a", "out", Some(1)), settle(1, 1, Outcome::Ack), publish("b", "out", Some(2))]);
    assert_eq!(fixture.confirmed(), [(1, Some(1)), (2, Some(1)), (8, Some(2))]);
    assert_eq!((fixture.row("out").ready, fixture.row("in").unacked), (2, 0));
}

#[test]
fn if_one_fails_nothing_is_done_and_each_is_answered() {
    let mut fixture = Fixture::new();
    fixture.publish("", "in", "1");
    fixture.subscribe(ALICE, 1, queue("in"), AckMode::Individual, 0);
    fixture.commit(vec![publish("a", "out", Some(1)), settle(1, 1, Outcome::Ack), settle(1, 7, Outcome::Ack)]);
    assert!(matches!(fixture.error(), Some(Error::Action { number: 3, .. })), "{:?}", fixture.error());
    let refused = fixture.effects.list.iter().filter_map(|effect| match effect {
        Effect::Refused { token, .. } => *token,
        _ => None,
    });
    assert_eq!(refused.collect::<Vec<_>>(), [8, 1]);
    assert!(fixture.vhost.queue("out").is_none(), "not even declared");
    assert_eq!(fixture.row("in").unacked, 1);
}

#[test]
fn a_delivery_is_settled_once() {
    let mut fixture = Fixture::new();
    fixture.subscribe(ALICE, 1, queue("in"), AckMode::Cumulative, 0);
    fixture.publish("", "in", "1");
    fixture.publish("", "in", "2");
    for twice in [1, 2] {
        fixture.commit(vec![settle(1, 2, Outcome::Ack), settle(1, twice, Outcome::Ack)]);
        assert!(matches!(fixture.error(), Some(Error::Action { number: 2, .. })), "{twice}");
    }
    fixture.commit(vec![settle(1, 1, Outcome::Ack), settle(1, 2, Outcome::Ack)]);
    assert_eq!(fixture.error(), None);
    assert_eq!(fixture.row("in").unacked, 0);
}

#[test]
fn a_queue_that_refuses_when_it_is_full_counts_all_that_comes() {
    let mut fixture = Fixture::new();
    let overflow = Some(Overflow::RejectPublish);
    fixture.declare("q", Arguments { max_length: Some(2), overflow, ..Arguments::default() });
    fixture.commit(vec![publish("1", "q", None), publish("2", "q", None), publish("3", "q", None)]);
    assert!(matches!(fixture.error(), Some(Error::Action { number: 3, .. })));
    assert_eq!(fixture.row("q").ready, 0);
    fixture.commit(vec![publish("1", "q", None), publish("2", "q", None)]);
    assert_eq!(fixture.row("q").ready, 2);
}

/// Each of these was half done, and confirmed.
#[test]
fn what_an_action_changes_counts_for_those_after_it() {
    let declaring = |key: &str, arguments: Arguments| {
        let settings =
            QueueSettings { durable: true, arguments: Some(Arc::new(arguments)), ..QueueSettings::default() };
        let declare = Declare::As(Box::new((settings, Explicit::default())));
        Action::Publish(Publish { declare, ..publishing(message("", key, "x")) })
    };
    let length = |max_length| Arguments { max_length: Some(max_length), ..Arguments::default() };
    let refusing = || Arguments { overflow: Some(Overflow::RejectPublish), ..length(1) };
    let mut fixture = Fixture::with(Limits { queues: 1, ..Limits::default() });
    fixture.commit(vec![declaring("new", length(1)), declaring("new", length(2))]);
    assert!(matches!(fixture.error(), Some(Error::Action { number: 2, .. })), "the settings differ");
    fixture.commit(vec![declaring("new", refusing()), declaring("new", refusing())]);
    assert!(matches!(fixture.error(), Some(Error::Action { number: 2, .. })), "it would be full");
    fixture.commit(vec![publish("1", "a", None), publish("2", "b", None)]);
    assert!(matches!(fixture.error(), Some(Error::Action { number: 2, .. })), "there would be too many queues");
    assert_eq!(fixture.vhost.queues().count(), 0);
    fixture.declare("q", refusing());
    fixture.subscribe(ALICE, 1, queue("q"), AckMode::Individual, 1);
    fixture.publish("", "q", "1");
    fixture.commit(vec![settle(1, 1, Outcome::Requeue(Some(1000))), publish("2", "q", None)]);
    assert!(matches!(fixture.error(), Some(Error::Action { number: 2, .. })), "what comes back takes room");
    assert_eq!(fixture.row("q").unacked, 1);
}

#[test]
fn a_mandatory_message_reaches_a_queue_or_is_refused() {
    let mut fixture = Fixture::new();
    let mandatory = || Publish { mandatory: true, token: Some(3), ..publishing(message("amq.topic", "a", "1")) };
    fixture.handle(Command::Publish(mandatory()));
    assert!(matches!(fixture.error(), Some(Error::Unroutable { .. })));
    fixture.commit(vec![publish("1", "q", None), Action::Publish(mandatory())]);
    assert!(fixture.vhost.queue("q").is_none());
    fixture.subscribe(BOB, 1, topic("t", "#"), AckMode::Auto, 0);
    fixture.handle(Command::Publish(mandatory()));
    assert_eq!(fixture.error(), None);
}

#[test]
fn what_was_published_with_the_same_id_is_not_published_again() {
    let mut fixture = Fixture::new();
    let publish = |body, key: &str| {
        let message = message("", key, body);
        Publish { deduplication_id: Some("x".into()), token: Some(4), ..publishing(message) }
    };
    let duplicate = |fixture: &Fixture| {
        fixture.effects.list.iter().find_map(|effect| match effect {
            Effect::Confirmed { routed, duplicate, .. } => Some((*routed, *duplicate)),
            _ => None,
        })
    };
    fixture.handle(Command::Publish(publish("1", "q")));
    assert_eq!(duplicate(&fixture), Some((Some(1), false)));
    fixture.handle(Command::Publish(publish("1", "q")));
    assert_eq!(duplicate(&fixture), Some((Some(0), true)));
    fixture.handle(Command::Publish(publish("1", "other")));
    assert_eq!(duplicate(&fixture), Some((Some(1), false)));
    assert_eq!(fixture.row("q").ready, 1);
    fixture.now = fixture.now + crate::limits::DEDUPLICATION_TIME;
    fixture.handle(Command::Publish(publish("1", "q")));
    assert_eq!(fixture.row("q").ready, 2);
}
