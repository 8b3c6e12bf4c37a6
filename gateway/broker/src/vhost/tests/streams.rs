//! Streams: append, read from anywhere, share, and forget.

use super::*;
use crate::effect::Load;
use crate::{Filter, QueueType, Start, StreamTerms};

pub(super) fn stream() -> Arguments {
    Arguments { queue_type: Some(QueueType::Stream), ..Arguments::default() }
}

pub(super) fn with_stream(arguments: Arguments) -> Fixture {
    let mut fixture = Fixture::keeping(Limits::default());
    fixture.declare("s", arguments);
    fixture
}

pub(super) fn append(fixture: &mut Fixture, from: usize, to: usize) {
    for number in from..to {
        fixture.now = fixture.now + 10;
        fixture.send(Message::new("", "s", Headers::default(), Bytes::from(number.to_string())));
    }
}

pub(super) fn read(
    fixture: &mut Fixture,
    connection: ConnectionId,
    number: u32,
    terms: StreamTerms,
    ack_mode: AckMode,
    prefetch: u32,
) {
    let subscribe = Subscribe {
        connection,
        subscription: number,
        source: Source::Queue("s".into()),
        ack_mode,
        terms: Terms { prefetch, ..Terms::default() },
        stream: Some(Box::new(terms)),
        token: Some(5),
    };
    fixture.handle(Command::Subscribe(Box::new(subscribe)));
}

fn from(start: Start) -> StreamTerms {
    StreamTerms { start: Some(start), ..StreamTerms::default() }
}

pub(super) fn group(name: &str, start: Option<Start>) -> StreamTerms {
    StreamTerms { start, group: Some(name.into()), ..StreamTerms::default() }
}

pub(super) fn bodies(from: usize, to: usize) -> Vec<String> {
    (from..to).map(|number| number.to_string()).collect()
}

/// Offsets of the deliveries of the last command.
fn offsets(fixture: &Fixture) -> Vec<u64> {
    let delivered = fixture.effects.list.iter().filter_map(|effect| match effect {
        Effect::Deliver { targets, stream, .. } => Some((stream.unwrap().offset, targets.len())),
        _ => None,
    });
    delivered.flat_map(|(offset, count)| std::iter::repeat_n(offset, count)).collect()
}

#[test]
fn messages_are_numbered_and_stay() {
    let mut fixture = with_stream(stream());
    append(&mut fixture, 0, 3);
    assert!(fixture.has(|effect| matches!(effect, Effect::Confirmed { stream_offset: Some(2), routed: Some(1), .. })));
    for connection in [ALICE, BOB] {
        read(&mut fixture, connection, 1, from(Start::First), AckMode::Auto, 0);
        assert_eq!((fixture.bodies(), offsets(&fixture)), (bodies(0, 3), vec![0, 1, 2]));
    }
    append(&mut fixture, 3, 4);
    assert_eq!((fixture.bodies(), fixture.effects.list.len()), (vec!["3".to_owned(); 2], 2), "one effect for both");
    let row = fixture.row("s");
    assert_eq!((row.ready, row.consumers, row.counters.published, row.counters.delivered), (4, 2, 4, 8));
    let stream = row.stream.unwrap();
    assert_eq!((stream.first, stream.next), (0, 4));
}

#[test]
fn readers_begin_where_they_say_before_and_after_a_restart_and_a_move() {
    let mut fixture = with_stream(stream());
    let began = fixture.now;
    append(&mut fixture, 0, 10);
    for moved in [false, false, true, true] {
        let cases = [
            (Start::First, 0),
            (Start::Last, 9),
            (Start::Next, 10),
            (Start::Offset(4), 4),
            (Start::Since(began + 45), 4),
            (Start::Since(began + 1_000), 10),
        ];
        for (number, (start, expected)) in (1..).zip(cases) {
            read(&mut fixture, BOB, number, from(start), AckMode::Auto, 0);
            assert_eq!(fixture.bodies(), bodies(expected, 10), "{start:?}");
        }
        if moved {
            fixture.reclaim(true);
        }
        fixture.restart(Limits::default());
    }
    append(&mut fixture, 10, 11);
    read(&mut fixture, BOB, 1, from(Start::First), AckMode::Auto, 0);
    assert_eq!(fixture.bodies(), bodies(0, 11));
}

