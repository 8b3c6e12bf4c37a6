//! A vhost behind its lock, taken by the connection's own task for all frames of one read: no hand-over, no wake-up.
//!
//! Commands are carried out and their effects pushed to outboxes under the lock, so that every connection sees its
//! effects in the order of the commands; sleeping connections are woken after it, once per batch.

use super::journal::{Journal, OVERHEAD, VhostNumber};
use super::places::{Places, place_at};
use super::reader::{Located, Readers, Request};
use crate::engine::connections::milliseconds_since_1970;
use crate::engine::outbox::{CloseReason, Item, Notice, Outbox};
use crate::engine::permission::Surroundings;
use crate::engine::store_error::StoreError;
use broker::{
    Command, ConnectionId, Effect, Effects, EndReason, Kept, Kind, Limits, Load, Loaded, Message, Movable, Moving,
    Recovery, SubscriptionNumber, Time, Vhost, Wanted, stored,
};
use slab::Slab;
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::Duration;
use store::{LogId, Position, failpoint};
use tokio::sync::Notify;

/// One vhost of the embedded engine.
#[derive(Debug)]
pub(in crate::engine) struct EmbeddedVhost {
    /// What the vhost is called in the journal.
    number: VhostNumber,
    core: Mutex<Core>,
    /// The vhost wants to be looked at earlier than it said before.
    hurry: Notify,
    /// Whether subscriptions with wildcards are narrowed.
    narrows: AtomicBool,
}

#[derive(Debug)]
pub(super) struct Core {
    pub(super) vhost: Vhost,
    /// By connection number.
    pub(super) outboxes: Slab<Arc<Outbox>>,
    /// Scratch space, empty between commands.
    pub(super) effects: Effects,
    /// When `run_timers` looks at the vhost next.
    timer: Time,
    journal: Arc<Journal>,
    readers: Arc<Readers>,
    /// What the vhost is called in there, and who is to have what is read.
    pub(super) number: VhostNumber,
    me: Weak<EmbeddedVhost>,
    /// Where the last record ends, and what is durable.
    pub(super) appended: Position,
    durable: Position,
    places: Places,
    /// Answers that wait until what they confirm is durable, in that order.
    deferred: VecDeque<(Position, Arc<Outbox>, Item)>,
    /// What is to be read once this is durable: it may not be in a file before.
    pub(super) unread: VecDeque<(Position, Request)>,
    /// Parts of logs that go once this is durable.
    pub(super) trimmed: VecDeque<(Position, LogId, u64)>,
    is_disk_full: bool,
    /// Publishers wait for the disk.
    has_alarm: bool,
    /// It was deleted.
    pub(super) is_ended: bool,
}

/// Octets of a vhost's records that may wait to be durable, before publishers wait too. They are in memory twice: the next ones are collected
/// while these are written.
const UNSYNCED: u64 = 16 << 20;

/// The longest that `run_timers` sleeps: the clock on the wall may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

thread_local! {
    /// Whom to wake after the lock: a thread's own, so that nothing is allocated per batch.
    static WAKERS: Cell<Vec<Waker>> = const { Cell::new(Vec::new()) };
}

impl EmbeddedVhost {
    /// The vhost that has this number in the journal, as it was kept.
    pub(in crate::engine) fn recover(
        limits: Limits,
        journal: Arc<Journal>,
        readers: Arc<Readers>,
        number: VhostNumber,
        kept: Recovery,
    ) -> Result<Arc<Self>, StoreError> {
        let mut effects = Effects::default();
        let durable = journal.durable();
        let vhost = Vhost::recover(limits, rand::random(), kept, place_at(durable), now(), &mut effects)?;
        effects.clear(); // there is nobody to be told
        Ok(Arc::new_cyclic(|me| {
            let core = Core {
                vhost,
                outboxes: Slab::new(),
                effects,
                timer: Time::NEVER,
                journal,
                readers,
                number,
                me: Weak::clone(me),
                appended: durable,
                durable,
                places: Places::default(),
                deferred: VecDeque::new(),
                unread: VecDeque::new(),
                trimmed: VecDeque::new(),
                is_disk_full: false,
                has_alarm: false,
                is_ended: false,
            };
            EmbeddedVhost { number, core: Mutex::new(core), hurry: Notify::new(), narrows: AtomicBool::default() }
        }))
    }

