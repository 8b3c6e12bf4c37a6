//! Ending early without leaving servers behind: a signal ends the measurement, and what has an owner is then dropped.

use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Result, ensure};
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Exit code after an interrupt that did not want to wait, as shells give it.
const EXIT_INTERRUPTED: i32 = 130;

/// From here on SIGINT and SIGTERM are noted; a second one ends at once. They are handled, not blocked: a blocked signal
/// would stay blocked in the servers, which are stopped by one.
pub(crate) fn watch() -> Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let signals = {
        let _context = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    thread::spawn(move || runtime.block_on(note(signals)));
    Ok(())
}

/// Whether to end.
pub(crate) fn came() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// An error if so.
pub(crate) fn check() -> Result<()> {
    ensure!(!came(), "interrupted");
    Ok(())
}

async fn note((mut interrupt, mut terminate): (Signal, Signal)) {
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            exit(EXIT_INTERRUPTED);
        }
    }
}