#[test]
fn what_is_written_elsewhere_while_it_is_read_is_not_passed_over() {
    for (is_moved, gone) in [(false, 4), (false, 6), (true, 4), (true, 6)] {
        let mut fixture = with_stream(stream());
        append(&mut fixture, 0, 6);
        fixture.is_kept = false; // so that nothing is read yet
        read(&mut fixture, ALICE, 1, from(Start::First), AckMode::Auto, 0);
        let wish = fixture.effects.list.pop();
        let Some(Effect::Load(Load { serial, wanted })) = wish else { panic!("it has to be read: {wish:?}") };
        let mut messages = fixture.journal.load(&wanted);
        fixture.is_kept = true;
        fixture.journal.reclaim(&mut fixture.vhost, fixture.now, is_moved);
        messages.drain(..gone); // whose file is gone
        fixture.handle(Command::Loaded { serial, messages });
        assert_eq!(fixture.bodies(), bodies(0, 6), "moved: {is_moved}, {gone} are gone");
    }
}

#[test]
fn what_was_dropped_after_it_was_written_anew_stays_gone() {
    let limits = Limits::default();
    let size = Message::new("", "s", Headers::default(), Bytes::from("0")).size() as u64;
    let mut fixture = with_stream(Arguments { max_octets: Some(size * 3), ..stream() });
    append(&mut fixture, 0, 1);
    fixture.reclaim(false);
    let anew = fixture.journal.records.clone();
    append(&mut fixture, 1, 7);
    fixture.reclaim(false);
    fixture.journal.records.extend(anew); // of which the file is there still
    for _ in 0..2 {
        let row = fixture.row("s");
        assert_eq!((row.ready, row.stream.unwrap().first), (3, 4));
        fixture.restart(limits);
    }
    read(&mut fixture, ALICE, 1, from(Start::First), AckMode::Auto, 0);
    assert_eq!(fixture.bodies(), bodies(4, 7));
}

#[test]
fn a_reader_in_the_future_waits_for_its_offset() {
    let mut fixture = with_stream(stream());
    read(&mut fixture, BOB, 1, from(Start::Offset(3)), AckMode::Auto, 0);
    append(&mut fixture, 0, 3);
    assert_eq!(fixture.bodies(), bodies(0, 0));
    append(&mut fixture, 3, 4);
    assert_eq!(fixture.bodies(), bodies(3, 4));
}

#[test]
fn a_slow_reader_reads_on_where_it_was_and_holds_nobody_up() {
    let mut fixture = with_stream(stream());
    read(&mut fixture, BOB, 1, from(Start::First), AckMode::Individual, 2);
    read(&mut fixture, ALICE, 1, from(Start::First), AckMode::Auto, 0);
    append(&mut fixture, 0, 5);
    assert_eq!(fixture.delivered(), [(ALICE.0, 1, "4".to_owned(), 1)]);
    let mut seen = Vec::new();
    for delivery in 1..=5 {
        fixture.settle(BOB, 1, delivery, Outcome::Ack);
        seen.extend(fixture.bodies());
    }
    assert_eq!(seen, bodies(2, 5));
    assert_eq!(fixture.vhost.held(), 0);
}

#[test]
fn readers_that_do_not_read_block_nobody() {
    let limits = Limits { window: 100, memory_watermark: 5_000, ..Limits::default() };
    let mut fixture = Fixture::keeping(limits);
    fixture.declare("s", stream());
    read(&mut fixture, BOB, 1, from(Start::First), AckMode::Auto, 0);
    append(&mut fixture, 0, 30); // of which the first is handed out, and the window is closed
    fixture.send(Message::new("", "q", Headers::default(), Bytes::from_static(&[0; 3_000])));
    assert!(!fixture.has(|effect| matches!(effect, Effect::Blocked { .. })));
    append(&mut fixture, 30, 31);
    assert!(fixture.has(|effect| matches!(effect, Effect::Confirmed { .. })), "nobody is blocked");
    let mut seen = Vec::new();
    for _ in 0..40 {
        fixture.handle(Command::Replenish { connection: BOB, octets: 200 });
        seen.extend(fixture.bodies());
    }
    assert_eq!(seen, bodies(1, 31), "each comes once");
}

