//! Streams: messages come and stay, and readers are served from where they are.

use super::Vhost;
use super::load::Waits;
use crate::command::QueueSettings;
use crate::effect::{Effects, Kept, Wanted};
use crate::limits::{GROUPS, READ_AHEAD, READ_AHEAD_MESSAGES};
use crate::queue::{Content, Entry, Queue, Role};
use crate::routing::QueueId;
use crate::stream::{Cursor, Recent, Start, Stream};
use crate::{Effect, Error, Loaded, LogPart, Message, StreamPlace, StreamTerms, Time};
use std::sync::Arc;

impl Vhost {
    /// Appends a message to the streams among these queues.
    #[cold]
    pub(super) fn append_to_all(&mut self, message: &Arc<Message>, queues: &[QueueId], effects: &mut Effects) {
        for &queue in queues {
            self.append(queue, message, effects);
        }
    }

    /// Appends a message to a stream. Readers get it once it is durable.
    fn append(&mut self, queue: QueueId, message: &Arc<Message>, effects: &mut Effects) {
        let (now, place) = (self.now, self.keeper.place());
        let state = &mut self.queues[queue.into()];
        let number = state.number;
        let Some(stream) = state.stream_mut() else { return };
        let size = u32::try_from(message.size()).unwrap_or(u32::MAX);
        let is_first = !stream.has_pending();
        let offset = stream.append(Recent { place, at: now, size }, message);
        state.counters.published += 1;
        self.keeper.append(number, offset);
        self.appended_at = Some(offset);
        self.held += if self.limits.is_memory_all { message.size() } else { 0 };
        if is_first {
            self.unseen.push(queue);
        }
        self.retain(queue, effects);
    }

    /// All records that begin before this place are durable: what they append to streams is seen from now on.
    pub fn handle_durable(&mut self, before: u64, now: Time, effects: &mut Effects) {
        self.now = now;
        for queue in std::mem::take(&mut self.unseen) {
            self.show(queue, before, effects);
            let stream = self.queues.get(queue.into()).and_then(Queue::stream);
            if stream.is_some_and(Stream::has_pending) {
                self.unseen.push(queue);
            }
        }
        self.finish(effects);
    }

    /// Whether streams have messages that nobody is to see before they are durable.
    pub fn has_unseen(&self) -> bool {
        !self.unseen.is_empty()
    }

    /// Hands the messages of a stream that are durable to the readers that have read all before them.
    fn show(&mut self, queue: QueueId, before: u64, effects: &mut Effects) {
        loop {
            let stream = self.queues.get_mut(queue.into()).and_then(Queue::stream_mut);
            let Some((epoch, (offset, message))) = stream.and_then(|it| Some((it.epoch, it.release(before)?))) else {
                return;
            };
            let start = effects.targets.len();
            for index in 0.. {
                let cursor = self.queues[queue.into()].stream().and_then(|stream| stream.cursors.get(index)).copied();
                let Some(cursor) = cursor else { break };
                self.hand_on(cursor, offset, &message, effects);
            }
            effects.deliver(&message, start, Some(StreamPlace::new(offset, epoch)));
        }
    }

    /// Hands the newest message to a reader, if it is the next for it and somebody takes it. One that is behind reads it later.
    fn hand_on(&mut self, queue: QueueId, offset: u64, message: &Arc<Message>, effects: &mut Effects) {
        let state = &mut self.queues[queue.into()];
        let (has_consumers, ahead) = (state.consumers > 0, state.backlog().octets());
        let is_next = |cursor: &&mut Cursor| cursor.next == offset && cursor.until.is_none() && has_consumers;
        let Some(cursor) = state.cursor_mut().filter(is_next) else { return };
        if cursor.filter.as_ref().is_some_and(|filter| !filter.matches(message)) {
            cursor.next = offset + 1;
            return self.note_ahead(queue);
        }
        if ahead >= READ_AHEAD {
            return;
        }
        cursor.take(offset);
        let entry = entry(offset, message, cursor.delivered);
        let refused = match self.queues[queue.into()].backlog().is_empty() {
            true => self.hand_out(queue, entry, effects),
            false => Some(entry),
        };
        if let Some(entry) = refused {
            self.held += entry.held();
            self.queues[queue.into()].push(entry);
        }
    }

