//! The fanout exchange: all bound queues.

use super::remove;
use crate::routing::QueueId;

#[derive(Debug, Default)]
pub(super) struct Fanout {
    queues: Vec<QueueId>,
}

impl Fanout {
    pub(super) fn bind(&mut self, queue: QueueId) {
        self.queues.push(queue);
    }

    pub(super) fn unbind(&mut self, queue: QueueId) {
        remove(&mut self.queues, queue);
    }

    pub(super) fn route(&self, queues: &mut Vec<QueueId>) {
        queues.extend(&self.queues);
    }
}
