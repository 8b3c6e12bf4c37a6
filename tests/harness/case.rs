//! Runs a check in every version of STOMP and over every transport, and says which of them failed.

use crate::Transport;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, panicking};

/// The versions of STOMP, oldest first.
pub const VERSIONS: [&str; 3] = ["1.0", "1.1", "1.2"];

/// A name that begins with `kind` and was not used before.
pub fn unique(kind: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(1);
    format!("{kind}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Runs `check` for each transport and version.
pub fn each(mut check: impl FnMut(Transport, &'static str)) {
    for transport in Transport::ALL {
        for version in VERSIONS {
            let _case = Case(format!("over {transport:?} in STOMP {version}"));
            check(transport, version);
        }
    }
}

/// Runs `check` for each transport.
pub fn each_transport(mut check: impl FnMut(Transport)) {
    for transport in Transport::ALL {
        let _case = Case(format!("over {transport:?}"));
        check(transport);
    }
}

/// Runs `check` for all transports at the same time: for what takes its time.
pub fn all_transports(check: impl Fn(Transport) + Sync) {
    let check = &check;
    thread::scope(|scope| {
        for transport in Transport::ALL {
            scope.spawn(move || {
                let _case = Case(format!("over {transport:?}"));
                check(transport);
            });
        }
    });
}

/// Runs `check` for each version.
pub fn each_version(mut check: impl FnMut(&'static str)) {
    for version in VERSIONS {
        let _case = Case(format!("in STOMP {version}"));
        check(version);
    }
}

struct Case(String);

impl Drop for Case {
    fn drop(&mut self) {
        if panicking() {
            eprintln!("this was {}", self.0);
        }
    }
}
