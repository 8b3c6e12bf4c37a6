//! What a session says by itself, not as an effect of the broker.

use crate::engine::Message;
use std::sync::Arc;
use wire::stomp::server::{Failure, MessageHead, Receipt, Token};

/// One thing to say, once no large body is being written.
pub(super) enum Local {
    /// A request was refused, and the connection goes on.
    Failure(Failure),
    /// A request was carried out here.
    Receipt(Token, Receipt),
    /// Something that the client may want to know.
    Notice(MessageHead, Arc<Message>),
}
