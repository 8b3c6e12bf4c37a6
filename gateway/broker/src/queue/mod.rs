//! A queue: messages in order, and the line of subscriptions that take them in turn.

mod backlog;
mod entry;
mod pace;

pub(crate) use backlog::Backlog;
pub(crate) use entry::{Content, Entry, UNWRITTEN};
pub(crate) use pace::Pace;

use crate::routing::QueueId;
use crate::stats::{Counters, QueueRow};
use crate::stream::{Cursor, Stream, StreamPlace};
use crate::subscription::SubscriptionKey;
use crate::{Binding, ConnectionId, Message, Narrowing, QueueSettings, Time};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Each message to one subscription, gone when settled.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Its number in records; 0: it does not survive a restart.
    pub(crate) number: u64,
    /// Where the record begins that declares it; 0: none does, or it was read back.
    pub(crate) declared: u64,
    pub(crate) name: Arc<str>,
    pub(crate) settings: QueueSettings,
    /// The connection of an exclusive queue.
    pub(crate) owner: Option<ConnectionId>,
    /// What it takes of that which its bindings match; `None`: everything.
    pub(crate) narrowing: Option<Narrowing>,
    /// Bindings to take back when it is deleted.
    pub(crate) bindings: Vec<Binding>,
    /// All its subscriptions, also ended ones with unacked deliveries, oldest first.
    pub(crate) subscriptions: Vec<SubscriptionKey>,
    /// Live subscriptions that take messages.
    pub(crate) consumers: u32,
    /// How many of them are exclusive.
    pub(crate) exclusive_consumers: u32,
    /// The one that is served, where only one is.
    pub(crate) active: Option<SubscriptionKey>,
    /// Whether any of them had a priority, or wanted to be alone: then more than credit decides whose turn it is.
    pub(crate) has_ranks: bool,
    /// Subscriptions with credit, the next receiver first: taking turns is going to the end of the line.
    pub(crate) line: VecDeque<SubscriptionKey>,
    /// Publishers that wait for it to shrink.
    pub(crate) pace: Pace,
    /// Since when nobody has subscribed to it.
    pub(crate) unused_since: Time,
    /// When the vhost's timer looks at it.
    pub(crate) timer: Time,
    /// Messages dropped since the last delivery.
    pub(crate) missing: u64,
    pub(crate) counters: Counters,
    /// What it is beside a queue.
    pub(crate) role: Role,
    /// Messages of it are being read: by this number the answer is known.
    pub(crate) loading: Option<u64>,
    /// Where among the messages that were read more are to be asked for.
    pub(crate) load_mark: u64,
    backlog: Backlog,
    /// Messages that came back, by when they return and their number.
    delayed: BTreeMap<(Time, u64), Entry>,
    delayed_octets: usize,
    unacked: u64,
    unacked_octets: usize,
    /// The last number that it gave.
    last: u64,
    /// The last number that was delivered, and of which a record says that it was.
    delivered: u64,
    noted: u64,
}

/// What stands in the list of queues.
#[derive(Debug)]
pub(crate) enum Role {
    /// A queue.
    Queue,
    /// A stream: messages come to it and stay, and nobody takes them from it.
    Stream(Box<Stream>),
    /// The place of readers in a stream: a queue that is filled from it.
    Cursor(Box<Cursor>),
}

impl Queue {
    pub(crate) fn new(name: Arc<str>, settings: QueueSettings, owner: Option<ConnectionId>, now: Time) -> Self {
        let has_ranks = settings.arguments().single_active == Some(true);
        Queue {
            number: 0,
            declared: 0,
            name,
            settings,
            owner,
            narrowing: None,
            bindings: Vec::new(),
            subscriptions: Vec::new(),
            consumers: 0,
            exclusive_consumers: 0,
            active: None,
            has_ranks,
            line: VecDeque::new(),
            pace: Pace::Free,
            unused_since: now,
            timer: Time::NEVER,
            missing: 0,
            counters: Counters::default(),
            role: Role::Queue,
            loading: None,
            load_mark: 0,
            backlog: Backlog::new(),
            delayed: BTreeMap::new(),
            delayed_octets: 0,
            unacked: 0,
            unacked_octets: 0,
            last: 0,
            delivered: 0,
            noted: 0,
        }
    }

