//! Consumer groups of streams: they share messages, and where they are is kept.

use super::streams::{append, bodies, group, read, stream, with_stream};
use super::*;
use crate::Start;
use proptest::prelude::*;

#[test]
fn a_group_shares_messages_and_its_offset_is_kept() {
    let mut fixture = with_stream(stream());
    append(&mut fixture, 0, 4);
    for connection in [ALICE, BOB] {
        read(&mut fixture, connection, 1, group("g", None), AckMode::Individual, 2);
    }
    assert_eq!(fixture.bodies(), bodies(2, 4), "Alice has the first two");
    fixture.settle(ALICE, 1, 1, Outcome::Ack);
    fixture.settle(BOB, 1, 2, Outcome::Ack); // offset 3, and 1 is not done
    let committed = |fixture: &Fixture| {
        let groups = fixture.row("s").stream.unwrap().groups;
        groups
            .iter()
            .map(|group| (group.name.to_string(), group.committed, group.lag, group.consumers))
            .collect::<Vec<_>>()
    };
    assert_eq!(committed(&fixture), [("g".to_owned(), 1, 3, 2)]);
    for reclaim in [false, true] {
        if reclaim {
            fixture.reclaim(true);
        }
        fixture.restart(Limits::default());
        assert_eq!(committed(&fixture), [("g".to_owned(), 1, 3, 0)]);
        read(&mut fixture, BOB, 1, group("g", Some(Start::First)), AckMode::Individual, 0);
        let seen: Vec<_> = fixture.delivered().into_iter().map(|(_, _, body, count)| (body, count)).collect();
        let again = |body: &str| (body.to_owned(), 2);
        assert_eq!(seen, [again("1"), again("2"), again("3")], "it goes on where it was, and says so");
    }
}

#[test]
fn what_a_member_does_not_settle_goes_to_the_others() {
    let mut fixture = with_stream(stream());
    read(&mut fixture, ALICE, 1, group("g", None), AckMode::Individual, 0);
    read(&mut fixture, BOB, 1, group("g", None), AckMode::Individual, 0);
    append(&mut fixture, 0, 1);
    assert_eq!(fixture.delivered()[0].0, ALICE.0);
    fixture.handle(Command::Disconnect { connection: ALICE });
    assert_eq!(fixture.delivered(), [(BOB.0, 1, "0".to_owned(), 2)]);
}

#[test]
fn a_group_in_mode_auto_is_where_it_was_a_second_ago() {
    let mut fixture = with_stream(stream());
    append(&mut fixture, 0, 3);
    read(&mut fixture, BOB, 1, group("g", None), AckMode::Auto, 0);
    fixture.vhost.handle_timeout(fixture.now, &mut fixture.effects);
    fixture.settle_journal();
    append(&mut fixture, 3, 4);
    fixture.restart(Limits::default());
    read(&mut fixture, BOB, 1, group("g", None), AckMode::Auto, 0);
    assert_eq!(fixture.bodies(), bodies(3, 4));
}

#[test]
fn a_group_ends_when_it_is_deleted() {
    let mut fixture = with_stream(stream());
    append(&mut fixture, 0, 3);
    read(&mut fixture, BOB, 1, group("g", None), AckMode::Auto, 0);
    fixture.handle(Command::Unsubscribe { connection: BOB, subscription: 1, delete: true, token: None });
    assert!(fixture.row("s").stream.unwrap().groups.is_empty());
    fixture.restart(Limits::default());
    assert!(fixture.row("s").stream.unwrap().groups.is_empty());
    assert_eq!(fixture.row("s").ready, 3, "the stream stays");
}

