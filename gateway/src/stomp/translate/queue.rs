//! What the headers of SEND and SUBSCRIBE say of a queue.

use super::terms::first;
use super::{boolean, failure};
use broker::{Arguments, Explicit, QueueSettings, QueueType};
use wire::stomp::Headers;
use wire::stomp::server::Failure;

/// A queue made for a topic or exchange subscription: one reader's, and gone with it.
pub(super) const TRANSIENT: QueueSettings = QueueSettings {
    durable: false,
    exclusive: true,
    auto_delete: true,
    drops_oldest: true,
    no_local: false,
    arguments: None,
};

/// A queue that outlives its readers.
pub(super) const DURABLE: QueueSettings = QueueSettings {
    durable: true,
    exclusive: false,
    auto_delete: false,
    drops_oldest: false,
    no_local: false,
    arguments: None,
};

/// What the headers say, and which of it they say. A queue that is said not to be durable is exclusive and auto-delete,
/// and one that is, is neither, unless the headers say otherwise. `durable_names` are the headers that say so.
pub(super) fn settings(
    headers: &Headers,
    durable_names: &[&'static str],
    default: &QueueSettings,
) -> Result<(QueueSettings, Explicit), Failure> {
    let header = |name| headers.get(name).map(|text| boolean(name, text)).transpose();
    let durable = first(headers, durable_names).map(|(name, text)| boolean(name, text)).transpose()?;
    let (exclusive, auto_delete) = (header("exclusive")?, header("auto-delete")?);
    let base = match durable {
        Some(true) => &DURABLE,
        Some(false) => &QueueSettings { durable: false, ..TRANSIENT },
        None => default,
    };
    let exclusive_value = exclusive.unwrap_or(base.exclusive);
    let settings = QueueSettings {
        durable: base.durable,
        exclusive: exclusive_value,
        auto_delete: auto_delete.unwrap_or(base.auto_delete),
        drops_oldest: default.drops_oldest && exclusive_value && !base.durable,
        no_local: false,
        arguments: arguments(headers)?.map(Into::into),
    };
    let explicit =
        Explicit { durable: durable.is_some(), exclusive: exclusive.is_some(), auto_delete: auto_delete.is_some() };
    Ok((settings, explicit))
}

/// The same of a stream, which outlives everybody.
pub(super) fn stream_settings(headers: &Headers) -> Result<(QueueSettings, Explicit), Failure> {
    let (mut settings, explicit) = settings(headers, &["durable"], &DURABLE)?;
    let stream = Arguments { queue_type: Some(QueueType::Stream), ..settings.arguments().clone() };
    settings.arguments = Some(stream.into());
    Ok((settings, explicit))
}

fn arguments(headers: &Headers) -> Result<Option<Arguments>, Failure> {
    let mut arguments = Arguments::default();
    for (name, value) in headers.iter().filter(|(name, _)| name.starts_with("x-")) {
        arguments.set(name, value).map_err(|error| failure(&error))?;
    }
    Ok((!arguments.is_empty()).then_some(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::stomp::Code;

    fn read(headers: &[(&str, &str)], default: &QueueSettings) -> Result<QueueSettings, Code> {
        let headers = headers.iter().copied().collect();
        settings(&headers, &["durable", "persistent"], default)
            .map(|(settings, _)| settings)
            .map_err(|failure| failure.code)
    }

    #[test]
    fn explicit_headers_win_over_derived_ones() {
        assert_eq!(read(&[], &DURABLE), Ok(DURABLE));
        assert_eq!(read(&[], &TRANSIENT), Ok(TRANSIENT));
        let read_one = |headers: &[(&str, &str)]| {
            let QueueSettings { durable, exclusive, auto_delete, .. } = read(headers, &DURABLE).unwrap();
            (durable, exclusive, auto_delete)
        };
        assert_eq!(read_one(&[("durable", "False")]), (false, true, true));
        assert_eq!(read_one(&[("durable", "false"), ("exclusive", "false")]), (false, false, true));
        assert_eq!(read_one(&[("auto-delete", "true")]), (true, false, true));
        let durable = read(&[("persistent", "true")], &TRANSIENT).unwrap();
        assert_eq!(durable, DURABLE);
    }

    #[test]
    fn arguments_are_read_and_bad_ones_are_named() {
        let settings = read(&[("x-max-length", "5"), ("x-something", "y")], &DURABLE).unwrap();
        assert_eq!(settings.arguments().max_length, Some(5));
        assert_eq!(read(&[("x-max-length", "-5")], &DURABLE), Err(Code::PreconditionFailed));
        assert_eq!(read(&[("exclusive", "perhaps")], &DURABLE), Err(Code::PreconditionFailed));
    }
}
