//! A work queue: files of the working directory to hash, a few a second, and workers that do it.
//!
//! A worker rejects a job whose file is not as it was queued; and, so that redelivery can be seen, it gives one job in
//! twenty back at its first delivery.

use super::Link;
use broker::Outcome;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

const QUEUE: &str = "demo.jobs";
const RESULTS: &str = "demo.results";

/// Time between two batches of jobs.
const INTERVAL: Duration = Duration::from_millis(500);

/// Jobs in a batch.
const BATCH: usize = 4;

/// Files to go through before looking at the directory again, and how deep to look.
const FILES: usize = 500;
const DEPTH: usize = 6;

/// Octets of a file that is worth a job: hashing must not be what the machine is busy with.
const LARGEST: u64 = 4 << 20;

/// Jobs that a worker holds.
const PREFETCH: u32 = 2;

/// Time to think about a job: hashing is quick, and nobody could see it happen.
const WORK_TIME: Duration = Duration::from_millis(200);

/// One job in so many is given back at first.
const GIVEN_BACK: u64 = 20;

#[derive(Debug, Serialize, Deserialize)]
struct Job {
    number: u64,
    path: PathBuf,
    size: u64,
}

#[derive(Debug, Serialize)]
struct Hashed {
    number: u64,
    path: PathBuf,
    sha256: String,
    microseconds: u128,
}

/// Queues jobs for ever.
pub(super) async fn hand_out(link: Link) {
    let mut ticks = tokio::time::interval(INTERVAL);
    let mut files = Vec::new();
    let mut number = 0;
    loop {
        ticks.tick().await;
        if files.is_empty() {
            files = tokio::task::spawn_blocking(list_files).await.unwrap_or_default();
        }
        for _ in 0..BATCH {
            let Some((path, size)) = files.pop() else { break };
            number += 1;
            link.publish_queue(QUEUE, &Job { number, path, size });
        }
    }
}

/// Works off jobs until the queue is deleted.
pub(super) async fn work(mut link: Link) {
    link.subscribe_queue(QUEUE, PREFETCH);
    while let Some(delivery) = link.next().await {
        tokio::time::sleep(WORK_TIME).await;
        let job: Option<Job> = serde_json::from_slice(&delivery.message.body).ok();
        let outcome = match job {
            None => Outcome::Reject, // somebody else's message
            Some(job) if job.number.is_multiple_of(GIVEN_BACK) && delivery.delivery_count == 1 => {
                Outcome::Requeue(None)
            }
            Some(job) => match tokio::task::spawn_blocking(move || hash(job)).await {
                Ok(Some(hashed)) => {
                    link.publish_topic(RESULTS, &hashed);
                    Outcome::Ack
                }
                _ => Outcome::Reject, // the file is gone, or has changed
            },
        };
        link.settle(delivery.tag, outcome);
    }
}

fn hash(job: Job) -> Option<Hashed> {
    let started = Instant::now();
    let content = std::fs::read(&job.path).ok().filter(|content| content.len() as u64 == job.size)?;
    let mut sha256 = String::new();
    for octet in Sha256::digest(&content) {
        let _ = write!(sha256, "{octet:02x}"); // a String takes everything
    }
    Some(Hashed { number: job.number, path: job.path, sha256, microseconds: started.elapsed().as_micros() })
}

/// Files below the working directory, without what builds and tools leave there.
fn list_files() -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    collect(Path::new("."), DEPTH, &mut files);
    files
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<(PathBuf, u64)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let skipped =
            name.to_str().is_none_or(|name| name.starts_with('.') || ["target", "node_modules"].contains(&name));
        let Ok(metadata) = entry.metadata() else { continue };
        if skipped || files.len() >= FILES {
            continue;
        }
        if metadata.is_dir() && depth > 0 {
            collect(&entry.path(), depth - 1, files);
        } else if metadata.is_file() && metadata.len() <= LARGEST {
            files.push((entry.path(), metadata.len()));
        }
    }
}