    /// Drops what a stream is not to keep any more.
    pub(super) fn retain(&mut self, queue: QueueId, effects: &mut Effects) {
        let now = self.now;
        let state = &mut self.queues[queue.into()];
        let Some(arguments) = state.settings.arguments.clone() else { return };
        let number = state.number;
        let Some(stream) = state.stream_mut() else { return };
        let before = stream.octets();
        let dropped = stream.retain(&arguments, now);
        let (first, freed) = (stream.first(), before - stream.octets());
        if dropped.messages > 0 {
            self.held -= if self.limits.is_memory_all { usize::try_from(freed).unwrap_or(0) } else { 0 };
        }
        if arguments.max_age.is_some() {
            self.schedule(queue);
        }
        if !dropped.parts.is_empty() {
            self.keeper.trim(number, first);
            let parts = dropped.parts.into_iter();
            effects.list.extend(parts.map(|part| Effect::Trimmed { stream: number, part }));
        }
    }

    /// Tells of parts that were dropped where nobody could be told.
    pub(super) fn tell_leftovers(&mut self, effects: &mut Effects) {
        for (stream, first, parts) in std::mem::take(&mut self.leftovers) {
            self.keeper.trim(stream, first);
            effects.list.extend(parts.into_iter().map(|part| Effect::Trimmed { stream, part }));
        }
    }

    /// The place of readers: a queue of its own, in no list.
    pub(super) fn add_cursor(&mut self, stream: QueueId, cursor: Cursor) -> QueueId {
        let name = Arc::clone(&self.queues[stream.into()].name);
        let settings = QueueSettings { auto_delete: cursor.group.is_none(), ..QueueSettings::default() };
        let mut state = Queue::new(name, settings, None, self.now);
        state.role = Role::Cursor(Box::new(cursor));
        let id = QueueId(u32::try_from(self.queues.insert(state)).unwrap_or(u32::MAX));
        if let Some(stream) = self.queues[stream.into()].stream_mut() {
            stream.cursors.push(id);
        }
        id
    }

    /// The queue from which a subscription is served: for a stream the place of its reader, or of the group that it joins.
    pub(super) fn find_cursor(
        &mut self,
        queue: QueueId,
        terms: Option<&StreamTerms>,
        is_browsing: bool,
    ) -> Result<QueueId, Error> {
        let state = &self.queues[queue.into()];
        let name = || state.name.to_string();
        let Some(stream) = state.stream() else {
            return match terms {
                Some(_) => Err(Error::IsQueue { name: name(), header: "x-stream-..., or x-consumer-group," }),
                None => Ok(queue),
            };
        };
        let default = StreamTerms::default();
        let terms = terms.unwrap_or(&default);
        if let Some(known) = terms.epoch.filter(|known| *known != stream.epoch) {
            return Err(Error::EpochChanged { name: name(), known, current: stream.epoch });
        }
        let group = terms.group.as_deref();
        if group.is_some() && is_browsing {
            let wanted =
                "left out where a consumer group is named: what the group reads is taken from its other members";
            return Err(Error::BadArgument { name: "browser".to_owned(), value: "true".to_owned(), wanted });
        }
        if let Some(joined) = group.and_then(|group| self.find_group(stream, group)) {
            return self.join(joined, terms);
        }
        let groups =
            stream.cursors.iter().filter(|id| self.queues[(**id).into()].cursor().is_some_and(|it| it.group.is_some()));
        if group.is_some() && groups.count() >= GROUPS {
            return Err(Error::TooManyGroups { name: name(), limit: GROUPS });
        }
        // Who wants to go on where it was, and was nowhere yet, has seen nothing; so has a browser.
        let default = if group.is_some() || is_browsing { Start::First } else { Start::Next };
        let (next, since) = stream.begin(terms.start.unwrap_or(default));
        // The offset of a group is kept, and so has to be one that there is.
        let next = if group.is_some() { next.min(stream.next()) } else { next };
        let mut cursor = Cursor::new(queue, stream.epoch, next);
        cursor.since = since;
        cursor.group = group.map(Box::from);
        cursor.filter = terms.filter.clone();
        cursor.until = is_browsing.then(|| stream.readable());
        let id = self.add_cursor(queue, cursor);
        self.write_commit(id);
        Ok(id)
    }

