//! Delivers the events of one webhook: takes them from their queue as fast as the sink takes them, and settles each by what came of it.

use super::attempt::{Kind, Outcome, Result, What};
use super::attempting::Means;
use super::endpoint::{End, Endpoint, Memory};
use super::order::{Due, Order};
use super::pace::Pace;
use super::request::Prepared;
use super::retry;
use super::settings::{Mode, OnExhausted, Ordering};
use super::translate::{Arrival, Lane, Link, Place, dead_letter, record};
use super::turn::Turn;
use super::verdict::Verdict;
use crate::engine::milliseconds_since_1970;
use crate::signature::to_hex;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use wire::cloudevents::Event;

/// Events that are looked at ahead where some may be left out.
const AHEAD: usize = 64;

/// Octets of data in a batch of several events: most sinks refuse requests beyond a few MiB, and what is refused for its size is given up.
const BATCH_OCTETS: usize = 1 << 20;

/// Events that are held to keep the order of their keys: beyond it all keys wait.
const ORDERED: usize = 1_000;

/// The longest sleep, if nothing is to be done.
const SLEEP: Duration = Duration::from_secs(3_600);

/// Octets of messages that are held, from which no more are asked for.
const HELD: usize = 16 << 20;

/// Events that are asked for at once: so many may come after there is enough.
const GRANT: usize = 100;

/// The longest that the queue may take to let go of us.
const LEAVING: Duration = Duration::from_secs(5);

/// A pause from which on it is kept, so that it holds after a restart too.
const LONG_PAUSE: Duration = Duration::from_secs(30);

/// How long all attempts fail before that is kept, and before the webhook is disabled, in milliseconds: an hour, five days. At half of that and at nine tenths
/// somebody is told.
const LONG: u64 = 60 * 60 * 1_000;
const TOO_LONG: u64 = 5 * 24 * 60 * 60 * 1_000;
const WARNINGS: [u64; 2] = [TOO_LONG / 2, TOO_LONG / 10 * 9];

/// Why it ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// Somebody wanted it.
    Wanted,
    /// There is nothing to read.
    Lost(String),
    /// Something about it is to be kept.
    Changed(Change),
}

/// What is to be kept about a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It has failed for a long time, since then; so many warnings are due.
    Failing { since: u64, warnings: usize },
    /// The sink wants to be left alone until then, in milliseconds since 1970.
    Paused(u64),
    /// It does no longer.
    Recovered,
    /// Nothing is to be delivered any more; `and_rest`: what waits is given up.
    Disabled { reason: String, and_rest: bool },
}

/// One webhook at work.
#[derive(Debug)]
pub(super) struct Dispatch {
    endpoint: Arc<Endpoint>,
    means: Means,
    place: Place,
    link: Link,
    ready: VecDeque<Turn>,
    order: Order,
    attempts: JoinSet<Finished>,
    /// Events in them.
    in_flight: usize,
    /// Octets of all that was handed out and is not settled.
    octets: usize,
    /// Events that were granted and have not come, by lane.
    own: usize,
    shared: usize,
    has_shared: bool,
    pace: Pace,
    change: Option<Change>,
    /// An attempt was cut off, by a bug: its events come again on another connection.
    is_broken: bool,
}

/// An attempt that was made.
#[derive(Debug)]
struct Finished {
    turns: Vec<Turn>,
    prepared: Prepared,
    result: Result,
}

impl Dispatch {
    /// Works on what the link was subscribed to; `has_shared`: also to a queue that others read.
    pub(super) fn new(endpoint: Arc<Endpoint>, means: Means, place: Place, link: Link, has_shared: bool) -> Self {
        let Memory { pace, due, .. } = recall(&endpoint);
        Dispatch {
            endpoint,
            means,
            place,
            link,
            ready: VecDeque::new(),
            order: Order::new(due),
            attempts: JoinSet::new(),
            in_flight: 0,
            octets: 0,
            own: 0,
            shared: 0,
            has_shared,
            pace,
            change: None,
            is_broken: false,
        }
    }