    /// What the vhost is called in the journal.
    pub(in crate::engine) fn number(&self) -> VhostNumber {
        self.number
    }

    /// All records up to there are durable: lets go what waited for it.
    pub(in crate::engine) fn handle_durable(&self, position: Position) {
        failpoint::pass("answers.due");
        self.with_core(|core, wakers| {
            core.durable = position;
            let waiting = core.deferred.partition_point(|(waits_for, ..)| *waits_for <= position);
            for (_, outbox, item) in core.deferred.drain(..waiting) {
                wakers.extend(outbox.push_deferred(item));
                failpoint::pass("answer.given");
            }
            while let Some((_, request)) = core.unread.pop_front_if(|(begins, _)| *begins < position) {
                core.readers.send(request);
            }
            if core.vhost.has_unseen() {
                let before = core.places.place(position);
                core.vhost.handle_durable(before, now(), &mut core.effects);
                core.pass_on(wakers);
            }
            core.lower_alarm(wakers);
        });
    }

    /// The disk is full, or it is not any more.
    pub(in crate::engine) fn handle_full(&self, is_full: bool) {
        self.with_core(|core, wakers| {
            core.is_disk_full = is_full;
            core.raise_alarm();
            core.lower_alarm(wakers);
        });
    }

    /// Octets of messages in records that are needed.
    pub(in crate::engine) fn live(&self) -> u64 {
        self.lock().vhost.live()
    }

    /// Messages that are needed and stand before `covers` in the journal, where they are not to be moved: about so many octets of
    /// them. None: there are no more.
    pub(super) fn needed(&self, covers: Position, octets: usize) -> Vec<(Kept, Position)> {
        let mut core = self.lock();
        let before = core.places.place(covers);
        let needed = core.vhost.needed(before, octets);
        needed.into_iter().map(|kept| (kept, core.places.position(kept.place))).collect()
    }

    /// Octets of what giving back all before `covers` would write again, counted no further than to `most`.
    pub(in crate::engine) fn needed_octets(&self, covers: Position, most: u64) -> u64 {
        let core = self.lock();
        core.vhost.needed_octets(core.places.place(covers), most)
    }

    /// Writes such messages again. Returns where the journal has to be durable for it.
    pub(super) fn carry(&self, messages: &[(Kept, Vec<u8>)]) -> Position {
        let read = messages.iter().filter_map(|(kept, octets)| Some((*kept, stored(octets).next()?.ok()?)));
        let read: Vec<_> = read.collect();
        self.with_core(|core, wakers| {
            core.vhost.carry(&read, now());
            core.pass_on(wakers);
            core.appended
        })
    }

    /// Nothing before `covers` in the journal is needed any more.
    pub(super) fn forget_before(&self, covers: Position) {
        let mut core = self.lock();
        let place = core.places.place(covers);
        core.places.forget_before(place);
    }

    /// Streams that have so much before `covers` in the journal that it is to be moved to their logs.
    pub(super) fn movable(&self, covers: Position) -> Vec<Movable> {
        let mut core = self.lock();
        let before = core.places.place(covers);
        core.vhost.movable(before)
    }

    /// Where messages are in the journal.
    pub(super) fn locate(&self, messages: &[Moving]) -> Vec<(Moving, Position)> {
        let core = self.lock();
        messages.iter().map(|moving| (*moving, core.places.position(moving.kept.place))).collect()
    }

    /// Messages of a stream were moved. `false`: it is not there any more.
    pub(super) fn handle_moved(&self, stream: u64, changed: &[broker::LogPart]) -> bool {
        self.lock().vhost.handle_moved(stream, changed)
    }

    /// Parts of logs that nobody needs any more, whatever happens.
    pub(in crate::engine) fn take_trimmed(&self) -> Vec<(LogId, u64)> {
        let mut core = self.lock();
        let durable = core.durable;
        let mut taken = Vec::new();
        while let Some((_, id, first)) = core.trimmed.pop_front_if(|(position, ..)| *position <= durable) {
            taken.push((id, first));
        }
        taken
    }

