//! A server with small files that is killed again and again, at any time, while its streams move to files of their own and its
//! journal is given back.
//!
//! `WHARF_KILLS` is how often, 20 by default; `WHARF_SEED` makes it the same as another time.

use crate::witness::{Random, Witness, number_of};
use acceptance::{Directory, Launch, eventually};
use std::time::Duration;

#[test]
fn streams_and_their_groups_survive_every_kill() {
    let kills = number_of("WHARF_KILLS").unwrap_or(20);
    let mut random = Random::seeded();
    let (directory, mut witness) = (Directory::new(), Witness::default());
    let launch = Launch::new().data_dir(directory.path().to_str().expect("the path is text"));
    let launch = launch.config("[store]\nsegment = 524288\nwindow = 1048576\n");
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
        for _ in 0..random.below(60) {
            life.publish(1 + random.below(50), &mut random);
            life.listen(true, Duration::from_millis(random.below(3)));
        }
        life.publish(1 + random.below(64), &mut random);
        server.program().kill();
        life.listen(false, Duration::from_secs(1));
    }
    let mut server = launch.start();
    let held = witness.check(&server);
    server.program().kill();
    held.assert_same(&witness.check(&launch.start()));
    println!("{kills} kills: {}; 0 lost", witness.summary());
}
