//! How long a test waits, and how.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// What a test waits at most for one thing to happen. Generous, since machines that test are busy; it is spent only
/// by tests that fail.
pub const PATIENCE: Duration = Duration::from_secs(20);

const BETWEEN_PROBES: Duration = Duration::from_millis(10);

/// Asks again and again until `probe` has an answer: for what the server tells nobody about.
///
/// # Panics
/// When there is no answer within [`PATIENCE`].
pub fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = probe() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        sleep(BETWEEN_PROBES);
    }
}
