//! What management does in a vhost: it reads rows, declares, binds, deletes, and looks into queues.

use super::EmbeddedVhost;
use super::reader::Located;
use super::vhost::{Core, now};
use broker::stats::{BindingRow, ConnectionRow, ExchangeRow, QueueRow, SubscriptionRow, VhostRow};
use broker::{
    Binding, ConnectionId, DeleteConditions, Disposal, Effects, Error, ExchangeDeclaration, Publish, QueueDeclaration,
    Seen, Start, Taken, Time, Vhost,
};
use store::Position;

/// Messages that are purged or moved at once: others wait for the vhost meanwhile.
pub(in crate::engine) const PART: usize = 1_000;

impl EmbeddedVhost {
    /// Declares a queue; `true`: it is new.
    pub(in crate::engine) fn declare_queue(&self, declaration: &QueueDeclaration) -> Result<bool, Error> {
        self.act(|vhost, now, _| vhost.declare_queue(declaration, now))
    }

    /// Deletes a queue; returns how many messages were in it.
    pub(in crate::engine) fn delete_queue(&self, name: &str, conditions: DeleteConditions) -> Result<u64, Error> {
        self.act(|vhost, now, effects| vhost.delete_queue(name, conditions, now, effects))
    }

    /// Deletes a consumer group of a stream.
    pub(in crate::engine) fn delete_group(&self, stream: &str, group: &str) -> Result<(), Error> {
        self.act(|vhost, now, effects| vhost.delete_group(stream, group, now, effects))
    }

    /// Declares an exchange; `true`: it is new.
    pub(in crate::engine) fn declare_exchange(&self, declaration: ExchangeDeclaration) -> Result<bool, Error> {
        self.act(|vhost, _, _| vhost.declare_exchange(declaration))
    }

    pub(in crate::engine) fn delete_exchange(&self, name: &str, if_unused: bool) -> Result<(), Error> {
        self.act(|vhost, _, _| vhost.delete_exchange(name, if_unused))
    }

    pub(in crate::engine) fn bind(&self, queue: &str, binding: Binding) -> Result<(), Error> {
        self.act(|vhost, _, _| vhost.bind_queue(queue, binding))
    }

    pub(in crate::engine) fn unbind(&self, queue: &str, binding: &Binding) -> Result<(), Error> {
        self.act(|vhost, _, _| vhost.unbind_queue(queue, binding))
    }

    /// Keeps a definition for the caller; `true`: it is new.
    pub(in crate::engine) fn define(&self, kind: &str, name: &str, definition: &str) -> Result<bool, Error> {
        self.act(|vhost, _, _| vhost.define(kind, name, definition))
    }

    /// The same for several, kept together: kind, name and definition of each. Those behind one that is refused are not looked at.
    pub(in crate::engine) fn define_all(&self, definitions: &[(&str, &str, &str)]) -> Result<(), Error> {
        self.act(|vhost, _, _| {
            definitions.iter().try_for_each(|(kind, name, text)| vhost.define(kind, name, text).map(|_| ()))
        })
    }

    /// Lets the vhost have so many queues; `None`: as many as any may have.
    pub(in crate::engine) fn set_max_queues(&self, limit: Option<u64>) {
        let limit = limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        self.lock().vhost.set_max_queues(limit);
    }

    /// Takes a definition back; `false`: there was none.
    pub(in crate::engine) fn undefine(&self, kind: &str, name: &str) -> bool {
        self.act(|vhost, _, _| vhost.undefine(kind, name))
    }

    /// The definitions of a kind by name.
    pub(in crate::engine) fn defined(&self, kind: &str) -> Vec<(String, String)> {
        let core = self.lock();
        core.vhost.defined(kind).map(|(name, definition)| (name.to_owned(), definition.to_owned())).collect()
    }

    /// Looks at the messages at the head of a queue: at most `count`, and about `octets` of bodies.
    pub(in crate::engine) fn get(
        &self,
        queue: &str,
        count: usize,
        octets: usize,
        disposal: Disposal,
    ) -> Result<Vec<Seen>, Error> {
        self.act(|vhost, now, effects| vhost.get(queue, count, octets, disposal, now, effects))
    }

    /// Publishes messages of no connection, all of them or none.
    pub(in crate::engine) fn publish(&self, publishes: &[Publish]) -> Result<Vec<Taken>, (usize, Error)> {
        self.act(|vhost, now, effects| vhost.publish_unparked(publishes, now, effects))
    }

