//! What happens beside the vhost that is looked at: others write into the same journal, come, and go.

use super::Life;
use crate::engine::vhosts::VhostSettings;
use broker::{Explicit, Headers, Message, Publish, QueueDeclaration, QueueSettings};

/// Vhosts that come and go.
const NAMES: [&str; 2] = ["north", "south"];

/// A queue of each.
const QUEUE: &str = "neighbour";

impl Life<'_> {
    /// Lets a neighbour do something, whose end nobody waits for. Its records shift those of the vhost that is looked at.
    pub(super) fn let_a_neighbour_act(&mut self) {
        let name = NAMES[self.random.below(NAMES.len())];
        match (self.random.below(4), self.engine.vhost(name)) {
            (0, Ok(_)) => {
                let engine = self.engine.clone();
                tokio::spawn(async move { engine.delete_vhost(name).await });
            }
            (_, Ok(vhost)) => {
                let body = "x".repeat(self.random.below(900));
                let message = Message::new("", QUEUE, Headers::new(std::iter::empty()), body.into()).persistent();
                let settings = QueueSettings { durable: true, ..QueueSettings::default() };
                let declaration = QueueDeclaration { name: QUEUE.to_owned(), settings, explicit: Explicit::default() };
                tokio::spawn(async move {
                    vhost.declare_queue(&declaration).await?;
                    vhost.publish(&[Publish::detached(message)]).await.map_err(|(_, error)| error)
                });
            }
            (_, Err(_)) => {
                let engine = self.engine.clone();
                tokio::spawn(async move { engine.create_vhost(name, &VhostSettings::default()).await });
            }
        }
    }
}
