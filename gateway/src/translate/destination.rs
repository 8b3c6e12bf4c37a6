//! Destinations as requests name them.

use wire::destination::{BadDestination, Destination};

/// Reads a destination that is no STOMP connection's own; `can` says what else there is. An error says what is wrong with it.
pub(crate) fn readable(text: &str, can: &str) -> Result<Destination, String> {
    let destination = Destination::parse(text).map_err(|error| match error {
        BadDestination::Unsupported(_) => format!("{error} are not supported yet"),
        error => error.to_string(),
    })?;
    match destination {
        Destination::TemporaryQueue(_) | Destination::TemporaryTopic(_) | Destination::Control(_) => {
            Err(format!("{text:?} belongs to a STOMP connection: {can}"))
        }
        destination => Ok(destination),
    }
}
