//! Exchanges and bindings, as management sees them.

use super::rate::{Rate, per_second};
use broker::stats::{BindingRow, ExchangeCounters, ExchangeRow};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// One exchange.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct ExchangeReport {
    pub name: Arc<str>,
    pub vhost: Arc<str>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub durable: bool,
    pub auto_delete: bool,
    /// Only the server publishes to it.
    pub internal: bool,
    pub arguments: BTreeMap<&'static str, Arc<str>>,
    pub policy: Option<String>,
    pub message_stats: ExchangeStats,
}

/// What happened to an exchange since it was declared, and how fast it happens now.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct ExchangeStats {
    pub publish_in: u64,
    pub publish_in_details: Rate,
    pub publish_out: u64,
    pub publish_out_details: Rate,
}

/// How fast the counters of an exchange grow, per second.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::engine) struct ExchangeRates {
    published: f64,
    routed: f64,
}

impl ExchangeRates {
    /// From two readings of the counters, `seconds` apart.
    pub(in crate::engine) fn between(earlier: ExchangeCounters, later: ExchangeCounters, seconds: f64) -> Self {
        ExchangeRates {
            published: per_second(earlier.published, later.published, seconds),
            routed: per_second(earlier.routed, later.routed, seconds),
        }
    }
}

impl ExchangeReport {
    pub(in crate::engine) fn new(vhost: &Arc<str>, row: &ExchangeRow, rates: ExchangeRates) -> Self {
        ExchangeReport {
            name: Arc::clone(&row.name),
            vhost: Arc::clone(vhost),
            kind: row.kind.as_str(),
            durable: row.durable,
            auto_delete: false,
            internal: row.read_only,
            arguments: row.alternate.iter().map(|name| ("alternate-exchange", Arc::clone(name))).collect(),
            policy: None,
            message_stats: ExchangeStats {
                publish_in: row.counters.published,
                publish_in_details: rates.published.into(),
                publish_out: row.counters.routed,
                publish_out_details: rates.routed.into(),
            },
        }
    }
}

/// One binding.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names are RabbitMQ's")]
pub struct BindingReport {
    pub source: Arc<str>,
    pub vhost: Arc<str>,
    pub destination: Arc<str>,
    pub destination_type: &'static str,
    pub routing_key: Arc<str>,
    pub arguments: BTreeMap<String, String>,
    /// By what its path names it among the bindings of the same two.
    pub properties_key: String,
}

impl BindingReport {
    pub(in crate::engine) fn new(vhost: &Arc<str>, row: BindingRow) -> Self {
        BindingReport {
            properties_key: properties_key(&row.key, &row.arguments),
            source: row.exchange,
            vhost: Arc::clone(vhost),
            destination: row.queue,
            destination_type: "queue",
            routing_key: row.key,
            arguments: row.arguments,
        }
    }
}

/// Octets of a digest that tell the arguments of two bindings apart.
const DIGEST: usize = 8;

/// The key, `~` for an empty one; with arguments also what tells them from others.
fn properties_key(key: &str, arguments: &BTreeMap<String, String>) -> String {
    let mut name = if key.is_empty() { "~".to_owned() } else { key.to_owned() };
    if !arguments.is_empty() {
        let mut digest = Sha256::new();
        for text in arguments.iter().flat_map(|(name, value)| [name, value]) {
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text);
        }
        name.push('~');
        for octet in digest.finalize().iter().take(DIGEST) {
            let _ = write!(name, "{octet:02x}"); // a String takes everything
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bindings_of_the_same_two_have_different_names() {
        let arguments = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(properties_key("a.b", &arguments(&[])), "a.b");
        assert_eq!(properties_key("", &arguments(&[])), "~");
        let one = properties_key("", &arguments(&[("a", "bc")]));
        assert_eq!(one.len(), "~~".len() + 2 * DIGEST);
        assert_ne!(one, properties_key("", &arguments(&[("ab", "c")])));
    }
}