#[test]
fn a_group_may_be_deleted_from_outside() {
    let mut fixture = with_stream(stream());
    read(&mut fixture, BOB, 1, group("g", None), AckMode::Individual, 0);
    append(&mut fixture, 0, 1);
    let Fixture { vhost, effects, now, .. } = &mut fixture;
    assert!(matches!(vhost.delete_group("s", "h", *now, effects), Err(Error::GroupNotFound { .. })));
    vhost.delete_group("s", "g", *now, effects).unwrap();
    let has_ended = |effect: &Effect| {
        matches!(effect, Effect::Ended { connection: BOB, subscription: 1, reason: EndReason::QueueDeleted })
    };
    assert!(fixture.has(has_ended));
    fixture.journal.take(&mut fixture.vhost);
    fixture.settle(BOB, 1, 1, Outcome::Ack);
    assert_eq!(fixture.error(), None, "what it had delivered is gone, which is no error");
    fixture.restart(Limits::default());
    let stream = fixture.row("s").stream.unwrap();
    assert_eq!((stream.groups.len(), stream.next, fixture.vhost.held()), (0, 1, 0));
}

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    Settle(prop::sample::Index, Outcome),
    Replenish,
    Leave,
    Reclaim(bool),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let outcome = prop_oneof![2 => Just(Outcome::Ack), 1 => Just(Outcome::Requeue(None))];
    let step = prop_oneof![
        4 => (1usize..5).prop_map(Step::Append),
        6 => (any::<prop::sample::Index>(), outcome).prop_map(|(delivery, outcome)| Step::Settle(delivery, outcome)),
        3 => Just(Step::Replenish),
        1 => Just(Step::Leave),
        1 => any::<bool>().prop_map(Step::Reclaim),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    /// A group that acks everything in the end has seen everything, and an ack that is kept is never taken back without a word.
    #[test]
    fn a_group_sees_everything_whatever_happens(steps in steps(), prefetch in 0u32..4, resident in prop_oneof![Just(1usize), Just(1 << 20)]) {
        let limits = Limits { window: 700, resident, ..Limits::default() };
        let mut fixture = Fixture::keeping(limits);
        fixture.declare("s", stream());
        let (mut appended, mut unacked, mut acked) = (0, Vec::new(), std::collections::BTreeSet::new());
        let join = |fixture: &mut Fixture| read(fixture, BOB, 1, group("g", None), AckMode::Individual, prefetch);
        join(&mut fixture);
        let note = |fixture: &Fixture, unacked: &mut Vec<(u64, u64)>, acked: &std::collections::BTreeSet<u64>| {
            for effect in &fixture.effects.list {
                let Effect::Deliver { targets, stream, .. } = effect else { continue };
                for target in &fixture.effects.targets[targets.clone()] {
                    let offset = stream.unwrap().offset;
                    assert!(!acked.contains(&offset) || target.delivery_count > 1, "{offset} comes again and does not say so");
                    unacked.push((target.delivery, offset));
                }
            }
        };
        for step in steps {
            match step {
                Step::Append(count) => {
                    for _ in 0..count {
                        append(&mut fixture, appended, appended + 1);
                        appended += 1;
                        note(&fixture, &mut unacked, &acked);
                    }
                    continue;
                }
                Step::Settle(index, outcome) if !unacked.is_empty() => {
                    let (delivery, offset) = unacked.swap_remove(index.index(unacked.len()));
                    if outcome == Outcome::Ack {
                        acked.insert(offset);
                    }
                    fixture.settle(BOB, 1, delivery, outcome);
                }
                Step::Settle(..) => continue,
                Step::Replenish => fixture.handle(Command::Replenish { connection: BOB, octets: 700 }),
                Step::Leave => {
                    unacked.clear();
                    fixture.handle(Command::Disconnect { connection: BOB });
                    fixture.handle(Command::Connect { connection: BOB });
                    join(&mut fixture);
                }
                Step::Reclaim(large) => {
                    fixture.reclaim(large);
                    continue;
                }
                Step::Restart => {
                    unacked.clear();
                    fixture.restart(limits);
                    join(&mut fixture);
                }
            }
            note(&fixture, &mut unacked, &acked);
            prop_assert_eq!(fixture.vhost.held(), fixture.vhost.held_by_entries());
        }
        for _ in 0..1_000 {
            fixture.handle(Command::Replenish { connection: BOB, octets: 700 });
            note(&fixture, &mut unacked, &acked);
            let Some((delivery, offset)) = unacked.pop() else { break };
            acked.insert(offset);
            fixture.settle(BOB, 1, delivery, Outcome::Ack);
            note(&fixture, &mut unacked, &acked);
        }
        prop_assert_eq!(acked.len(), appended);
        prop_assert_eq!(fixture.row("s").stream.unwrap().groups[0].committed, appended as u64);
    }
}
