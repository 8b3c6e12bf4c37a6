//! The one table from what the broker refuses to what each protocol answers, and how HTTP says it.

mod body;
mod method;
mod refusal;
mod too_large;

pub use body::read_object;
pub use method::other_method;
pub use refusal::Refusal;
pub use too_large::tell_too_large;

use crate::metrics::Limit;
use axum::http::StatusCode;
use broker::Error;
use wire::stomp::Code;

/// The `x-code` of an ERROR frame.
pub fn stomp_code(error: &Error) -> Code {
    match error {
        Error::QueueNotFound { .. }
        | Error::ExchangeNotFound { .. }
        | Error::BindingNotFound { .. }
        | Error::GroupNotFound { .. } => Code::NotFound,
        Error::ResourceLocked { .. } => Code::ResourceLocked,
        Error::QueueDiffers { .. }
        | Error::ExchangeDiffers { .. }
        | Error::QueueNotEmpty { .. }
        | Error::QueueInUse { .. }
        | Error::ExchangeInUse { .. }
        | Error::BadArgument { .. }
        | Error::BadDeduplicationId { .. }
        | Error::NoCredit(_)
        | Error::Browsed
        | Error::Aborted { .. }
        | Error::IsStream { .. }
        | Error::IsQueue { .. }
        | Error::GroupDiffers { .. }
        | Error::BadMatch { .. } => Code::PreconditionFailed,
        Error::EpochChanged { .. } => Code::EpochChanged,
        Error::ReadOnlyExchange { .. } | Error::ReservedName { .. } | Error::Forbidden { .. } => Code::Forbidden,
        Error::BadName { .. } | Error::BadKey { .. } => Code::BadDestination,
        Error::TooManySubscriptions { .. }
        | Error::TooLarge { .. }
        | Error::LongDefinition { .. }
        | Error::TooManyDefinitions { .. } => Code::TooLarge,
        Error::SubscriptionInUse(_) => Code::Protocol,
        Error::UnknownSubscription(_) => Code::UnknownSubscription,
        Error::UnknownDelivery(_) => Code::UnknownMessage,
        Error::QueueFull { .. }
        | Error::TooManyQueues { .. }
        | Error::TooManyBindings { .. }
        | Error::TooManyGroups { .. }
        | Error::MemoryAlarm { .. }
        | Error::StorageAlarm => Code::QueueFull,
        Error::Unroutable { .. } => Code::Unroutable,
        Error::Action { error, .. } => stomp_code(error),
    }
}

/// Counts a limit of the server that was reached. Those of one queue are its owner's.
pub fn count_limit(error: &Error) {
    let limit = match error {
        Error::TooManyQueues { .. } => Limit::Queues,
        Error::TooManySubscriptions { .. } => Limit::Subscriptions,
        Error::TooLarge { .. } | Error::LongDefinition { .. } => Limit::Size,
        Error::MemoryAlarm { .. } | Error::StorageAlarm => Limit::Memory,
        Error::Action { error, .. } => return count_limit(error),
        _ => return,
    };
    limit.count();
}

/// Whether a stream was declared anew since a reader was there.
pub fn is_epoch_changed(error: &Error) -> bool {
    matches!(error, Error::EpochChanged { .. })
}

/// Status and short name of an HTTP answer, as RabbitMQ's management API has them.
pub fn http_status(error: &Error) -> (StatusCode, &'static str) {
    match error {
        Error::QueueNotFound { .. }
        | Error::ExchangeNotFound { .. }
        | Error::BindingNotFound { .. }
        | Error::GroupNotFound { .. } => (StatusCode::NOT_FOUND, "not_found"),
        Error::MemoryAlarm { .. } | Error::StorageAlarm => (StatusCode::SERVICE_UNAVAILABLE, "resource_alarm"),
        Error::ReservedName { .. } | Error::ReadOnlyExchange { .. } | Error::Forbidden { .. } => {
            (StatusCode::FORBIDDEN, "access_refused")
        }
        Error::TooLarge { .. } | Error::LongDefinition { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        Error::QueueFull { .. } | Error::TooManyQueues { .. } | Error::TooManyDefinitions { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "limit_reached")
        }
        Error::EpochChanged { .. } => (StatusCode::CONFLICT, "epoch_changed"),
        Error::UnknownDelivery(_) => (StatusCode::NOT_FOUND, "not_found"),
        _ => (StatusCode::BAD_REQUEST, "bad_request"),
    }
}
