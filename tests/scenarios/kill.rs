//! A server that is killed again and again under load: what it has confirmed is there, and what it has confirmed to be gone
//! is not. Queues, transactions, a stream, and a group that reads it.
//!
//! `WHARF_KILLS` is how often, 20 by default; `WHARF_SEED` makes it the same as another time.

use crate::witness::{Random, Witness, number_of};
use acceptance::{Directory, Launch, eventually};
use std::time::Duration;

/// Kills a server of this configuration in the midst of at most so many publishes and answers, again and again, and counts.
pub(crate) fn kill_again_and_again(config: &str, most: u64) {
    let kills = number_of("WHARF_KILLS").unwrap_or(20);
    let mut random = Random::seeded();
    let (directory, mut witness) = (Directory::new(), Witness::default());
    let launch = Launch::new().data_dir(directory.path().to_str().expect("the path is text")).config(config);
    for _ in 0..kills {
        let mut server = launch.start();
        let mut life = witness.begin(&server);
        life.subscribe();
        let before = life.confirmed();
        eventually("messages come, and go", || {
            life.publish(20, &mut random);
            life.listen(true, Duration::from_millis(1));
            let (appends, acks) = life.confirmed();
            (appends > before.0 && acks > before.1).then_some(())
        });
        for _ in 0..random.below(most) {
            life.publish(1 + random.below(50), &mut random);
            life.listen(true, Duration::from_millis(random.below(3)));
        }
        // In the midst of both.
        life.publish(1 + random.below(64), &mut random);
        server.program().kill();
        life.listen(false, Duration::from_secs(1));
    }
    let mut server = launch.start();
    let held = witness.check(&server);
    server.program().kill();
    held.assert_same(&witness.check(&launch.start()));
    eprintln!("{kills} kills: {}; 0 lost", witness.summary());
}

#[test]
fn nothing_confirmed_is_lost() {
    kill_again_and_again("", 20);
}
