//! What has to be there: each command changes it as a whole, and after a crash some of the last commands are missing, but no other.

use super::message::{Id, TRANSIENT};
use broker::Token;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(super) type Name = &'static str;

/// Queues with a reader each, the second of which dead-letters what is rejected; where that goes.
pub(super) const QUEUES: [Name; 2] = ["first", "second"];
pub(super) const DEAD: Name = "dead";
/// A stream that keeps all, and one that keeps some.
pub(super) const STREAM: Name = "stream";
pub(super) const SHORT: Name = "short";
/// How much that is.
pub(super) const SHORT_LENGTH: usize = 12;
/// Queues that come and go.
pub(super) const TEMPORARY: [Name; 2] = ["here", "there"];
/// Bindings to `amq.topic`.
pub(super) const BINDINGS: [(Name, Name); 3] = [("first", "a.#"), ("second", "a.b"), ("stream", "a.*")];

pub(super) fn is_stream(name: Name) -> bool {
    [STREAM, SHORT].contains(&name)
}

/// A part of what a command changes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    Declared(Name),
    Deleted(Name),
    Bound(Name, Name),
    Published(Name, Id),
    Left(Name, Id),
    Returned(Name, Id),
    /// It leaves the second queue for where dead letters go, sooner or later.
    Rejected(Id),
    /// The consumer group of the stream is there.
    Joined,
    /// It has settled this offset.
    Read(u64),
    /// A message with this deduplication id was published.
    Remembered(usize),
}

/// What there is.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) queues: BTreeMap<Name, Vec<Id>>,
    /// All that were ever appended.
    pub(super) streams: BTreeMap<Name, Vec<Id>>,
    pub(super) bindings: BTreeSet<(Name, Name)>,
    /// How often messages came back.
    pub(super) returned: BTreeMap<(Name, Id), u32>,
    /// Offsets that the consumer group has settled, if it is there.
    pub(super) read: Option<BTreeSet<u64>>,
    pub(super) remembered: BTreeSet<usize>,
    /// What was rejected, and may come back if the power goes before it has come where dead letters go.
    rejected: BTreeSet<Id>,
}

/// As much of it as can be seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct View {
    pub(super) queues: BTreeMap<String, Vec<Id>>,
    /// The offset of the first message that is kept, and messages.
    pub(super) streams: BTreeMap<String, (u64, Vec<Id>)>,
    pub(super) bindings: BTreeSet<(String, String)>,
    pub(super) committed: Option<u64>,
}

impl State {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Declared(name) if is_stream(name) => _ = self.streams.entry(name).or_default(),
            Change::Declared(name) => _ = self.queues.entry(name).or_default(),
            Change::Deleted(name) => {
                self.queues.remove(name);
                self.streams.remove(name);
            }
            Change::Bound(name, key) => _ = self.bindings.insert((name, key)),
            Change::Published(name, id) => {
                let messages = if is_stream(name) { &mut self.streams } else { &mut self.queues };
                messages.entry(name).or_default().push(id);
            }
            Change::Left(name, id) => {
                self.queues.entry(name).or_default().retain(|other| *other != id);
                self.returned.remove(&(name, id));
            }
            Change::Returned(name, id) => *self.returned.entry((name, id)).or_default() += 1,
            Change::Rejected(id) => {
                self.apply(Change::Left(QUEUES[1], id));
                self.apply(Change::Published(DEAD, id));
                self.rejected.insert(id);
            }
            Change::Joined => _ = self.read.get_or_insert_default(),
            Change::Read(offset) => _ = self.read.get_or_insert_default().insert(offset),
            Change::Remembered(id) => _ = self.remembered.insert(id),
        }
    }

    pub(super) fn has(&self, name: Name) -> bool {
        self.queues.contains_key(name) || self.streams.contains_key(name)
    }

    /// The same, where so much of what was rejected has come back as can be seen.
    fn as_seen(&self, view: &View) -> State {
        let mut seen = self.clone();
        let has_come_back = |id: &Id| view.queues.get(QUEUES[1]).is_some_and(|all| all.contains(id));
        for id in std::mem::take(&mut seen.rejected).into_iter().filter(has_come_back) {
            seen.apply(Change::Left(DEAD, id));
            seen.apply(Change::Published(QUEUES[1], id));
            seen.apply(Change::Returned(QUEUES[1], id));
        }
        seen.queues.get_mut(QUEUES[1]).into_iter().for_each(|all| all.sort_unstable()); // numbers are given in the order of publishing
        seen
    }

    /// The offset that the consumer group has come to.
    pub(super) fn committed(&self) -> Option<u64> {
        let read = self.read.as_ref()?;
        (0..).find(|offset| !read.contains(offset))
    }

    pub(super) fn view(&self) -> View {
        let stream = |(name, all): (&Name, &Vec<Id>)| {
            let first = if *name == SHORT { all.len().saturating_sub(SHORT_LENGTH) } else { 0 };
            ((*name).to_owned(), (first as u64, all[first..].to_vec()))
        };
        View {
            queues: self.queues.iter().map(|(name, all)| ((*name).to_owned(), all.clone())).collect(),
            streams: self.streams.iter().map(stream).collect(),
            bindings: self.bindings.iter().map(|(name, key)| ((*name).to_owned(), (*key).to_owned())).collect(),
            committed: self.committed(),
        }
    }
}