    pub(super) fn find_group(&self, stream: &Stream, group: &str) -> Option<QueueId> {
        let is_it = |id: &QueueId| {
            self.queues[(*id).into()].cursor().is_some_and(|cursor| cursor.group.as_deref() == Some(group))
        };
        stream.cursors.iter().copied().find(is_it)
    }

    /// Deletes a consumer group: its subscriptions end, and its committed offset is forgotten.
    pub fn delete_group(&mut self, name: &str, group: &str, now: Time, effects: &mut Effects) -> Result<(), Error> {
        self.now = now;
        let Some(stream) = self.queues[self.find(name)?.into()].stream() else {
            return Err(Error::IsQueue { name: name.to_owned(), header: "a consumer group" });
        };
        let Some(cursor) = self.find_group(stream, group) else {
            return Err(Error::GroupNotFound { name: name.to_owned(), group: group.to_owned() });
        };
        self.delete(cursor, effects);
        self.finish(effects);
        Ok(())
    }

    /// Another member of a group, which has to read as the others do; the first decides.
    fn join(&mut self, group: QueueId, terms: &StreamTerms) -> Result<QueueId, Error> {
        let state = &mut self.queues[group.into()];
        let (is_first, name) = (state.consumers == 0, state.name.to_string());
        let Some(cursor) = state.cursor_mut() else { return Ok(group) };
        if is_first {
            cursor.filter = terms.filter.clone();
        } else if cursor.filter != terms.filter {
            return Err(Error::GroupDiffers { name, group: terms.group.clone().unwrap_or_default() });
        }
        Ok(group)
    }

    /// Asks for the next messages of a stream for a reader, if somebody takes them and they are not there.
    pub(super) fn read_on(&mut self, queue: QueueId, effects: &mut Effects) {
        loop {
            let state = &self.queues[queue.into()];
            let Some(cursor) = state.cursor() else { return };
            if state.loading.is_some() || state.line.is_empty() {
                return;
            }
            let head = state.backlog().first();
            let from = match head.filter(|head| head.is_away()) {
                Some(head) => head.number, // it came back, and is not in memory any more
                None if state.backlog().octets() > READ_AHEAD / 2 => return,
                None => cursor.next,
            };
            let (stream, until) = (cursor.stream, cursor.until);
            let Some(stream) = self.queues[stream.into()].stream() else { return };
            let (first, next) = (stream.first(), until.unwrap_or(u64::MAX).min(stream.readable()));
            if from < first && from == cursor.next && head.is_some() {
                return; // what was read before the gap comes before it
            } else if from < first {
                self.skip_to(queue, first);
            } else if from >= next {
                return self.end_browsing(queue, effects);
            } else {
                return self.read(queue, from, next, effects);
            }
        }
    }

    fn read(&mut self, queue: QueueId, from: u64, next: u64, effects: &mut Effects) {
        let Some(cursor) = self.queues[queue.into()].cursor() else { return };
        let (stream_id, since) = (cursor.stream, cursor.since);
        let state = &self.queues[stream_id.into()];
        let Some(stream) = state.stream() else { return };
        let wanted = wanted(state.number, stream, from, since, next);
        let is_log = matches!(wanted, Wanted::Log { .. });
        let serial = self.load(Waits::Cursor(queue, from, is_log), wanted, effects);
        self.queues[queue.into()].loading = Some(serial);
    }

    /// What a reader has not come to, and the stream does not keep any more, is missing.
    fn skip_to(&mut self, queue: QueueId, first: u64) {
        let state = &mut self.queues[queue.into()];
        while let Some(head) = state.backlog().first().filter(|head| head.is_away() && head.number < first) {
            let number = head.number;
            state.missing += 1;
            if let Some(entry) = state.pop() {
                self.held -= entry.held();
            }
            if let Some(cursor) = state.cursor_mut() {
                cursor.settle(number);
            }
        }
        if let Some(cursor) = state.cursor_mut().filter(|cursor| cursor.next < first) {
            let count = first - cursor.next;
            cursor.next = first;
            state.missing += count;
        }
        self.note_ahead(queue);
    }