    /// Whether a message that was routed to it is not for it.
    pub(crate) fn is_closed_to(&self, message: &Message, publisher: Option<ConnectionId>) -> bool {
        (self.settings.no_local && self.owner == publisher) || !self.lets_in(message)
    }

    /// Whether a message may be in it now.
    pub(crate) fn lets_in(&self, message: &Message) -> bool {
        self.narrowing.as_ref().is_none_or(|narrowing| narrowing.lets_in(&message.routing_key))
    }

    pub(crate) fn stream(&self) -> Option<&Stream> {
        match &self.role {
            Role::Stream(stream) => Some(stream),
            Role::Queue | Role::Cursor(_) => None,
        }
    }

    pub(crate) fn stream_mut(&mut self) -> Option<&mut Stream> {
        match &mut self.role {
            Role::Stream(stream) => Some(stream),
            Role::Queue | Role::Cursor(_) => None,
        }
    }

    pub(crate) fn cursor(&self) -> Option<&Cursor> {
        match &self.role {
            Role::Cursor(cursor) => Some(cursor),
            Role::Queue | Role::Stream(_) => None,
        }
    }

    pub(crate) fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        match &mut self.role {
            Role::Cursor(cursor) => Some(cursor),
            Role::Queue | Role::Stream(_) => None,
        }
    }

    /// The place in a stream of one of its messages, if it reads one.
    pub(crate) fn place(&self, number: u64) -> Option<StreamPlace> {
        self.cursor().map(|cursor| cursor.place(number))
    }

    /// What waits.
    pub(crate) fn backlog(&self) -> &Backlog {
        &self.backlog
    }

    /// Makes a new message's entry, which is not in the queue yet.
    /// `copies`: to how many queues it goes.
    pub(crate) fn admit(&mut self, message: &Arc<Message>, copies: usize, now: Time) -> Entry {
        self.last += 1;
        self.counters.published += 1;
        let expires = match &self.settings.arguments {
            Some(arguments) => arguments.message_ttl.map_or(message.expires, |ttl| message.expires.min(now + ttl)),
            None => message.expires,
        };
        let record = if message.is_persistent && self.number != 0 { UNWRITTEN } else { 0 };
        let copies = u32::try_from(copies).unwrap_or(u32::MAX);
        let content = Content::Here(Arc::clone(message));
        Entry { content, number: self.last, delivery_count: 0, expires, record, copies }
    }

    /// Puts a new message at the tail.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.backlog.push(entry);
    }

    /// Takes the head.
    pub(crate) fn pop(&mut self) -> Option<Entry> {
        self.backlog.pop()
    }

    /// Takes the head, or if nothing waits what was kept back.
    pub(crate) fn pop_any(&mut self) -> Option<Entry> {
        self.backlog.pop().or_else(|| {
            let (_, entry) = self.delayed.pop_first()?;
            self.delayed_octets -= entry.size();
            Some(entry)
        })
    }

    /// Puts a message back where it was: before all that were published after it.
    pub(crate) fn put_back(&mut self, entry: Entry) {
        self.backlog.put_back(entry);
    }

    /// Puts messages back where they were, sorted by their numbers.
    pub(crate) fn put_all_back(&mut self, returning: Vec<Entry>) {
        self.backlog.put_all_back(returning);
    }

    /// Keeps a message back until then, or until it expires.
    pub(crate) fn delay(&mut self, entry: Entry, until: Time) {
        let until = until.min(entry.expires);
        self.delayed_octets += entry.size();
        self.delayed.insert((until, entry.number), entry);
    }

    /// Lets return what was kept back until now.
    pub(crate) fn end_delays(&mut self, now: Time) {
        let mut returning = Vec::new();
        while let Some(first) = self.delayed.first_entry().filter(|first| first.key().0 <= now) {
            let entry = first.remove();
            self.delayed_octets -= entry.size();
            returning.push(entry);
        }
        returning.sort_unstable_by_key(|entry| entry.number);
        self.backlog.put_all_back(returning);
    }

    /// Takes out what has expired.
    pub(crate) fn expire(&mut self, now: Time) -> Vec<Entry> {
        self.backlog.expire(now)
    }

    /// Takes the oldest message out if there are more than the queue's arguments allow.
    pub(crate) fn pop_surplus(&mut self) -> Option<Entry> {
        let arguments = self.settings.arguments.as_deref()?;
        let is_over = arguments.max_length.is_some_and(|limit| self.backlog.len() as u64 > limit)
            || arguments.max_octets.is_some_and(|limit| self.backlog.body_octets() as u64 > limit);
        if is_over { self.backlog.pop() } else { None }
    }

    /// When the vhost has to look at it: something expires, returns, was waited for long enough, or it itself was
    /// unused for too long.
    pub(crate) fn deadline(&self, stall: u64) -> Time {
        let unused = match self.settings.arguments().expires {
            Some(after) if self.consumers == 0 => self.unused_since + after,
            _ => Time::NEVER,
        };
        let returning = self.delayed.first_key_value().map_or(Time::NEVER, |((until, _), _)| *until);
        if let Role::Stream(stream) = &self.role {
            return stream.deadline(self.settings.arguments());
        }
        self.backlog.deadline().min(returning).min(unused).min(self.pace.deadline(stall))
    }

    /// It is what records tell of, and holds what they keep.
    pub(crate) fn recover(&mut self, number: u64, last: u64, delivered: u64, waiting: VecDeque<Entry>) {
        (self.number, self.last, self.delivered, self.noted) = (number, last, delivered, delivered);
        self.backlog.recover(waiting);
    }

    /// The message of that number was delivered. `true`: records say less than that for the first time.
    pub(crate) fn handle_progress(&mut self, number: u64) -> bool {
        let is_news = number > self.delivered && self.delivered == self.noted;
        self.delivered = self.delivered.max(number);
        is_news
    }

    /// The last number that it gave, and that it delivered.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.last, self.delivered)
    }

    /// The same, to be written.
    pub(crate) fn note_progress(&mut self) -> (u64, u64) {
        self.noted = self.delivered;
        self.progress()
    }

    /// What waits, to be changed in what does not concern its order.
    pub(crate) fn backlog_mut(&mut self) -> &mut Backlog {
        &mut self.backlog
    }

    /// What stays away, and until when.
    pub(crate) fn delayed_mut(&mut self) -> impl Iterator<Item = (Time, &mut Entry)> {
        self.delayed.iter_mut().map(|((until, _), entry)| (*until, entry))
    }

    /// What stays away.
    pub(crate) fn delayed(&self) -> impl Iterator<Item = &Entry> {
        self.delayed.values()
    }

    /// Takes the last of those that wait, if its number is not less.
    pub(crate) fn pop_last(&mut self, number: u64) -> Option<Entry> {
        let last = self.backlog.last_number().filter(|last| *last >= number)?;
        self.backlog.remove(last)
    }

    /// Takes a message out, wherever it stands among those that wait.
    pub(crate) fn remove(&mut self, number: u64) -> Option<Entry> {
        self.backlog.remove(number)
    }

    /// All that waits, and what stays away.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.backlog.iter().chain(self.delayed.values())
    }

    /// A delivery that will be settled was made.
    pub(crate) fn lend(&mut self, octets: usize) {
        self.unacked += 1;
        self.unacked_octets += octets;
    }

    /// A delivery was settled.
    pub(crate) fn settled(&mut self, octets: usize) {
        self.unacked -= 1;
        self.unacked_octets -= octets;
    }

    /// Whether only one subscription is served at a time.
    pub(crate) fn serves_one(&self) -> bool {
        self.exclusive_consumers > 0 || self.settings.arguments().single_active == Some(true)
    }

    /// Octets of what waits, is kept back, and is unacked.
    pub(crate) fn octets(&self) -> usize {
        self.backlog.octets() + self.delayed_octets + self.unacked_octets
    }

    /// How many wait, those that were kept back included, and how many are unacked.
    pub(crate) fn depth(&self) -> (u64, u64) {
        ((self.backlog.len() + self.delayed.len()) as u64, self.unacked)
    }

    pub(crate) fn row(&self) -> QueueRow {
        QueueRow {
            name: Arc::clone(&self.name),
            durable: self.settings.durable,
            exclusive: self.settings.exclusive,
            auto_delete: self.settings.auto_delete,
            arguments: self.settings.arguments.clone(),
            ready: self.backlog.len() as u64,
            unacked: self.unacked,
            delayed: self.delayed.len() as u64,
            octets: self.octets() as u64,
            consumers: self.consumers,
            counters: self.counters,
            stream: None,
        }
    }
}

/// The queues of a vhost by their identity.
pub(crate) type Queues = slab::Slab<Queue>;

impl From<QueueId> for usize {
    fn from(id: QueueId) -> usize {
        id.0 as usize
    }
}