    /// Works until it is to end; attempts that were begun are finished.
    pub(super) async fn run(mut self, stopping: CancellationToken) -> Ended {
        let mut end = self.endpoint.end.subscribe();
        let ended = loop {
            if self.endpoint.is_called_off() {
                break Ended::Wanted;
            }
            self.start();
            self.grant();
            self.link.flush();
            self.tell();
            let wake = self.wake();
            tokio::select! {
                () = stopping.cancelled() => break Ended::Wanted,
                _ = end.wait_for(|end| *end != End::Not) => break Ended::Wanted,
                Some(finished) = self.attempts.join_next() => self.handle_finished(finished),
                () = self.link.wait() => if let Some(reason) = self.take_in() { break Ended::Lost(reason) },
                () = sleep_until(wake) => {}
            }
            if self.change.is_some() {
                break Ended::Wanted;
            }
            if self.is_broken {
                break Ended::Lost("an attempt was cut off".to_owned());
            }
        };
        while let Some(finished) = self.attempts.join_next().await {
            self.handle_finished(finished);
        }
        if !matches!(ended, Ended::Lost(_)) {
            self.leave().await;
        }
        self.link.flush();
        self.figure_in_flight();
        let sink = self.endpoint.definition.subscription.sink.clone();
        self.endpoint.figures.remember(Memory { sink, pace: self.pace, due: self.order.into_due() });
        match self.change {
            Some(change) => Ended::Changed(change),
            None => ended,
        }
    }

    /// Gives back what was not tried: that must not count as an attempt.
    async fn leave(&mut self) {
        let mut lanes = 1 + usize::from(self.has_shared);
        self.link.unsubscribe(Lane::Own);
        if self.has_shared {
            self.link.unsubscribe(Lane::Shared);
        }
        let leaving = async {
            while lanes > 0 {
                self.link.flush();
                self.link.wait().await;
                while let Some(arrival) = self.link.next() {
                    match arrival {
                        Arrival::Delivery(_, delivery) => self.link.give_back(&delivery),
                        Arrival::Left => lanes -= 1,
                        Arrival::Lost(_) => return,
                    }
                }
            }
        };
        let _ = timeout(LEAVING, leaving).await; // what does not come in time counts as handed out
        for turn in self.ready.drain(..).chain(self.order.drain()) {
            self.link.give_back(&turn.delivery);
        }
    }

    /// Takes what came. Returns why nothing comes any more, if so.
    fn take_in(&mut self) -> Option<String> {
        let is_ordered = self.endpoint.definition.subscription.config.ordering == Ordering::Key;
        let now = Instant::now();
        while let Some(arrival) = self.link.next() {
            match arrival {
                Arrival::Lost(reason) => return Some(reason),
                Arrival::Left => {}
                Arrival::Delivery(lane, delivery) => {
                    let granted = if lane == Lane::Own { &mut self.own } else { &mut self.shared };
                    *granted = granted.saturating_sub(1);
                    // What somebody wants again is delivered, whatever the filters say by now.
                    let Endpoint { definition, parsed, .. } = &*self.endpoint;
                    if !delivery.is_replay && !definition.subscription.wants(&parsed.filters, &delivery.event) {
                        self.link.ack(&delivery);
                        self.endpoint.figures.filtered.fetch_add(1, Relaxed);
                        continue;
                    }
                    self.octets += delivery.message.size();
                    let turn = Turn::new(delivery, is_ordered, now);
                    let settings = &definition.subscription.config;
                    let delay = |turn: &Turn| {
                        retry::delay(settings, turn.delivery.message.id, turn.number - 1).unwrap_or_default()
                    };
                    self.ready.extend(self.order.admit(turn, now, delay));
                }
            }
        }
        None
    }

    /// Starts as many attempts as are allowed.
    fn start(&mut self) {
        let now = Instant::now();
        while let Some(turn) = self.order.due(now) {
            self.ready.push_front(turn);
        }
        let most = self.endpoint.definition.subscription.config.concurrency;
        while self.attempts.len() < self.pace.allowed(most, now) && self.has_complete(now) && self.pace.take(now) {
            let turns = self.take_turns();
            self.in_flight += turns.len();
            let (means, endpoint) = (self.means.clone(), Arc::clone(&self.endpoint));
            self.attempts.spawn(async move {
                let events: Vec<&Event> = turns.iter().map(|turn| &turn.delivery.event).collect();
                let (prepared, result) = means.attempt(&endpoint, &events, &id(&turns)).await;
                Finished { turns, prepared, result }
            });
        }
    }

    /// Whether there is something to send: a batch waits for company.
    fn has_complete(&self, now: Instant) -> bool {
        let settings = &self.endpoint.definition.subscription.config;
        match (settings.mode, self.ready.front()) {
            (_, None) => false,
            (Mode::Batch, Some(first)) => {
                let fitting = self.fitting();
                let is_full = fitting == settings.batch.max || fitting < self.ready.len();
                is_full || first.since + settings.batch_wait() <= now
            }
            (_, Some(_)) => true,
        }
    }

