//! What the telemetry was in the last hour: a stream that is bound to its topics.

use crate::engine::{DEFAULT_VHOST, Engine};
use broker::{Arguments, Binding, Error, Explicit, QueueDeclaration, QueueSettings, QueueType};
use std::collections::BTreeMap;

/// The stream.
const STREAM: &str = "demo.telemetry";

/// Milliseconds for which it keeps messages.
const MAX_AGE: u64 = 60 * 60 * 1_000;

/// Declares it, and leaves the rest to the broker.
pub(super) async fn keep(engine: Engine) {
    let Ok(vhost) = engine.vhost(DEFAULT_VHOST) else { return };
    let declared = async {
        let arguments =
            Arguments { queue_type: Some(QueueType::Stream), max_age: Some(MAX_AGE), ..Arguments::default() };
        let settings = QueueSettings { durable: true, arguments: Some(arguments.into()), ..QueueSettings::default() };
        let explicit = Explicit::default();
        vhost.declare_queue(&QueueDeclaration { name: STREAM.to_owned(), settings, explicit }).await?;
        let key = "telemetry.#".to_owned();
        vhost.bind(STREAM, Binding { exchange: "amq.topic".to_owned(), key, arguments: BTreeMap::new() }).await?;
        Ok::<(), Error>(())
    };
    if let Err(error) = declared.await {
        tracing::warn!("the demo goes on without {STREAM}: {error}");
    }
}