    /// What has to be read before the first messages of a queue can be looked at, and where it is.
    pub(in crate::engine) fn missing(&self, queue: &str, count: usize, octets: usize) -> Vec<(Kept, Position)> {
        let core = self.lock();
        let missing = core.vhost.missing(queue, count, octets);
        missing.into_iter().map(|kept| (kept, core.places.position(kept.place))).collect()
    }

    /// Messages of a queue were read.
    pub(in crate::engine) fn handle_found(&self, queue: &str, messages: &[Loaded]) {
        self.lock().vhost.handle_found(queue, messages);
    }

    /// Messages of a queue that were read were looked at.
    pub(in crate::engine) fn handle_looked(&self, queue: &str, messages: &[Loaded]) {
        self.lock().vhost.handle_looked(queue, messages);
    }

    /// What is declared in the vhost, for the journal.
    pub(in crate::engine) fn definitions(&self) -> (VhostNumber, Vec<u8>) {
        let core = self.lock();
        (core.number, core.vhost.definitions())
    }

    /// Does what is due in the vhost, for as long as the future is polled.
    pub(in crate::engine) async fn run_timers(&self) {
        loop {
            let deadline = self.handle_timeout();
            let left = Duration::from_millis(deadline.0.saturating_sub(now().0)).min(LONGEST_SLEEP);
            let _ = tokio::time::timeout(left, self.hurry.notified()).await;
        }
    }

    /// Does what is due. Returns when it is to be done again.
    pub(in crate::engine) fn handle_timeout(&self) -> Time {
        self.with_core(|core, wakers| {
            core.vhost.handle_timeout(now(), &mut core.effects);
            core.pass_on(wakers);
            core.timer = core.vhost.poll_timeout();
            core.timer
        })
    }

    /// Lets a connection in.
    pub(in crate::engine) fn connect(&self, outbox: Arc<Outbox>) -> ConnectionId {
        let mut core = self.lock();
        let connection = ConnectionId(u32::try_from(core.outboxes.insert(outbox)).unwrap_or(u32::MAX));
        let Core { vhost, effects, .. } = &mut *core;
        vhost.handle(Command::Connect { connection }, now(), effects);
        connection
    }

    /// A connection is gone.
    pub(in crate::engine) fn disconnect(&self, connection: ConnectionId) {
        self.with_core(|core, wakers| {
            core.outboxes.try_remove(connection.0 as usize);
            core.perform(Command::Disconnect { connection }, now(), wakers);
        });
    }

    /// Whether a connection has a live subscription of this number.
    pub(in crate::engine) fn has_subscription(&self, connection: ConnectionId, number: SubscriptionNumber) -> bool {
        self.lock().vhost.has_subscription(connection, number)
    }

    /// From now on subscriptions with wildcards are narrowed to what may be read, or refused.
    pub(in crate::engine) fn set_narrowing(&self, narrows: bool) {
        self.narrows.store(narrows, Ordering::Relaxed);
    }

    /// Carries out commands of one connection, in order.
    pub(in crate::engine) fn submit(&self, commands: impl IntoIterator<Item = Command>) {
        let now = now();
        self.with_core(|core, wakers| {
            for command in commands {
                core.perform(command, now, wakers);
            }
        });
    }

    /// The same, of commands of which some were refused: their answers keep their places.
    pub(in crate::engine) fn submit_judged(&self, commands: impl IntoIterator<Item = Result<Command, Vec<Effect>>>) {
        let now = now();
        self.with_core(|core, wakers| {
            for command in commands {
                match command {
                    Ok(command) => core.perform(command, now, wakers),
                    Err(refused) => {
                        core.effects.list.extend(refused);
                        core.pass_on(wakers);
                    }
                }
            }
        });
    }

    /// Publishes what the server itself says.
    pub(in crate::engine) fn announce(&self, message: &Arc<Message>) {
        self.with_core(|core, wakers| {
            core.vhost.announce(message, now(), &mut core.effects);
            core.pass_on(wakers);
        });
    }

    /// Asks all connections to close.
    pub(in crate::engine) fn close_all(&self, reason: CloseReason) {
        self.with_core(|core, wakers| {
            wakers.extend(core.outboxes.iter().filter_map(|(_, outbox)| outbox.push(Item::Close(reason))));
        });
    }