/// What is known, and what may be.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// What is there for certain, after so many commands.
    base: State,
    certain: u64,
    /// The commands that made what there is now.
    declared: BTreeMap<Name, Token>,
    /// What the later commands change, each as a whole.
    later: VecDeque<Vec<Change>>,
    /// What is there now, as long as the power does not go.
    pub(super) now: State,
    /// Offsets that the group settled and comes to again: they are marked.
    pub(super) marked: BTreeSet<u64>,
    /// The epoch of the stream.
    pub(super) epoch: Option<u64>,
    /// Deduplication ids of which it cannot be seen whether they are known.
    pub(super) doubtful: BTreeSet<usize>,
    next: Id,
}

impl Model {
    /// The number of a new message.
    pub(super) fn id(&mut self, is_persistent: bool) -> Id {
        self.next += 1;
        if is_persistent { self.next } else { TRANSIENT + self.next }
    }

    /// A command was carried out. Returns the token that confirms it.
    pub(super) fn add(&mut self, mut changes: Vec<Change>) -> Token {
        changes.retain(|change| match change {
            Change::Published(name, id) => *id < TRANSIENT || is_stream(name), // a stream keeps all
            Change::Left(_, id) | Change::Returned(_, id) | Change::Rejected(id) => *id < TRANSIENT,
            _ => true,
        });
        let token = self.certain + self.later.len() as u64 + 1;
        for change in &changes {
            match change {
                Change::Declared(name) if !self.now.has(name) => _ = self.declared.insert(name, token),
                _ => {}
            }
            self.now.apply(*change);
        }
        self.later.push_back(changes);
        token
    }

    /// The command that has to be kept if it is confirmed to somebody that this is there.
    pub(super) fn declared(&self, name: Name) -> Token {
        self.declared.get(name).copied().unwrap_or_default()
    }

    /// A command was confirmed: it is there for certain, with all before it.
    pub(super) fn confirm(&mut self, token: Token) {
        while self.certain < token {
            let changes = self.later.pop_front().expect("what is confirmed was submitted");
            changes.into_iter().for_each(|change| self.base.apply(change));
            self.certain += 1;
        }
    }

    pub(super) fn is_certain(&self, token: Token) -> bool {
        self.certain >= token
    }

    /// The power went, and this is what is there: all that is certain, and then a part of the later commands, each of which is whole. What is
    /// missing is forgotten.
    pub(super) fn resolve(&mut self, view: &View) {
        let mut state = self.base.clone();
        let mut states = vec![state.clone()];
        for changes in std::mem::take(&mut self.later) {
            changes.into_iter().for_each(|change| state.apply(change));
            states.push(state.clone());
        }
        let seen = states.iter().map(|state| state.as_seen(view)).filter(|state| state.view() == *view);
        let mut same = seen.collect::<Vec<_>>().into_iter();
        let Some(found) = same.next() else {
            let (least, most) = (states[0].view(), state.view());
            panic!("there is {view:?}\nand not what is certain, {least:?}\nor some of what came later, up to {most:?}");
        };
        // Where several look alike, as a message came and went, it may be any of them.
        self.doubtful.extend(same.flat_map(|other| other.remembered).filter(|id| !found.remembered.contains(id)));
        self.begin_anew(found);
    }

    fn begin_anew(&mut self, mut state: State) {
        let committed = state.committed().unwrap_or_default();
        if let Some(read) = &mut state.read {
            self.marked = read.split_off(&committed);
        }
        self.certain += 1_000_000; // what was submitted before is confirmed by nobody
        self.base = state.clone();
        self.now = state;
    }
}
