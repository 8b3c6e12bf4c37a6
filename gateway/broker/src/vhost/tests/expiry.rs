//! Messages and queues that grow too old, and messages that come back later.

use super::*;

fn ttl(milliseconds: u64) -> Arguments {
    Arguments { message_ttl: Some(milliseconds), ..Arguments::default() }
}

#[test]
fn a_message_expires_by_its_queue_or_by_itself_whichever_is_earlier() {
    let mut fixture = Fixture::new();
    fixture.declare("q", ttl(100));
    fixture.publish("", "q", "by the queue");
    let own = fixture.now + 50;
    fixture.send(message("", "q", "by itself").expiring(own));
    let later = fixture.now + 500;
    fixture.send(message("", "q", "by the queue, too").expiring(later));
    assert_eq!(fixture.row("q").ready, 3);
    fixture.wait(50);
    assert_eq!(fixture.row("q").ready, 2);
    fixture.wait(50);
    assert_eq!((fixture.row("q").ready, fixture.row("q").counters.expired), (0, 3));
    assert_eq!(fixture.vhost.held(), 0);
    assert_eq!(fixture.vhost.poll_timeout(), Time::NEVER);
}

#[test]
fn who_has_credit_gets_a_message_before_it_expires() {
    let mut fixture = Fixture::new();
    fixture.declare("q", ttl(0));
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    fixture.publish("", "q", "now");
    assert_eq!(fixture.bodies(), ["now"]);
}

#[test]
fn what_has_expired_is_never_delivered() {
    let mut fixture = Fixture::new();
    fixture.declare("q", ttl(100));
    fixture.publish("", "q", "old");
    let past = Time(fixture.now.0 - 1);
    fixture.send(message("", "q", "older still").expiring(past));
    fixture.now = fixture.now + 100; // before the timer had its turn
    fixture.publish("", "q", "new");
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    assert_eq!(fixture.bodies(), ["new"]);
    assert_eq!(fixture.row("q").counters.expired, 2);
}

#[test]
fn what_comes_back_keeps_its_age() {
    let mut fixture = Fixture::new();
    fixture.declare("q", ttl(100));
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 1);
    fixture.publish("", "q", "1");
    fixture.wait(90);
    fixture.settle(BOB, 1, 1, Outcome::Requeue(None));
    assert_eq!(fixture.bodies(), ["1"]);
    fixture.wait(20);
    fixture.settle(BOB, 1, 2, Outcome::Requeue(None));
    assert_eq!(fixture.bodies(), [""; 0]);
    assert_eq!(fixture.row("q").counters.expired, 1);
}

#[test]
fn a_queue_goes_when_nobody_has_used_it_for_its_time() {
    let mut fixture = Fixture::new();
    fixture.declare("q", Arguments { expires: Some(100), ..Arguments::default() });
    fixture.wait(90);
    fixture.declare("q", Arguments::default());
    fixture.wait(90);
    assert!(fixture.vhost.queue("q").is_some(), "declaring it was a use");
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Auto, 0);
    fixture.wait(1000);
    assert!(fixture.vhost.queue("q").is_some(), "somebody subscribes");
    fixture.handle(Command::Unsubscribe { connection: BOB, subscription: 1, delete: false, token: None });
    fixture.wait(99);
    assert!(fixture.vhost.queue("q").is_some());
    fixture.wait(1);
    assert!(fixture.vhost.queue("q").is_none());
}

#[test]
fn a_message_comes_back_after_its_delay_and_others_go_on() {
    let mut fixture = Fixture::new();
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 0);
    fixture.publish("", "q", "1");
    fixture.settle(BOB, 1, 1, Outcome::Requeue(Some(100)));
    let row = fixture.row("q");
    assert_eq!((row.ready, row.unacked, row.delayed), (0, 0, 1));
    assert_eq!(row.octets, fixture.vhost.held() as u64);
    fixture.publish("", "q", "2");
    assert_eq!(fixture.bodies(), ["2"]);
    fixture.wait(99);
    assert_eq!(fixture.bodies(), [""; 0]);
    fixture.wait(1);
    assert_eq!(fixture.delivered(), [(1, 1, "1".to_owned(), 2)]);
}

#[test]
fn the_queue_says_how_long_a_message_stays_away() {
    let mut fixture = Fixture::new();
    fixture.declare("q", Arguments { retry_delay: Some(10), retry_multiplier: Some(3.0), ..Arguments::default() });
    fixture.subscribe(BOB, 1, queue("q"), AckMode::Individual, 0);
    fixture.publish("", "q", "1");
    for (delivery, delay) in [(1, 10), (2, 30), (3, 90)] {
        fixture.settle(BOB, 1, delivery, Outcome::Requeue(None));
        fixture.wait(delay - 1);
        assert_eq!(fixture.bodies(), [""; 0], "{delivery}");
        fixture.wait(1);
        assert_eq!(fixture.bodies(), ["1"], "{delivery}");
    }
    fixture.settle(BOB, 1, 4, Outcome::Requeue(Some(0)));
    assert_eq!(fixture.bodies(), ["1"], "who gives it back may say otherwise");
}
