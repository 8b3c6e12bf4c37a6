//! Between webhooks and the engine: only the files in here know its commands.

mod kept;
mod link;
mod place;

pub(super) use kept::{Since, attempts_since, copy, dead_letter, latest_attempts, record, record_of_test, replay};
pub(super) use link::{Arrival, Delivery, Lane, Link};
pub(super) use place::{Place, delete_group, first_offset, shared_queue, start};