#[test]
fn what_a_reader_gives_back_comes_again_before_the_rest() {
    let mut fixture = with_stream(stream());
    append(&mut fixture, 0, 4);
    read(&mut fixture, BOB, 1, from(Start::First), AckMode::Individual, 2);
    fixture.settle(BOB, 1, 1, Outcome::Requeue(None));
    assert_eq!(fixture.delivered(), [(BOB.0, 1, "0".to_owned(), 2)]);
    fixture.settle(BOB, 1, 3, Outcome::Ack);
    assert_eq!(fixture.bodies(), bodies(2, 3));
}

#[test]
fn a_filter_lets_through_what_it_names() {
    let mut fixture = with_stream(stream());
    let send = |fixture: &mut Fixture, value: &str, body: &'static str| {
        let headers =
            Headers::new([("x-stream-filter-value", value)].into_iter().filter(|(_, value)| !value.is_empty()));
        fixture.send(Message::new("", "s", headers, Bytes::from_static(body.as_bytes())));
    };
    for (value, body) in [("a", "1"), ("b", "2"), ("", "3"), ("a", "4")] {
        send(&mut fixture, value, body);
    }
    let terms = |match_unfiltered| {
        let filter = Some(Filter { values: vec!["a".into()], match_unfiltered });
        StreamTerms { filter, ..from(Start::First) }
    };
    read(&mut fixture, BOB, 1, terms(false), AckMode::Auto, 0);
    assert_eq!(fixture.bodies(), ["1", "4"]);
    read(&mut fixture, BOB, 2, terms(true), AckMode::Auto, 0);
    assert_eq!(fixture.bodies(), ["1", "3", "4"]);
    send(&mut fixture, "b", "5");
    assert_eq!(fixture.bodies(), [""; 0]);
    send(&mut fixture, "a", "6");
    assert_eq!(fixture.bodies(), ["6", "6"]);
}

#[test]
fn who_is_overtaken_by_retention_is_told_how_much_is_missing() {
    let mut fixture = with_stream(Arguments { max_length: Some(3), ..stream() });
    read(&mut fixture, BOB, 1, from(Start::First), AckMode::Individual, 1);
    for _ in 0..10 {
        // Large ones: three or four of them are read ahead, no more.
        fixture.send(Message::new("", "s", Headers::default(), Bytes::from_static(&[0; 80 << 10])));
    }
    assert_eq!(fixture.row("s").stream.unwrap().first, 7);
    let mut seen = Vec::new();
    for delivery in 1..=7 {
        fixture.handle(Command::Replenish { connection: BOB, octets: 80 << 10 });
        fixture.settle(BOB, 1, delivery, Outcome::Ack);
        let missing = fixture.effects.list.iter().find_map(|effect| match effect {
            Effect::Dropped { count, .. } => Some(*count),
            _ => None,
        });
        seen.extend(offsets(&fixture).into_iter().map(|offset| (offset, missing)));
    }
    let without_gap = |offset| (offset, None);
    let expected: Vec<_> = (1..5).map(without_gap).chain([(7, Some(2))]).chain((8..10).map(without_gap)).collect();
    assert_eq!(seen, expected, "four were in memory, and three are kept");
    read(&mut fixture, ALICE, 1, from(Start::Offset(2)), AckMode::Auto, 0);
    assert!(fixture.has(|effect| matches!(effect, Effect::Dropped { count: 5, .. })));
    read(&mut fixture, ALICE, 2, from(Start::First), AckMode::Auto, 0);
    assert!(!fixture.has(|effect| matches!(effect, Effect::Dropped { .. })), "it asked for what there is");
}

