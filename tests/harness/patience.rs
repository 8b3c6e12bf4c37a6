//! How long a test waits, and how.

use std::env;
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What a test waits at most for one thing to happen. Generous, since machines that test are busy; it is spent only
/// by tests that fail.
pub const PATIENCE: Duration = Duration::from_secs(20);

const BETWEEN_PROBES: Duration = Duration::from_millis(10);

/// [`PATIENCE`], or the seconds that `WHARF_PATIENCE` says: for tests that are expected to fail.
pub fn patience() -> Duration {
    static SECONDS: OnceLock<Option<u64>> = OnceLock::new();
    let seconds = SECONDS.get_or_init(|| env::var("WHARF_PATIENCE").ok()?.parse().ok());
    seconds.map_or(PATIENCE, Duration::from_secs)
}

/// Asks again and again until `probe` has an answer: for what the server tells nobody about.
///
/// # Panics
/// When there is no answer within [`patience`].
pub fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + patience();
    loop {
        if let Some(answer) = probe() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {:?}: {what}", patience());
        sleep(BETWEEN_PROBES);
    }
}
