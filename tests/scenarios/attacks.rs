//! What strangers and guests of ill will try. Each attempt fails with an answer, a bystander on the same server notices nothing of it, and
//! memory is afterwards as it was.

mod doors;

mod floods;
mod names;
mod out_of_turn;
mod pages;
mod published_keys;
mod token_life;
mod tokens;

use acceptance::{Client, Server, Transport, eventually};
use std::time::{Duration, Instant};

const MIB: u64 = 1 << 20;

/// How much more memory a server may have after an attack: what the allocator keeps, and what was used for the first time.
const KEPT: u64 = 32 * MIB;

/// What a bystander waits at most for its message, on a machine that is busy with tests.
const PROMPT: Duration = Duration::from_secs(2);

/// A client that behaves, and was there before the attack.
struct Bystander<'a> {
    server: &'a Server,
    client: Client,
    count: u32,
    before: u64,
}

impl<'a> Bystander<'a> {
    fn of(server: &'a Server) -> Self {
        let mut client = server.connect(Transport::Text, "1.2");
        client.subscribe("1", "/topic/bystander", &[]);
        let mut bystander = Bystander { server, client, count: 0, before: 0 };
        bystander.is_undisturbed();
        bystander.before = server.resident();
        bystander
    }

    /// Its messages come back at once, and nothing else comes.
    fn is_undisturbed(&mut self) {
        for _ in 0..5 {
            self.count += 1;
            let start = Instant::now();
            assert_eq!(self.client.publish("/topic/bystander", self.count.to_string()), 1);
            assert_eq!(self.client.message().text(), self.count.to_string());
            assert!(start.elapsed() < PROMPT, "the bystander waited {:?}", start.elapsed());
        }
        self.client.expect_nothing();
    }

    /// The attack is over: nothing is left of it.
    fn has_seen_nothing(mut self) {
        self.is_undisturbed();
        let most = self.before + KEPT;
        eventually(&format!("memory is back below {most} octets"), || (self.server.resident() < most).then_some(()));
    }
}
