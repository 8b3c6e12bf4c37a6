//! A queue whose dead letters are watched.

use acceptance::{Client, Frame, unique};

/// The id of the subscription that gets the dead letters.
pub(crate) const DEAD: &str = "dead";

/// A queue of a name of its own, and where its dead letters go. The first who uses the queue says so with
/// [`DeadLetters::headers`].
#[derive(Debug)]
pub(crate) struct DeadLetters {
    /// The queue's destination.
    pub(crate) queue: String,
    /// The queue's name.
    pub(crate) name: String,
    /// The routing key of the dead letters, in `amq.direct`.
    pub(crate) key: String,
}

impl DeadLetters {
    /// Subscribes `client` to the dead letters of a queue that is still to be declared.
    pub(crate) fn watch(client: &mut Client) -> DeadLetters {
        DeadLetters::watch_as(client, DEAD)
    }

    /// Subscribes `client` under this id.
    pub(crate) fn watch_as(client: &mut Client, id: &str) -> DeadLetters {
        let (name, key) = (unique("mortal"), unique("key"));
        client.subscribe(id, &format!("/exchange/amq.direct/{key}"), &[]);
        DeadLetters { queue: format!("/queue/{name}"), name, key }
    }

    /// The headers that send dead letters here, and others.
    pub(crate) fn headers<'a>(&'a self, others: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let own = [("x-dead-letter-exchange", "amq.direct"), ("x-dead-letter-routing-key", self.key.as_str())];
        [&own, others].concat()
    }
}

/// The next message, which must be a dead letter with this body that died for this reason.
pub(crate) fn dead(client: &mut Client, body: &str, reason: &str) -> Frame {
    let message = client.message();
    let got = (message.text(), message.header("subscription"), message.header("x-first-death-reason"));
    assert_eq!(got, (body, DEAD, reason));
    message
}
