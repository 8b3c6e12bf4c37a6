//! Which headers of a message its publisher sets.

/// Whether receivers get a header as its publisher wrote it: not what is for the server, or the server's to set, such as
/// `destination`, and `reply-to`, whose address others must be able to use.
pub fn is_passed_on(name: &str) -> bool {
    !matches!(
        name,
        "destination"
            | "receipt"
            | "transaction"
            | "subscription"
            | "ack"
            | "redelivered"
            | "delivery-count"
            | "message-id"
            | "content-length"
            | "mandatory"
            | "reply-to"
            | "x-stream-offset"
            | "x-stream-epoch"
            | "x-death"
            | "x-death-text"
            | "x-first-death-queue"
            | "x-first-death-reason"
            | "x-first-death-exchange"
            | "x-last-death-queue"
            | "x-last-death-reason"
            | "x-last-death-exchange"
    )
}