#[test]
fn old_messages_go_with_time_and_stay_gone() {
    let mut fixture = with_stream(Arguments { max_age: Some(1_000), ..stream() });
    append(&mut fixture, 0, 4);
    fixture.reclaim(true);
    append(&mut fixture, 4, 6);
    fixture.wait(955);
    let bounds = |fixture: &Fixture| fixture.row("s").stream.map(|stream| (stream.first, stream.next, stream.files));
    assert_eq!(bounds(&fixture), Some((0, 6, 1)), "the last of the file is not old enough");
    fixture.wait(30);
    assert_eq!(bounds(&fixture), Some((4, 6, 0)));
    fixture.restart(Limits::default());
    assert_eq!(bounds(&fixture), Some((4, 6, 0)));
    fixture.wait(1_000);
    assert_eq!(bounds(&fixture), Some((6, 6, 0)));
    fixture.reclaim(true);
    fixture.restart(Limits::default());
    append(&mut fixture, 6, 7);
    assert_eq!(bounds(&fixture), Some((6, 7, 0)), "no offset is given twice");
}

/// Where memory is all there is, a stream counts by what it holds: also after it was moved to files, whose octets are others than those of
/// its messages. What differed was never given back, and in the end blocked all publishers.
#[test]
fn a_stream_in_memory_counts_what_it_holds_and_nothing_once_it_is_gone() {
    let mut fixture = Fixture::keeping(Limits { is_memory_all: true, ..Limits::default() });
    fixture.declare("s", Arguments { max_age: Some(1_000), ..stream() });
    for round in 0..3 {
        append(&mut fixture, round * 10, round * 10 + 10);
        let octets = fixture.row("s").octets;
        assert_eq!(fixture.vhost.held() as u64, octets);
        fixture.reclaim(true);
        assert_ne!(fixture.row("s").octets, octets, "a file counts otherwise");
        assert_eq!(fixture.vhost.held() as u64, fixture.row("s").octets);
        fixture.wait(2_000);
        assert_eq!((fixture.vhost.held(), fixture.row("s").octets), (0, 0));
    }
}

/// All that a stream held was too old when the server came back. Its end was known from these messages alone, so the next start began
/// before it: offsets were given again, and what had them was taken for dropped at the start after that.
#[test]
fn offsets_are_not_given_twice_though_all_was_dropped_at_a_start() {
    let mut fixture = with_stream(Arguments { max_age: Some(1_000), ..stream() });
    append(&mut fixture, 0, 4);
    fixture.reclaim(true);
    append(&mut fixture, 4, 6);
    fixture.now = fixture.now + 5_000;
    fixture.restart(Limits::default());
    let bounds = |fixture: &Fixture| fixture.row("s").stream.map(|stream| (stream.first, stream.next));
    assert_eq!(bounds(&fixture), Some((6, 6)));
    fixture.vhost.handle_timeout(fixture.now, &mut fixture.effects);
    fixture.journal.take(&mut fixture.vhost); // what was dropped
    fixture.restart(Limits::default());
    assert_eq!(bounds(&fixture), Some((6, 6)));
    append(&mut fixture, 6, 8);
    fixture.restart(Limits::default());
    assert_eq!(bounds(&fixture), Some((6, 8)));
}

#[test]
fn a_stream_that_was_made_anew_has_another_epoch() {
    let mut fixture = with_stream(stream());
    let epoch = fixture.row("s").stream.unwrap().epoch;
    fixture.restart(Limits::default());
    assert_eq!(fixture.row("s").stream.unwrap().epoch, epoch);
    append(&mut fixture, 0, 5);
    fixture.reclaim(true);
    fixture.vhost.delete_queue("s", DeleteConditions::default(), fixture.now, &mut fixture.effects).unwrap();
    let trimmed = fixture.effects.list.iter().filter_map(|effect| match effect {
        Effect::Trimmed { part, .. } => Some(*part),
        _ => None,
    });
    assert!(trimmed.eq([0, 4]), "its files go with it");
    fixture.declare("s", stream());
    read(&mut fixture, BOB, 1, StreamTerms { epoch: Some(epoch), ..from(Start::First) }, AckMode::Auto, 0);
    assert!(matches!(fixture.error(), Some(Error::EpochChanged { .. })));
}