    pub(super) fn with_core<R>(&self, act: impl FnOnce(&mut Core, &mut Vec<Waker>) -> R) -> R {
        let mut wakers = WAKERS.take();
        let mut core = self.lock();
        let result = act(&mut core, &mut wakers);
        let hurry = core.vhost.poll_timeout() < core.timer;
        core.timer = core.timer.min(core.vhost.poll_timeout());
        drop(core);
        if hurry {
            self.hurry.notify_one();
        }
        wakers.drain(..).for_each(Waker::wake);
        WAKERS.set(wakers);
        result
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Core> {
        // A panic under the lock is a bug that the log shows; the other connections of the vhost go on.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Surroundings for EmbeddedVhost {
    fn is_topic(&self, exchange: &str) -> bool {
        self.lock().vhost.exchange_kind(exchange) == Some(Kind::Topic)
    }

    fn has_queue(&self, name: &str) -> bool {
        self.lock().vhost.has_queue(name)
    }

    fn narrows(&self) -> bool {
        self.narrows.load(Ordering::Relaxed)
    }
}

impl Core {
    fn perform(&mut self, command: Command, now: Time, wakers: &mut Vec<Waker>) {
        if self.is_ended {
            return; // whose connections were told to go
        }
        self.vhost.handle(command, now, &mut self.effects);
        self.pass_on(wakers);
    }

    /// Appends the record of what was done, if there is one. `true`: there was.
    fn keep(&mut self) -> bool {
        let record = self.vhost.record();
        if record.is_empty() {
            return false;
        }
        let (place, octets) = (self.vhost.record_place(), OVERHEAD + record.len() as u64);
        self.appended = self.journal.append(self.number, record);
        self.places.note(place, Position(self.appended.0.saturating_sub(octets)));
        self.vhost.handle_recorded(place + octets);
        self.raise_alarm();
        true
    }

    fn unsynced(&self) -> u64 {
        self.appended.0.saturating_sub(self.durable.0)
    }

    /// Lets publishers wait, if the disk is full or too slow for them. Nothing follows from it at once.
    fn raise_alarm(&mut self) {
        if !self.has_alarm && (self.is_disk_full || self.unsynced() > UNSYNCED) {
            self.has_alarm = true;
            self.vhost.set_storage_alarm(true, now(), &mut self.effects);
        }
    }

    /// Lets publishers go on once the disk has caught up with half of what made them wait.
    fn lower_alarm(&mut self, wakers: &mut Vec<Waker>) {
        if self.has_alarm && !self.is_disk_full && self.unsynced() <= UNSYNCED / 2 {
            self.has_alarm = false;
            self.vhost.set_storage_alarm(false, now(), &mut self.effects);
            self.pass_on(wakers);
        }
    }

    /// Has messages read, now or once they are in a file.
    fn read(&mut self, load: Load) {
        let Load { serial, wanted } = load;
        let located = self.locate(wanted);
        let begins = match &located {
            Located::Records(list) => list.iter().map(|(_, position)| *position).max(),
            Located::Log { .. } => None,
        };
        let request = Request { vhost: Weak::clone(&self.me), number: self.number, serial, located };
        match begins.filter(|begins| *begins >= self.durable) {
            Some(begins) => {
                let index = self.unread.partition_point(|(other, _)| *other <= begins);
                self.unread.insert(index, (begins, request));
            }
            None => self.readers.send(request),
        }
    }

    pub(super) fn locate(&self, wanted: Wanted) -> Located {
        match wanted {
            Wanted::Records(list) => {
                let located = list.into_iter().map(|kept| (kept, self.places.position(kept.place)));
                Located::Records(located.collect())
            }
            Wanted::Log { stream, part, from, since, octets } => Located::Log { stream, part, from, since, octets },
        }
    }

    /// Does what effects ask for that are for nobody: reading, and giving files back.
    #[cold]
    fn see_to_files(&mut self) {
        for effect in self
            .effects
            .list
            .extract_if(.., |it| matches!(it, Effect::Load(_) | Effect::Trimmed { .. }))
            .collect::<Vec<_>>()
        {
            match effect {
                Effect::Load(load) => self.read(load),
                Effect::Trimmed { stream, part } => {
                    let id = LogId { group: self.number, log: stream };
                    self.trimmed.push_back((self.appended, id, part));
                }
                _ => {}
            }
        }
    }

    /// Pushes the effects to the outboxes they are for. One that is gone wants nothing any more. Answers wait until what they
    /// confirm is durable; and an answer does not overtake others of its connection.
    pub(super) fn pass_on(&mut self, wakers: &mut Vec<Waker>) {
        let is_kept = self.keep();
        if self.effects.list.iter().any(|effect| matches!(effect, Effect::Load(_) | Effect::Trimmed { .. })) {
            self.see_to_files();
        }
        let Core { outboxes, effects, deferred, appended, durable, places, .. } = self;
        let (appended, durable, is_behind) = (*appended, *durable, appended > durable);
        let mut answer = |connection: ConnectionId, item: Item, waits: bool, wakers: &mut Vec<Waker>| {
            let Some(outbox) = outboxes.get(connection.0 as usize) else { return };
            if is_behind && (waits || (outbox.is_held(durable) && item.is_about_deliveries())) {
                outbox.defer(&item, appended);
                deferred.push_back((appended, Arc::clone(outbox), item));
            } else {
                wakers.extend(outbox.push(item));
            }
        };
        let follows = |connection: ConnectionId| {
            is_kept || outboxes.get(connection.0 as usize).is_some_and(|outbox| outbox.has_deferred())
        };
        let Effects { list, targets } = effects;
        for effect in list.drain(..) {
            match effect {
                Effect::Deliver { message, targets: range, stream } => {
                    for target in &targets[range] {
                        let item = Item::Deliver {
                            message: Arc::clone(&message),
                            subscription: target.subscription,
                            delivery: target.delivery,
                            delivery_count: target.delivery_count,
                            stream,
                        };
                        answer(target.connection, item, false, wakers);
                        failpoint::pass("message.delivered");
                    }
                }
                Effect::Confirmed { connection, token, routed, duplicate, stream_offset } => {
                    let waits = duplicate || follows(connection);
                    answer(connection, Item::Confirmed { token, routed, duplicate, stream_offset }, waits, wakers);
                }
                Effect::Subscribed { connection, token, declared } => {
                    let item = Item::Confirmed { token, routed: None, duplicate: false, stream_offset: None };
                    let is_new = declared != 0 && places.position(declared) >= durable;
                    // Whatever it is handed comes after this.
                    let waits = is_kept || is_new;
                    if let Some(outbox) = outboxes.get(connection.0 as usize).filter(|_| is_behind && waits) {
                        outbox.hold_until(appended);
                    }
                    answer(connection, item, waits, wakers);
                }
                Effect::Ended { connection, subscription, reason: EndReason::Unsubscribed(token) } => {
                    let waits = is_kept && token.is_some();
                    answer(connection, Item::Unsubscribed { subscription, token }, waits, wakers);
                }
                Effect::Ended { connection, subscription, reason: EndReason::QueueDeleted } => {
                    answer(connection, Item::QueueDeleted { subscription }, false, wakers);
                }
                Effect::Refused { connection, token, subscription, error } => {
                    let item = Item::Refused { token, subscription, error: Box::new(error) };
                    answer(connection, item, follows(connection), wakers);
                }
                Effect::Browsed { connection, subscription } => {
                    answer(connection, Item::Browsed { subscription }, false, wakers);
                }
                Effect::Dropped { connection, subscription, count } => {
                    answer(connection, Item::Notice(Notice::Dropped { subscription, count }), false, wakers);
                }
                Effect::Blocked { connection, by_storage } => {
                    answer(connection, Item::Notice(Notice::Blocked { by_storage }), false, wakers);
                }
                Effect::Unblocked { connection } => answer(connection, Item::Notice(Notice::Unblocked), false, wakers),
                Effect::Pause { connection } => answer(connection, Item::Pause, false, wakers),
                Effect::Resume { connection } => answer(connection, Item::Resume, false, wakers),
                Effect::Load(_) | Effect::Trimmed { .. } => {} // which were seen to
            }
        }
        targets.clear();
    }
}

pub(super) fn now() -> Time {
    Time(milliseconds_since_1970())
}