    /// What to read of a stream to see messages from this start on, and where it is; `None`: there are none. The first is the offset of the
    /// first of them.
    pub(in crate::engine) fn find_in_stream(
        &self,
        name: &str,
        start: Start,
        count: usize,
    ) -> Result<Option<(u64, Located)>, Error> {
        let core = self.lock();
        let found = core.vhost.find_in_stream(name, start, count)?;
        Ok(found.map(|(first, wanted)| (first, core.locate(wanted))))
    }

    /// Takes what waits in a queue now out of it; returns how much it was.
    pub(in crate::engine) fn purge(&self, queue: &str) -> Result<u64, Error> {
        let waiting = self.waiting(queue)?;
        self.in_parts(waiting, |part, vhost, now, effects| vhost.purge(queue, part, now, effects))
    }

    /// What stays away from a queue for a while is back at once.
    pub(in crate::engine) fn end_delays(&self, queue: &str) -> Result<(), Error> {
        self.act(|vhost, now, effects| vhost.end_delays(queue, now, effects))
    }

    /// Moves at most so many messages that wait in a queue, and are in memory, to another; returns how many it were.
    pub(in crate::engine) fn move_messages(&self, from: &str, to: &str, count: usize) -> Result<usize, Error> {
        self.act(|vhost, now, effects| vhost.move_messages(from, to, count, now, effects))
    }

    /// Where the journal has to be durable for all that was done so far.
    pub(in crate::engine) fn appended(&self) -> Position {
        self.lock().appended
    }

    pub(in crate::engine) fn row(&self) -> VhostRow {
        self.lock().vhost.row()
    }

    pub(in crate::engine) fn queue_count(&self) -> usize {
        self.lock().vhost.queue_count()
    }

    pub(in crate::engine) fn queue(&self, name: &str) -> Option<QueueRow> {
        self.lock().vhost.queue(name)
    }

    pub(in crate::engine) fn queues(&self) -> Vec<QueueRow> {
        self.lock().vhost.queues().collect()
    }

    pub(in crate::engine) fn exchanges(&self) -> Vec<ExchangeRow> {
        self.lock().vhost.exchanges().collect()
    }

    pub(in crate::engine) fn bindings(&self) -> Vec<BindingRow> {
        self.lock().vhost.bindings().collect()
    }

    pub(in crate::engine) fn bindings_of(&self, queue: &str) -> Vec<BindingRow> {
        self.lock().vhost.bindings_of(queue).collect()
    }

    pub(in crate::engine) fn subscriptions(&self) -> Vec<SubscriptionRow> {
        self.lock().vhost.subscriptions().collect()
    }

    /// What the vhost knows of these connections; nothing, of those that are gone.
    pub(in crate::engine) fn connection_rows(
        &self,
        connections: impl Iterator<Item = ConnectionId>,
    ) -> Vec<ConnectionRow> {
        let core = self.lock();
        connections.map(|connection| core.vhost.connection_row(connection).unwrap_or_default()).collect()
    }

    pub(in crate::engine) fn is_heard(&self, exchange: &str, key: &str) -> bool {
        self.lock().vhost.is_heard(exchange, key)
    }

    /// Messages that wait in a queue, and that stay away for a while.
    pub(in crate::engine) fn waiting(&self, queue: &str) -> Result<u64, Error> {
        let row = self.queue(queue).ok_or_else(|| Error::QueueNotFound { name: queue.to_owned() })?;
        Ok(row.ready + row.delayed)
    }

    /// Does something with so many messages, a part at a time, until there are no more.
    fn in_parts(
        &self,
        count: u64,
        mut act: impl FnMut(usize, &mut Vhost, Time, &mut Effects) -> Result<usize, Error>,
    ) -> Result<u64, Error> {
        let mut done = 0;
        loop {
            let part = usize::try_from(count - done).unwrap_or(PART).min(PART);
            let now_done = self.act(|vhost, now, effects| act(part, vhost, now, effects))?;
            done += now_done as u64;
            if now_done < part || done == count {
                return Ok(done);
            }
        }
    }

    /// Does something that has effects.
    fn act<T>(&self, act: impl FnOnce(&mut Vhost, Time, &mut Effects) -> T) -> T {
        self.with_core(|core, wakers| {
            let Core { vhost, effects, .. } = core;
            let result = act(vhost, now(), effects);
            core.pass_on(wakers);
            result
        })
    }
}
