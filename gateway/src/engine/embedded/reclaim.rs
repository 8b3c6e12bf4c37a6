//! Gives back what the journal does not need any more: what streams have in its oldest part moves to their logs, what else is needed is
//! written again at the end, and the rest goes. All of it beside the vhosts, a part at a time.

use super::files::Reading;
use super::journal::Journal;
use super::reader::{each_record, from_part, to_part};
use super::vhost::EmbeddedVhost;
use crate::engine::store_error::StoreError;
use broker::{Kept, LogPart, Movable, Moving};
use std::sync::Arc;
use store::{LogId, LogRecord, Part, Position, failpoint};
use tokio::runtime::Handle;

/// Octets of messages that are carried forward at once: others wait for the vhost meanwhile.
const CARRIED: usize = 1 << 20;

/// Octets of messages that are read at once, to be moved.
const MOVED: usize = 1 << 20;

/// Gives back what precedes `covers`. Blocks, for as long as it takes; not if the journal fails, since the server waits for this when it ends.
pub(in crate::engine) fn reclaim(
    journal: &Journal,
    vhosts: &[Arc<EmbeddedVhost>],
    covers: Position,
    runtime: &Handle,
) -> Result<(), StoreError> {
    let mut reading = journal.reading();
    for vhost in vhosts {
        let mut movable = vhost.movable(covers).into_iter();
        let moved = movable.by_ref().try_for_each(|it| move_stream(journal, &mut *reading, vhost, &it));
        movable.for_each(|left| _ = vhost.handle_moved(left.stream, &[])); // these stay where they are
        moved?;
        loop {
            let needed = vhost.needed(covers, CARRIED);
            if needed.is_empty() {
                break;
            }
            let messages = read_all(&mut *reading, &needed)?;
            if messages.is_empty() {
                return Err(StoreError::Missing); // or it would go on for ever
            }
            let appended = vhost.carry(&messages);
            failpoint::pass("messages.carried");
            runtime.block_on(journal.wait_or_fail(appended))?; // what is carried must not outrun the disk
        }
        vhost.forget_before(covers);
    }
    let definitions: Vec<_> = vhosts.iter().map(|vhost| vhost.definitions()).collect();
    runtime.block_on(journal.wait_or_fail(journal.end()))?;
    failpoint::pass("snapshot.begins");
    journal.write_snapshot(covers, &definitions)
}

/// The octets of messages, as they stand in their records: in the order of their places.
fn read_all(reading: &mut dyn Reading, wanted: &[(Kept, Position)]) -> Result<Vec<(Kept, Vec<u8>)>, StoreError> {
    let mut messages = Vec::with_capacity(wanted.len());
    each_record(reading, wanted, &mut |index, message, _| {
        messages.extend(wanted.get(index).map(|(kept, _)| (*kept, message.octets().to_vec())));
        Ok(())
    })?;
    Ok(messages)
}

/// Moves what a stream has in the oldest part of the journal to its log.
fn move_stream(
    journal: &Journal,
    reading: &mut dyn Reading,
    vhost: &EmbeddedVhost,
    movable: &Movable,
) -> Result<(), StoreError> {
    let Movable { stream, parts, segment, messages } = movable;
    let id = LogId { group: vhost.number(), log: *stream };
    let known: Vec<Part> = parts.iter().map(to_part).collect();
    let mut now = known.clone();
    let messages = vhost.locate(messages);
    let moved = move_messages(journal, reading, id, &mut now, *segment, &messages);
    let unchanged = known.iter().zip(&now).take_while(|(before, after)| before == after).count();
    let changed = now.get(unchanged..).unwrap_or_default();
    let synced = moved.and_then(|()| sync(journal, id, changed));
    let changed_parts: Vec<LogPart> = match &synced {
        Ok(()) => changed.iter().map(from_part).collect(),
        Err(_) => Vec::new(), // it stays where it is
    };
    if !vhost.handle_moved(*stream, &changed_parts) {
        for part in changed {
            journal.remove_from_log(id, part.first)?; // the stream was deleted meanwhile
        }
    }
    synced
}

/// After a sync that failed nobody knows what is on the disk, so the server ends: a second one might succeed without what the first has lost.
fn sync(journal: &Journal, id: LogId, parts: &[Part]) -> Result<(), StoreError> {
    let synced = journal.sync_log(id, parts).map_err(StoreError::from);
    synced.inspect_err(|error| journal.fail(error))
}

fn move_messages(
    journal: &Journal,
    reading: &mut dyn Reading,
    id: LogId,
    parts: &mut Vec<Part>,
    segment: u64,
    messages: &[(Moving, Position)],
) -> Result<(), StoreError> {
    let mut rest = messages;
    while !rest.is_empty() {
        let (part, later) = rest.split_at(about(MOVED, rest));
        let wanted: Vec<_> = part.iter().map(|(moving, position)| (moving.kept, *position)).collect();
        let mut read = read_all(reading, &wanted)?;
        read.sort_unstable_by_key(|(kept, _)| kept.number); // what was written anew stands behind what follows it
        // What is lost to damage leaves a gap in the numbers.
        let mut times = part.iter().map(|(moving, _)| (moving.kept, moving.at));
        let records = read.iter().filter_map(|(kept, octets)| {
            let (_, at) = times.find(|(other, _)| other == kept)?;
            Some(LogRecord { number: kept.number, time: at.0, octets })
        });
        let records: Vec<_> = records.collect();
        journal.append_to_log(id, parts, &records, segment)?;
        rest = later;
    }
    Ok(())
}

/// How many messages, one at least, have about so many octets.
fn about(octets: usize, messages: &[(Moving, Position)]) -> usize {
    let mut sum = 0;
    let part = messages.iter().take_while(|(moving, _)| {
        let is_within = sum < octets;
        sum += moving.size as usize;
        is_within
    });
    part.count()
}