#[test]
fn a_stream_gets_what_its_bindings_let_through_once() {
    let mut fixture = with_stream(stream());
    let binding = Binding { exchange: "amq.topic".into(), key: "a.#".into(), arguments: BTreeMap::new() };
    fixture.vhost.bind_queue("s", binding).unwrap();
    fixture.subscribe(ALICE, 1, topic("t", "a.*"), AckMode::Auto, 0);
    read(&mut fixture, BOB, 1, from(Start::Next), AckMode::Auto, 0);
    fixture.publish("amq.topic", "a.b", "both");
    assert_eq!(fixture.bodies(), ["both", "both"]);
    fixture.publish("amq.topic", "b", "none");
    assert_eq!(fixture.row("s").ready, 1);
    fixture.restart(Limits::default());
    fixture.publish("amq.topic", "a.c", "another");
    assert_eq!(fixture.row("s").ready, 2);
}

#[test]
fn a_browser_of_a_stream_comes_to_an_end() {
    let mut fixture = with_stream(stream());
    append(&mut fixture, 0, 3);
    fixture.subscribe_as(BOB, 1, Source::Queue("s".into()), AckMode::Auto, Terms { browse: true, ..Terms::default() });
    assert_eq!(fixture.bodies(), bodies(0, 3));
    assert!(fixture.has(|effect| matches!(effect, Effect::Browsed { connection: BOB, subscription: 1 })));
    append(&mut fixture, 3, 4);
    assert_eq!(fixture.bodies(), bodies(0, 0));
}

#[test]
fn what_is_for_queues_is_refused_and_what_is_for_streams_too() {
    let mut fixture = with_stream(stream());
    fixture.declare("q", Arguments::default());
    let now = fixture.now;
    let Fixture { vhost, effects, .. } = &mut fixture;
    assert!(matches!(vhost.purge("s", 1, now, effects), Err(Error::IsStream { .. })));
    let subscribe = Subscribe {
        connection: BOB,
        subscription: 1,
        source: Source::Queue("q".into()),
        ack_mode: AckMode::Auto,
        terms: Terms::default(),
        stream: Some(Box::default()),
        token: None,
    };
    fixture.handle(Command::Subscribe(Box::new(subscribe)));
    assert!(matches!(fixture.error(), Some(Error::IsQueue { .. })));
    let wanted = declared(
        "s",
        QueueSettings {
            durable: true,
            arguments: Some(Arc::new(Arguments { queue_type: Some(QueueType::Classic), ..Arguments::default() })),
            ..QueueSettings::default()
        },
    );
    fixture.subscribe(BOB, 2, wanted, AckMode::Auto, 0);
    assert!(matches!(fixture.error(), Some(Error::QueueDiffers { argument: "x-queue-type", .. })));
}

#[test]
fn nobody_sees_a_message_before_it_is_durable() {
    let mut fixture = with_stream(stream());
    append(&mut fixture, 0, 2);
    read(&mut fixture, BOB, 1, from(Start::First), AckMode::Auto, 0);
    fixture.is_kept = false; // what follows is not durable for now
    append(&mut fixture, 2, 4);
    assert!(fixture.bodies().is_empty());
    read(&mut fixture, BOB, 2, from(Start::Next), AckMode::Auto, 0);
    assert_eq!(fixture.vhost.find_in_stream("s", Start::Offset(2), 5).unwrap().map(|(first, _)| first), None);
    fixture.is_kept = true;
    fixture.handle(Command::Sync { connection: ALICE, and_parked: false, token: 1 });
    let seen: Vec<_> = fixture.delivered().into_iter().map(|(_, number, body, _)| (number, body)).collect();
    assert_eq!(seen, [(1, "2".to_owned()), (1, "3".to_owned())], "the other one began behind them");
}
