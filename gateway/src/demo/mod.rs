//! Demo traffic from real input: this machine's telemetry as topic messages, the last hour of it as a stream, and a work queue of files to
//! hash.

mod history;
mod jobs;
mod link;
mod telemetry;

use crate::engine::Engine;
use link::Link;
use std::future::Future;
use std::pin::Pin;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Workers on the queue of jobs.
const WORKERS: u32 = 2;

/// Starts it; it ends when the server stops.
pub(crate) fn start(engine: &Engine, tasks: &TaskTracker, stopping: &CancellationToken) {
    let spawn = |part: Pin<Box<dyn Future<Output = ()> + Send>>| {
        tasks.spawn(stopping.clone().run_until_cancelled_owned(part));
    };
    let link = |name: &str| Link::open(engine, name);
    spawn(Box::pin(history::keep(engine.clone())));
    spawn(Box::pin(telemetry::run(link("telemetry"))));
    spawn(Box::pin(jobs::hand_out(link("foreman"))));
    for worker in 0..WORKERS {
        spawn(Box::pin(jobs::work(link(&format!("worker {worker}")))));
    }
}
