//! Demo traffic from real input: this machine's telemetry as topic messages, the last hour of it as a stream, and a work queue of files to
//! hash.

mod history;
mod jobs;
mod link;
mod telemetry;

use crate::engine::{DEFAULT_VHOST, Engine};
use link::Link;
use std::future::Future;
use std::pin::Pin;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What the demo does at the same time as others.
type Part = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Workers on the queue of jobs.
const WORKERS: u32 = 2;

/// Starts it; it ends when the server stops, or when the default vhost is deleted.
pub(crate) fn start(engine: &Engine, tasks: &TaskTracker, stopping: &CancellationToken) {
    let spawn = |part: Part| {
        tasks.spawn(stopping.clone().run_until_cancelled_owned(part));
    };
    let with_link = |name: &str, part: fn(Link) -> Part| match Link::open(engine, name) {
        Some(link) => {
            let gone = link.gone();
            spawn(Box::pin(async move {
                tokio::select! {
                    () = gone => {}
                    () = part(link) => {}
                }
            }));
        }
        None => tracing::warn!("the demo goes on without its {name}: there is no vhost {DEFAULT_VHOST:?}"),
    };
    spawn(Box::pin(history::keep(engine.clone())));
    with_link("telemetry", |link| Box::pin(telemetry::run(link)));
    with_link("foreman", |link| Box::pin(jobs::hand_out(link)));
    for worker in 0..WORKERS {
        with_link(&format!("worker {worker}"), |link| Box::pin(jobs::work(link)));
    }
}
