//! Anything in any order: sockets, timers, tokens, the page and the user, against a model of the server.

use super::model::World;
use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone, Copy)]
enum Event {
    Open { is_soft: bool },
    Lose,
    Stale,
    Hear { cut: usize },
    Message,
    Fatal,
    Timer,
    Pass(u64),
    Token { life: u64 },
    NoToken { retryable: bool },
    StaleToken,
    Wake,
    Offline,
    Publish { resend: bool },
    Cancel,
    Subscribe,
    Unsubscribe,
    Transaction { commit: bool },
    Close,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => any::<bool>().prop_map(|is_soft| Event::Open { is_soft }),
        16 => (0usize..200).prop_map(|cut| Event::Hear { cut }),
        3 => Just(Event::Lose),
        2 => Just(Event::Stale),
        3 => Just(Event::Message),
        1 => Just(Event::Fatal),
        6 => Just(Event::Timer),
        3 => (0u64..20_000).prop_map(Event::Pass),
        8 => (0u64..100_000).prop_map(|life| Event::Token { life }),
        1 => prop_oneof![9 => Just(true), 1 => Just(false)].prop_map(|retryable| Event::NoToken { retryable }),
        1 => Just(Event::StaleToken),
        2 => Just(Event::Wake),
        1 => Just(Event::Offline),
        5 => any::<bool>().prop_map(|resend| Event::Publish { resend }),
        1 => Just(Event::Cancel),
        3 => Just(Event::Subscribe),
        1 => Just(Event::Unsubscribe),
        1 => any::<bool>().prop_map(|commit| Event::Transaction { commit }),
        1 => prop_oneof![19 => Just(Event::Wake), 1 => Just(Event::Close)],
    ]
}

impl World {
    fn handle(&mut self, event: Event, random: f64) {
        match event {
            Event::Open { is_soft } => self.open(is_soft),
            Event::Lose => self.lose(random),
            Event::Stale => self.hear_stale(random),
            Event::Hear { cut } => self.hear(cut, random),
            Event::Message => self.message(random),
            Event::Fatal => self.say(b"ERROR\nmessage:no\nx-code:internal\n\n\0", random),
            Event::Timer => self.pass_timer(random),
            Event::Pass(milliseconds) => self.pass(milliseconds, random),
            Event::Token { life } => {
                let token = Token { text: "token".into(), expires_at: Some(self.now + life) };
                self.answer(Ok(token), random);
            }
            Event::NoToken { retryable } => {
                self.answer(Err(Error::of_provider("token-failed".into(), "no".into(), retryable)), random);
            }
            Event::StaleToken => {
                let token = Token { text: "stale".into(), expires_at: None };
                self.client.handle_token(self.token_request.unwrap_or(1) - 1, Ok(token), self.now, random);
            }
            Event::Wake => self.client.handle_wake(self.now),
            Event::Offline => self.client.handle_offline(self.now),
            Event::Publish { resend } => self.publish(resend, None),
            Event::Cancel => self.cancel(),
            Event::Subscribe => self.subscriptions.extend(self.client.subscribe(request())),
            Event::Unsubscribe => self.unsubscribe(),
            Event::Transaction { commit } => self.transact(commit),
            Event::Close => self.client.close(self.now),
        }
    }

    fn answer(&mut self, answer: Result<Token, Error>, random: f64) {
        if let Some(request) = self.token_request.take() {
            self.client.handle_token(request, answer, self.now, random);
        }
    }

    fn publish(&mut self, resend: bool, transaction: Option<u32>) {
        let request = PublishRequest { resend, transaction, ..PUBLISH };
        self.publishes.extend(self.client.publish(request, [], Bytes::from_static(b"x"), self.now));
    }

    fn cancel(&mut self) {
        if let Some(&oldest) = self.publishes.first()
            && self.client.cancel(oldest)
        {
            self.publishes.remove(&oldest);
        }
    }

    fn unsubscribe(&mut self) {
        if let Some(oldest) = self.subscriptions.pop_first() {
            self.client.unsubscribe(oldest);
        }
    }

    fn transact(&mut self, commit: bool) {
        if let Ok(transaction) = self.client.begin() {
            self.publish(false, Some(transaction));
            self.client.end_transaction(transaction, commit);
        }
    }

    fn message(&mut self, random: f64) {
        if let Some(subscription) = self.subscriptions.first() {
            self.say(format!("MESSAGE\nsubscription:{subscription}\n\nx\0").as_bytes(), random);
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_connection_stays_in_order(
        asks_tokens in any::<bool>(),
        max_attempts in prop_oneof![3 => Just(None), 1 => (0u32..5).prop_map(Some)],
        give_up_after in prop_oneof![3 => Just(None), 1 => (0u64..60_000).prop_map(Some)],
        events in prop::collection::vec((event(), 0.0..1.0), 1..200),
    ) {
        let reconnect = Some(Reconnect { max_attempts, give_up_after, ..Reconnect::default() });
        let mut world = World::new(Options { asks_tokens, reconnect, dedup_prefix: "id".into(), ..Options::default() });
        for (event, random) in events {
            world.handle(event, random);
            world.settle();
        }
        world.end();
    }
}