    fn take_turns(&mut self) -> Vec<Turn> {
        self.ready.drain(..self.fitting()).collect()
    }

    /// How many of those that are ready go into one request. The first does, whatever its size.
    fn fitting(&self) -> usize {
        let settings = &self.endpoint.definition.subscription.config;
        let most = if settings.mode == Mode::Batch { settings.batch.max } else { 1 };
        let mut octets = 0;
        let fitting = self.ready.iter().take(most).take_while(|turn| {
            octets += turn.delivery.event.data().body().len();
            octets <= BATCH_OCTETS
        });
        fitting.count().max(1).min(self.ready.len())
    }

    /// Lets as many events come as there will be room for.
    fn grant(&mut self) {
        let settings = &self.endpoint.definition.subscription.config;
        let now = Instant::now();
        if self.link.is_paused() || self.octets >= HELD || self.pace.allowed(settings.concurrency, now) == 0 {
            return;
        }
        let is_picky =
            !(self.endpoint.parsed.filters.is_empty() && self.endpoint.definition.subscription.types.is_empty());
        let window = match (settings.mode, settings.ordering) {
            (_, Ordering::Key) => ORDERED,
            (Mode::Batch, _) => settings.concurrency * settings.batch.max,
            _ => settings.concurrency + if is_picky { AHEAD } else { 0 },
        };
        let held = self.ready.len() + self.in_flight + self.order.held();
        let room = window.saturating_sub(held + self.own + self.shared);
        let room = room.min(GRANT.saturating_sub(self.own + self.shared));
        if self.has_shared {
            if room > 0 {
                self.link.grant(Lane::Shared, room);
                self.shared += room;
            }
            if self.own == 0 {
                self.link.grant(Lane::Own, 1); // what is to be delivered again
                self.own = 1;
            }
        } else if room > 0 {
            self.link.grant(Lane::Own, room);
            self.own += room;
        }
    }

    /// When there may be something to do though nothing comes.
    fn wake(&self) -> Instant {
        let now = Instant::now();
        let settings = &self.endpoint.definition.subscription.config;
        let batch = self.ready.front().filter(|_| settings.mode == Mode::Batch);
        let batch = batch.map(|first| first.since + settings.batch_wait()).filter(|moment| *moment > now);
        let moments = [batch, self.order.next_due(), self.pace.wake(now)];
        moments.into_iter().flatten().min().unwrap_or(now + SLEEP)
    }

