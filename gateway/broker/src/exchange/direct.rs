//! The direct exchange: the binding key is the routing key.

use super::remove;
use crate::hash::{Map, map};
use crate::routing::QueueId;

#[derive(Debug)]
pub(super) struct Direct {
    keys: Map<Box<str>, Vec<QueueId>>,
}

impl Direct {
    pub(super) fn new(seed: u64) -> Self {
        Direct { keys: map(seed) }
    }

    pub(super) fn bind(&mut self, key: &str, queue: QueueId) {
        match self.keys.get_mut(key) {
            Some(queues) => queues.push(queue),
            None => {
                self.keys.insert(key.into(), vec![queue]);
            }
        }
    }

    pub(super) fn unbind(&mut self, key: &str, queue: QueueId) {
        if let Some(queues) = self.keys.get_mut(key) {
            remove(queues, queue);
            if queues.is_empty() {
                self.keys.remove(key);
            }
        }
    }

    pub(super) fn route(&self, key: &str, queues: &mut Vec<QueueId>) {
        queues.extend(self.keys.get(key).into_iter().flatten());
    }
}
