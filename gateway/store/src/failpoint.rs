//! Places at which a test lets the process die, or an operation fail: between any two steps after which something may be lost.
//!
//! They are there with the feature `failpoints` only, which nothing but `examples/wharf-failing.rs` of the gateway asks for; without it
//! a call is nothing. The variable `FAILPOINTS` says what is to happen, in the words of the crate `fail`: with `journal.written=2*off->return`
//! the process dies at the third passing of `journal.written`, and with `journal.sync=2*off->return(error)` the third sync has an error.
//! It dies of SIGKILL, which no action of that crate does: a panic would run destructors, and they write what waits.

use std::io;

/// Passes a place. The process may end here.
#[cfg(feature = "failpoints")]
pub fn pass(name: &str) {
    fail::fail_point!(name, |_| die());
}

/// Passes a place at which something may fail.
#[cfg(feature = "failpoints")]
pub fn attempt(name: &str) -> io::Result<()> {
    fail::fail_point!(name, |what| match what {
        Some(_) => Err(io::Error::other("a test wants it to fail")),
        None => die(),
    });
    Ok(())
}

/// Does from now on what `FAILPOINTS` says, as long as the process lives.
#[cfg(feature = "failpoints")]
pub fn arm() {
    std::mem::forget(fail::FailScenario::setup());
}

#[cfg(feature = "failpoints")]
fn die() -> ! {
    loop {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// Passes a place: nothing happens in this build.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub fn pass(_: &str) {}

/// Passes a place: nothing fails in this build.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub fn attempt(_: &str) -> io::Result<()> {
    Ok(())
}
