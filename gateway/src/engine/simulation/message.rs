//! Messages that tell by their number what is in them.

use broker::{Headers, Message};
use bytes::Bytes;
use store::backend::Random;

/// The number of a message, which is given once.
pub(super) type Id = u64;

/// Messages from this number on are not to survive.
pub(super) const TRANSIENT: Id = 1 << 32;

/// The message of this number, to be published there.
pub(super) fn message(exchange: &'static str, key: &str, id: Id) -> Message {
    let number = id.to_string();
    let headers = Headers::new([("number", number.as_str()), ("kind", "simulated")].into_iter());
    let message = Message::new(exchange, key, headers, body(id));
    if id < TRANSIENT { message.persistent() } else { message }
}

/// The number of a message, all of which is as it was published.
pub(super) fn id_of(message: &Message) -> Id {
    let number = message.headers.get("number").expect("a message has its headers");
    let id = number.parse().expect("a message has its number");
    assert_eq!(message.headers.get("kind"), Some("simulated"), "message {id}");
    assert!(message.body == body(id), "the body of message {id} is {:?}", message.body);
    id
}

/// Most are small; some are larger than a segment of the journal.
fn body(id: Id) -> Bytes {
    let mut random = Random::new(id + 1);
    let size = match random.below(12) {
        0 => 2_000 + random.below(1_000),
        _ => random.below(300),
    };
    (0..size).map(|_| b'a' + u8::try_from(random.below(26)).unwrap_or_default()).collect()
}
