//! The queues and streams of a webhook.
//!
//! ```text
//!   topic, exchange --binding--> webhook.ID ----> sink
//!   stream --consumer group-----> webhook.ID        \--exhausted--> webhook.ID.dead
//!   queue ----------------------------------------> sink
//!                                 webhook.ID.attempts: a stream of what was tried
//! ```

use crate::engine::{Management, NoVhost};
use crate::translate::TOPIC_EXCHANGE;
use broker::{
    Arguments, Binding, DeleteConditions, Error, Explicit, QueueDeclaration, QueueSettings, QueueType, Start,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::destination::Destination;

/// Where a webhook keeps what it has to do and what it has done.
#[derive(Debug, Clone)]
pub(in crate::webhook) struct Place {
    /// What is to be delivered.
    pub(in crate::webhook) queue: String,
    /// What was given up.
    pub(in crate::webhook) dead: String,
    /// What was tried: a stream.
    pub(in crate::webhook) attempts: String,
}

impl Place {
    pub(in crate::webhook) fn of(id: &str) -> Self {
        let queue = format!("webhook.{id}");
        Place { dead: format!("{queue}.dead"), attempts: format!("{queue}.attempts"), queue }
    }

    /// Declares what is not there, and binds it to its source; `keep` is in octets.
    pub(in crate::webhook) async fn declare(
        &self,
        vhost: &Management,
        source: &Destination,
        keep: u64,
    ) -> Result<(), Error> {
        // Attempts are counted by the schedule, and not by the queue.
        let endless = Arguments { delivery_limit: Some(Arguments::NO_LIMIT), ..Arguments::default() };
        declare(vhost, &self.queue, endless).await?;
        declare(vhost, &self.dead, Arguments::default()).await?;
        let stream = Arguments {
            queue_type: Some(QueueType::Stream),
            max_octets: Some(keep),
            segment_octets: Some(keep / 8),
            ..Arguments::default()
        };
        match declare(vhost, &self.attempts, stream.clone()).await {
            Err(Error::QueueDiffers { .. }) => {
                vhost.delete_queue(&self.attempts, DeleteConditions::default()).await?;
                declare(vhost, &self.attempts, stream).await?;
            }
            declared => declared?,
        }
        if let Some(binding) = binding(source) {
            vhost.bind(&self.queue, binding).await?;
        }
        Ok(())
    }

    /// Takes back that it gets what its source says. How far it has come in a stream stays known.
    pub(in crate::webhook) async fn unbind(&self, vhost: &Management, source: &Destination) {
        if let Some(binding) = binding(source) {
            let _ = vhost.unbind(&self.queue, &binding).await; // or it was not there
        }
    }

    /// Has nothing to do with its source any more.
    pub(in crate::webhook) async fn leave(&self, vhost: &Management, source: &Destination) {
        self.unbind(vhost, source).await;
        if let Destination::Stream(stream) = source {
            let _ = vhost.delete_group(stream, &self.queue).await;
        }
    }

    /// Deletes everything but dead letters, which somebody may still want.
    pub(in crate::webhook) async fn delete(&self, vhost: &Management) {
        for name in [&self.queue, &self.attempts] {
            let _ = vhost.delete_queue(name, DeleteConditions::default()).await;
        }
        let _ =
            vhost.delete_queue(&self.dead, DeleteConditions { if_empty: true, ..DeleteConditions::default() }).await;
    }
}

async fn declare(vhost: &Management, name: &str, arguments: Arguments) -> Result<(), Error> {
    let arguments = (!arguments.is_empty()).then(|| Arc::new(arguments));
    let settings = QueueSettings { durable: true, arguments, ..QueueSettings::default() };
    let declaration = QueueDeclaration { name: name.to_owned(), settings, explicit: Explicit::default() };
    vhost.declare_queue(&declaration).await.map(|_| ())
}

fn binding(source: &Destination) -> Option<Binding> {
    let (exchange, key) = match source {
        Destination::Topic(key) => (TOPIC_EXCHANGE, key.as_str()),
        Destination::Exchange(name, key) => (name.as_str(), key.as_deref().unwrap_or_default()),
        _ => return None,
    };
    Some(Binding { exchange: exchange.to_owned(), key: key.to_owned(), arguments: BTreeMap::new() })
}

/// Forgets how far a group has come in a stream.
pub(in crate::webhook) async fn delete_group(vhost: &Management, stream: &str, group: &str) {
    let _ = vhost.delete_group(stream, group).await; // or it was not there
}

/// Where to begin in a stream.
pub(in crate::webhook) fn start(text: Option<&str>) -> Result<Start, String> {
    let wrong = || format!("config.from: first, last, next or offset:N, not {:?}", text.unwrap_or_default());
    match text {
        None | Some("next") => Ok(Start::Next),
        Some("first") => Ok(Start::First),
        Some("last") => Ok(Start::Last),
        Some(text) => {
            let offset = text.strip_prefix("offset:").and_then(|offset| offset.parse().ok());
            offset.map(Start::Offset).ok_or_else(wrong)
        }
    }
}

/// The offset that such a start is in a stream at this moment; `None`: it is a queue.
pub(in crate::webhook) fn first_offset(
    vhost: &Management,
    stream: &str,
    from: Option<&str>,
) -> Result<Option<u64>, Error> {
    let Some(stream) = vhost.queue(stream)?.stream else { return Ok(None) };
    Ok(start(from).ok().map(|start| match start {
        Start::First => stream.first_offset,
        Start::Last => stream.next_offset.saturating_sub(1),
        Start::Offset(offset) => offset,
        Start::Next | Start::Since(_) => stream.next_offset,
    }))
}

impl From<NoVhost> for String {
    fn from(error: NoVhost) -> Self {
        error.to_string()
    }
}

/// The queue of a source that is one.
pub(in crate::webhook) fn shared_queue(source: &Destination) -> Option<&str> {
    match source {
        Destination::Queue(name) | Destination::ExistingQueue(name) => Some(name),
        _ => None,
    }
}