    /// Lets what was read ahead from streams, and delivered to nobody yet, go out of memory.
    pub(super) fn forget_read_ahead(&mut self) {
        for (_, queue) in &mut self.queues {
            let Some(delivered) = queue.cursor().map(|cursor| cursor.delivered) else { continue };
            while let Some(entry) = queue.pop_last(delivered) {
                self.held -= entry.held();
                if let Some(cursor) = queue.cursor_mut() {
                    cursor.give_up(entry.number);
                }
            }
        }
    }

    /// Messages of a stream were read for one of its readers.
    pub(super) fn handle_read(
        &mut self,
        queue: QueueId,
        from: u64,
        is_log: bool,
        messages: Vec<Loaded>,
        effects: &mut Effects,
    ) {
        if !self.queues.contains(queue.into()) {
            return;
        }
        self.page_in(queue, &messages);
        let end = messages.last().map(|last| last.number + 1);
        for Loaded { number, at, message, .. } in messages {
            if !is_log && self.has_between(queue, number) {
                break; // it is asked for again, where it is now
            }
            let Some(cursor) = self.queues[queue.into()].cursor_mut() else { return };
            if number < cursor.next || cursor.until.is_some_and(|until| number >= until) {
                continue;
            }
            if at < cursor.since || cursor.filter.as_ref().is_some_and(|filter| !filter.matches(&message)) {
                cursor.next = number + 1;
                continue;
            }
            cursor.take(number);
            let entry = entry(number, &message, cursor.delivered);
            self.held += entry.held();
            self.queues[queue.into()].push(entry);
        }
        if end.is_none() {
            self.pass_over(queue, from, is_log);
        }
        self.note_ahead(queue);
        self.dispatch(queue, effects);
    }

    /// Whether the stream keeps something that the reader has not come to before this offset: it was written elsewhere while it was read.
    /// What is lost to damage does not count.
    fn has_between(&self, queue: QueueId, offset: u64) -> bool {
        let Some(cursor) = self.queues[queue.into()].cursor() else { return false };
        let Some(stream) = self.queues[cursor.stream.into()].stream() else { return false };
        (cursor.next.max(stream.first())..offset).any(|offset| match stream.part_of(offset) {
            Some(part) => part.first <= offset,
            None => stream.recent(offset).is_some_and(|recent| recent.place != 0),
        })
    }

    /// Nothing was found where something should have been: it was written elsewhere while it was read, and then it is asked for
    /// again; or it is lost, and passed over.
    fn pass_over(&mut self, queue: QueueId, from: u64, is_log: bool) {
        let Some(cursor) = self.queues[queue.into()].cursor() else { return };
        let Some(stream) = self.queues[cursor.stream.into()].stream() else { return };
        let next = match stream.part_of(from).filter(|part| part.first <= from).copied() {
            Some(part) if is_log && cursor.since > Time(0) => {
                return self.read_after(queue, part.end); // all of it is older than what is wanted
            }
            Some(part) if is_log => part.end,
            Some(_) => return, // it was moved there while it was looked for in the journal
            None => {
                let lost = (from..stream.readable())
                    .take_while(|offset| stream.recent(*offset).is_some_and(|it| it.place == 0));
                from + lost.count() as u64
            }
        };
        if next > from {
            self.skip_to(queue, next);
        }
    }

    fn read_after(&mut self, queue: QueueId, offset: u64) {
        if let Some(cursor) = self.queues[queue.into()].cursor_mut() {
            cursor.next = cursor.next.max(offset);
        }
    }

    /// A browser has seen all that was there.
    fn end_browsing(&mut self, queue: QueueId, effects: &mut Effects) {
        let state = &mut self.queues[queue.into()];
        let is_empty = state.backlog().is_empty();
        let subscription = state.subscriptions.first().and_then(|key| self.subscriptions.get(*key));
        let Some(cursor) = state.cursor_mut() else { return };
        if let Some(subscription) =
            subscription.filter(|_| cursor.until.is_some_and(|until| until != u64::MAX) && is_empty)
        {
            cursor.until = Some(u64::MAX); // told once
            cursor.next = u64::MAX;
            let (connection, subscription) = (subscription.connection, subscription.number);
            effects.list.push(Effect::Browsed { connection, subscription });
        }
    }

