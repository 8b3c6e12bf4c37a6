//! A server that is killed again and again, at any time, while its streams move to files of their own and its journal is given back.

use crate::kill::kill_again_and_again;

#[test]
fn streams_and_their_groups_survive_every_kill() {
    kill_again_and_again("[store]\nsegment = 524288\nwindow = 1048576\n", 60);
}
