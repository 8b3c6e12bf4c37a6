//! A vhost behind its lock, taken by the connection's own task for all frames of one read: no hand-over, no wake-up.
//!
//! Commands are carried out and their effects pushed to outboxes under the lock, so that every connection sees its
//! effects in the order of the commands; sleeping connections are woken after it, once per batch.

use crate::engine::connections::milliseconds_since_1970;
use crate::engine::outbox::{CloseReason, Item, Notice, Outbox};
use broker::{Command, ConnectionId, Effect, Effects, EndReason, Limits, Message, Time, Vhost};
use slab::Slab;
use std::cell::Cell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;
use tokio::sync::Notify;

/// One vhost of the embedded engine.
#[derive(Debug)]
pub(in crate::engine) struct EmbeddedVhost {
    core: Mutex<Core>,
    /// The vhost wants to be looked at earlier than it said before.
    hurry: Notify,
}

#[derive(Debug)]
pub(super) struct Core {
    pub(super) vhost: Vhost,
    /// By connection number.
    outboxes: Slab<Arc<Outbox>>,
    /// Scratch space, empty between commands.
    pub(super) effects: Effects,
    /// When `run_timers` looks at the vhost next.
    timer: Time,
}

/// The longest that `run_timers` sleeps: the clock on the wall may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

thread_local! {
    /// Whom to wake after the lock: a thread's own, so that nothing is allocated per batch.
    static WAKERS: Cell<Vec<Waker>> = const { Cell::new(Vec::new()) };
}

impl EmbeddedVhost {
    pub(in crate::engine) fn new(limits: Limits) -> Self {
        let vhost = Vhost::new(limits, rand::random());
        let core = Core { vhost, outboxes: Slab::new(), effects: Effects::default(), timer: Time::NEVER };
        EmbeddedVhost { core: Mutex::new(core), hurry: Notify::new() }
    }

    /// Does what is due in the vhost, for as long as the future is polled.
    pub(in crate::engine) async fn run_timers(&self) {
        loop {
            let deadline = self.with_core(|core, wakers| {
                core.vhost.handle_timeout(now(), &mut core.effects);
                core.pass_on(wakers);
                core.timer = core.vhost.poll_timeout();
                core.timer
            });
            let left = Duration::from_millis(deadline.0.saturating_sub(now().0)).min(LONGEST_SLEEP);
            let _ = tokio::time::timeout(left, self.hurry.notified()).await;
        }
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

    /// Carries out commands of one connection, in order.
    pub(in crate::engine) fn submit(&self, commands: impl IntoIterator<Item = Command>) {
        let now = now();
        self.with_core(|core, wakers| {
            for command in commands {
                core.perform(command, now, wakers);
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

impl Core {
    fn perform(&mut self, command: Command, now: Time, wakers: &mut Vec<Waker>) {
        self.vhost.handle(command, now, &mut self.effects);
        self.pass_on(wakers);
    }

    /// Pushes the effects to the outboxes they are for. One that is gone wants nothing any more.
    pub(super) fn pass_on(&mut self, wakers: &mut Vec<Waker>) {
        let Core { outboxes, effects, .. } = self;
        let mut push = |connection: ConnectionId, item: Item| {
            if let Some(outbox) = outboxes.get(connection.0 as usize) {
                wakers.extend(outbox.push(item));
            }
        };
        let Effects { list, targets } = effects;
        for effect in list.drain(..) {
            match effect {
                Effect::Deliver { message, targets: range } => {
                    for target in &targets[range] {
                        let item = Item::Deliver {
                            message: Arc::clone(&message),
                            subscription: target.subscription,
                            delivery: target.delivery,
                            delivery_count: target.delivery_count,
                        };
                        push(target.connection, item);
                    }
                }
                Effect::Confirmed { connection, token, routed, duplicate } => {
                    push(connection, Item::Confirmed { token, routed, duplicate });
                }
                Effect::Subscribed { connection, token } => {
                    push(connection, Item::Confirmed { token, routed: None, duplicate: false });
                }
                Effect::Ended { connection, subscription, reason: EndReason::Unsubscribed(token) } => {
                    push(connection, Item::Unsubscribed { subscription, token });
                }
                Effect::Ended { connection, subscription, reason: EndReason::QueueDeleted } => {
                    push(connection, Item::QueueDeleted { subscription });
                }
                Effect::Refused { connection, token, subscription, error } => {
                    push(connection, Item::Refused { token, subscription, error: Box::new(error) });
                }
                Effect::Browsed { connection, subscription } => push(connection, Item::Browsed { subscription }),
                Effect::Dropped { connection, subscription, count } => {
                    push(connection, Item::Notice(Notice::Dropped { subscription, count }));
                }
                Effect::Blocked { connection } => push(connection, Item::Notice(Notice::Blocked)),
                Effect::Unblocked { connection } => push(connection, Item::Notice(Notice::Unblocked)),
                Effect::Pause { connection } => push(connection, Item::Pause),
                Effect::Resume { connection } => push(connection, Item::Resume),
            }
        }
        targets.clear();
    }
}

pub(super) fn now() -> Time {
    Time(milliseconds_since_1970())
}