    fn handle_finished(&mut self, finished: std::result::Result<Finished, JoinError>) {
        let Finished { turns, prepared, result } = match finished {
            Ok(finished) => finished,
            Err(error) => {
                tracing::error!(webhook = %self.endpoint.id, %error, "an attempt was cut off");
                self.is_broken = true;
                return;
            }
        };
        self.in_flight -= turns.len();
        let now = Instant::now();
        self.pace.note(!matches!(result.verdict, Verdict::Again { .. }), now);
        self.count(&result);
        if let Verdict::Again { pause: Some(pause) } = result.verdict {
            self.pace.pause(pause, now);
            if pause >= LONG_PAUSE {
                let until = result.at.saturating_add(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX));
                self.change = self.change.take().or(Some(Change::Paused(until)));
            }
        }
        for turn in turns {
            self.octets = self.octets.saturating_sub(turn.delivery.message.size());
            self.settle(&turn, &prepared, &result, now);
        }
    }

    fn count(&mut self, result: &Result) {
        let figures = &self.endpoint.figures;
        let was_failing = self.endpoint.definition.state.failing_since.is_some();
        match (result.verdict, &result.reason) {
            (Verdict::Delivered, _) => {
                figures.note_success(result.at);
                if was_failing {
                    self.change = self.change.take().or(Some(Change::Recovered));
                }
            }
            (verdict, reason) => {
                figures.note_failure(reason.as_deref().unwrap_or_default(), result.at);
                if verdict == Verdict::Gone {
                    let reason = "the sink answered 410 Gone: it wants nothing any more".to_owned();
                    self.change = Some(Change::Disabled { reason, and_rest: true });
                }
                self.judge_failing(result.at);
            }
        }
    }

    /// Concludes from a long time without success.
    fn judge_failing(&mut self, now: u64) {
        let state = &self.endpoint.definition.state;
        let Some(since) = self.endpoint.figures.health().failing_since else { return };
        let failing = now.saturating_sub(since);
        if failing >= TOO_LONG {
            let reason = "all attempts of five days have failed".to_owned();
            self.change = self.change.take().or(Some(Change::Disabled { reason, and_rest: false }));
            return;
        }
        let warnings = WARNINGS.iter().filter(|warning| failing >= **warning).count();
        if failing >= LONG && (state.failing_since.is_none() || warnings > state.warnings) {
            self.change = self.change.take().or(Some(Change::Failing { since, warnings }));
        }
    }

    /// Settles an event by what came of the attempt.
    fn settle(&mut self, turn: &Turn, prepared: &Prepared, result: &Result, now: Instant) {
        let settings = &self.endpoint.definition.subscription.config;
        let is_blocked = turn.key.is_some() && settings.on_exhausted == OnExhausted::Block;
        let delay = || {
            let steps = u32::try_from(settings.retry_schedule.len()).unwrap_or(u32::MAX);
            let number = if is_blocked { turn.number.min(steps) } else { turn.number };
            retry::delay(settings, turn.delivery.message.id, number)
        };
        let delay = match result.verdict {
            Verdict::Again { pause } => delay().map(|delay| delay.max(pause.unwrap_or_default())),
            _ => None,
        };
        let outcome = match (result.verdict, delay) {
            (Verdict::Delivered, _) => Outcome::Delivered,
            (_, Some(_)) => Outcome::Failed,
            (_, None) => Outcome::Dead,
        };
        let next = delay.map(|delay| milliseconds_since_1970() + u64::try_from(delay.as_millis()).unwrap_or(0));
        let what = What {
            event: &turn.delivery.event,
            message: turn.delivery.id(),
            number: turn.number,
            kind: if turn.delivery.is_replay { Kind::Replay } else { Kind::Delivery },
        };
        let attempt = result.attempt(&what, prepared, outcome, next);
        self.link.publish(record(&self.place, &turn.delivery.message, &attempt));
        match (outcome, delay) {
            (Outcome::Failed, Some(delay)) if turn.key.is_some() => {
                self.order.expect(turn.delivery.message.id, now + delay);
                return self.link.retry(&turn.delivery, Duration::ZERO);
            }
            (Outcome::Failed, delay) => self.link.retry(&turn.delivery, delay.unwrap_or_default()),
            (Outcome::Delivered, _) => {
                self.endpoint.figures.delivered.fetch_add(1, Relaxed);
                self.link.ack(&turn.delivery);
            }
            (Outcome::Dead, _) => {
                self.endpoint.figures.dead.fetch_add(1, Relaxed);
                let letter = dead_letter(&self.place, &turn.delivery.message, &attempt);
                self.link.replace(&turn.delivery, letter);
            }
        }
        self.ready.extend(self.order.release(turn.key.as_deref()));
    }

    fn tell(&self) {
        self.figure_in_flight();
        self.pace.tell(&mut self.endpoint.figures.health(), Instant::now());
    }

    fn figure_in_flight(&self) {
        self.endpoint.figures.in_flight.store(self.in_flight as u64, Relaxed);
        self.endpoint.figures.held.store((self.order.held() + self.ready.len()) as u64, Relaxed);
    }
}

/// What is known of the sink: of the last version, or what was kept.
fn recall(endpoint: &Endpoint) -> Memory {
    let sink = &endpoint.definition.subscription.sink;
    let memory = endpoint.figures.recall(sink);
    let Memory { pace, due, .. } =
        memory.unwrap_or_else(|| Memory { sink: sink.clone(), pace: Pace::new(None), due: Due::default() });
    let mut pace = pace.with_rate(endpoint.rate());
    if let Some(until) = endpoint.definition.state.paused_until {
        pace.pause(Duration::from_millis(until.saturating_sub(milliseconds_since_1970())), Instant::now());
    }
    Memory { sink: sink.clone(), pace, due }
}

/// `webhook-id`: of a batch it follows from what is in it, since it may be put together in another way next time.
fn id(turns: &[Turn]) -> String {
    match turns {
        [turn] => turn.delivery.id(),
        turns => {
            let digest = turns.iter().fold(Sha256::new(), |digest, turn| digest.chain_update(turn.delivery.id()));
            format!("msg_{}", to_hex(&digest.finalize()[..16]))
        }
    }
}