    /// A message of a stream is done for a reader.
    pub(super) fn settle_read(&mut self, queue: QueueId, number: u64) {
        if let Some(cursor) = self.queues[queue.into()].cursor_mut() {
            cursor.settle(number);
            cursor.delivered = cursor.delivered.max(number + 1);
            self.note_ahead(queue);
        }
    }

    /// A group has come further than records say: that is written sooner or later.
    pub(super) fn note_ahead(&mut self, queue: QueueId) {
        if let Some(cursor) = self.queues[queue.into()].cursor_mut()
            && cursor.group.is_some()
            && !std::mem::replace(&mut cursor.is_ahead, true)
        {
            self.keeper.progress(queue);
        }
    }

    /// Writes how far a group has come.
    pub(super) fn write_commit(&mut self, queue: QueueId) {
        let Some(cursor) = self.queues[queue.into()].cursor_mut() else { return };
        cursor.is_ahead = false;
        let (stream, offset, delivered) = (cursor.stream, cursor.committed(), cursor.delivered);
        let Some(group) = cursor.group.clone() else { return };
        self.keeper.commit(self.queues[stream.into()].number, &group, offset, delivered);
    }

    /// What the end of a stream, or of the place of its readers, entails.
    pub(super) fn delete_role(&mut self, queue: QueueId, state: &Queue, effects: &mut Effects) {
        match &state.role {
            Role::Queue => self.past += state.counters,
            Role::Stream(stream) => {
                self.past += state.counters;
                self.held -= self.held_by(stream);
                let trimmed = |part: &LogPart| Effect::Trimmed { stream: state.number, part: part.first };
                effects.list.extend(stream.parts().map(trimmed));
            }
            Role::Cursor(cursor) => {
                let Some(read) = self.queues.get_mut(cursor.stream.into()) else { return };
                read.counters += state.counters;
                let number = read.number;
                if let Some(stream) = read.stream_mut() {
                    stream.cursors.retain(|other| *other != queue);
                }
                if let Some(group) = cursor.group.as_deref() {
                    self.keeper.delete_group(number, group);
                }
            }
        }
    }

    /// What to read to see messages of a stream, from this start on, at most so many.
    pub fn find_in_stream(&self, name: &str, start: Start, count: usize) -> Result<Option<(u64, Wanted)>, Error> {
        let state = &self.queues[self.find(name)?.into()];
        let Some(stream) = state.stream() else {
            return Err(Error::IsQueue { name: name.to_owned(), header: "an offset" });
        };
        let (from, since) = stream.begin(start);
        let from = from.max(stream.first());
        let next = stream.readable().min(from.saturating_add(count as u64));
        Ok((from < next).then(|| (from, wanted(state.number, stream, from, since, next))))
    }
}

/// What to read of a stream: from its log, or what was not moved to it yet.
fn wanted(number: u64, stream: &Stream, from: u64, since: Time, next: u64) -> Wanted {
    if let Some(part) = stream.part_of(from) {
        let from = from.max(part.first);
        return Wanted::Log { stream: number, part: *part, from, since, octets: READ_AHEAD };
    }
    let mut octets = 0;
    let recent = (from..next).filter_map(|offset| Some((offset, stream.recent(offset)?)));
    let part = recent.take(READ_AHEAD_MESSAGES).take_while(|(_, recent)| {
        let is_within = octets < READ_AHEAD;
        octets += recent.size as usize;
        is_within
    });
    let there = part.filter(|(_, recent)| recent.place != 0);
    Wanted::Records(there.map(|(offset, recent)| Kept { queue: number, number: offset, place: recent.place }).collect())
}

/// A message of a stream, for a reader that has seen all before `delivered`.
fn entry(offset: u64, message: &Arc<Message>, delivered: u64) -> Entry {
    Entry {
        content: Content::Here(Arc::clone(message)),
        number: offset,
        expires: Time::NEVER,
        record: 0,
        delivery_count: u32::from(offset < delivered),
        copies: 1,
    }
}
