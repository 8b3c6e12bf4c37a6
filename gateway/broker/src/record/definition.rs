//! Definitions of queues, exchanges and bindings, as they are kept: JSON that leaves out what is usual.

use super::UnknownRecord;
use crate::command::ExchangeDeclaration;
use crate::stats::ExchangeRow;
use crate::{Arguments, Binding, Kind, QueueSettings};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A durable queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct QueueDefinition {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "is_not")]
    auto_delete: bool,
    #[serde(default, skip_serializing_if = "is_not")]
    no_local: bool,
    /// Of a stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) epoch: Option<u64>,
    /// By name, as texts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    arguments: BTreeMap<String, String>,
}

/// A durable exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExchangeDefinition {
    pub(crate) name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alternate: Option<String>,
}

/// A binding of a durable queue to a durable exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BindingDefinition {
    exchange: String,
    key: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    arguments: BTreeMap<String, String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_not(flag: &bool) -> bool {
    !flag
}

/// The JSON of a definition.
pub(crate) fn write(definition: &impl Serialize) -> String {
    serde_json::to_string(definition).expect("a definition has nothing that JSON cannot say")
}

/// A definition from its JSON.
pub(crate) fn read<Definition: DeserializeOwned>(text: &str) -> Result<Definition, UnknownRecord> {
    serde_json::from_str(text).map_err(|error| UnknownRecord::new(&error))
}

impl QueueDefinition {
    pub(crate) fn new(name: &str, settings: &QueueSettings, epoch: Option<u64>) -> Self {
        let given = settings.arguments().given();
        QueueDefinition {
            name: name.to_owned(),
            auto_delete: settings.auto_delete,
            no_local: settings.no_local,
            epoch,
            arguments: given.map(|(name, value)| (name.to_owned(), value.to_string())).collect(),
        }
    }

    /// What the queue is. An argument that this release does not know was written by another.
    pub(crate) fn settings(&self) -> Result<QueueSettings, UnknownRecord> {
        let mut arguments = Arguments::default();
        for (name, text) in &self.arguments {
            if !arguments.set(name, text).map_err(|error| UnknownRecord::new(&error))? {
                return Err(UnknownRecord::new(&format_args!("{name} is no argument of a queue")));
            }
        }
        Ok(QueueSettings {
            durable: true,
            auto_delete: self.auto_delete,
            no_local: self.no_local,
            arguments: (!arguments.is_empty()).then(|| Arc::new(arguments)),
            ..QueueSettings::default()
        })
    }
}

impl ExchangeDefinition {
    pub(crate) fn new(row: &ExchangeRow) -> Self {
        ExchangeDefinition {
            name: row.name.to_string(),
            kind: row.kind.as_str().to_owned(),
            alternate: row.alternate.as_deref().map(str::to_owned),
        }
    }

    pub(crate) fn declaration(self) -> Result<ExchangeDeclaration, UnknownRecord> {
        let kind =
            Kind::parse(&self.kind).ok_or_else(|| UnknownRecord::new(&format_args!("{} exchange", self.kind)))?;
        Ok(ExchangeDeclaration { name: self.name, kind, durable: true, alternate: self.alternate, read_only: false })
    }
}

impl From<&Binding> for BindingDefinition {
    fn from(binding: &Binding) -> Self {
        let Binding { exchange, key, arguments } = binding.clone();
        BindingDefinition { exchange, key, arguments }
    }
}

impl From<BindingDefinition> for Binding {
    fn from(definition: BindingDefinition) -> Self {
        let BindingDefinition { exchange, key, arguments } = definition;
        Binding { exchange, key, arguments }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_what_it_was() {
        let mut arguments = Arguments::default();
        for (name, text) in [("x-message-ttl", "5"), ("x-overflow", "reject-publish"), ("x-retry-multiplier", "1.5")] {
            arguments.set(name, text).unwrap();
        }
        let settings =
            QueueSettings { durable: true, arguments: Some(Arc::new(arguments)), ..QueueSettings::default() };
        let text = write(&QueueDefinition::new("q", &settings, None));
        let expected = r#"{"name":"q","arguments":{"x-message-ttl":"5","x-overflow":"reject-publish","x-retry-multiplier":"1.5"}}"#;
        assert_eq!(text, expected);
        assert_eq!(read::<QueueDefinition>(&text).unwrap().settings().unwrap(), settings);
    }

    #[test]
    fn what_a_later_release_adds_is_refused_where_it_matters() {
        assert!(read::<QueueDefinition>(r#"{"name":"q","colour":"red"}"#).is_ok());
        let queue: QueueDefinition = read(r#"{"name":"q","arguments":{"x-colour":"red"}}"#).unwrap();
        assert!(queue.settings().unwrap_err().to_string().contains("x-colour"));
    }
}
