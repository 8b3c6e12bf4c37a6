//! What is kept of a vhost, beside what is in it: a definition of the whole server.

use super::AllowedOrigins;
use crate::engine::embedded::{EmbeddedVhost, VhostNumber};
use crate::engine::store_error::StoreError;
use broker::{Error, Recovery};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The kind of these definitions; their names are those of the vhosts.
pub(in crate::engine) const KIND: &str = "vhost";

/// The definition that tells which numbers were given to vhosts.
const NUMBERS: (&str, &str) = ("numbers", "vhost");

/// What an operator says of a vhost. What is not said stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VhostSettings {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// For people, and for what they search with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Whether subscriptions with wildcards get what their reader may have, where they would be refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub narrow_subscriptions: Option<bool>,
    /// Which pages of other sites may enter.
    #[serde(default, skip_serializing_if = "AllowedOrigins::is_unsaid")]
    pub allowed_origins: AllowedOrigins,
}

impl VhostSettings {
    /// These, and what they do not say from `before`.
    pub(super) fn or(&self, before: &VhostSettings) -> VhostSettings {
        VhostSettings {
            description: self.description.clone().or_else(|| before.description.clone()),
            tags: self.tags.clone().or_else(|| before.tags.clone()),
            narrow_subscriptions: self.narrow_subscriptions.or(before.narrow_subscriptions),
            allowed_origins: self.allowed_origins.or(&before.allowed_origins),
        }
    }
}

/// A vhost, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct VhostDefinition {
    /// What it is called in the journal.
    pub(super) number: VhostNumber,
    /// In milliseconds since 1970.
    pub(in crate::engine) created: u64,
    #[serde(flatten)]
    pub(in crate::engine) settings: VhostSettings,
}

/// The highest number that a vhost ever had. No other gets one of them: records of a vhost that is gone, which the journal may still hold, are
/// never taken for those of a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Numbers {
    last: VhostNumber,
}

impl VhostDefinition {
    /// Defines a vhost, together with the fact that its number is taken: both or neither.
    pub(super) fn keep(&self, global: &EmbeddedVhost, name: &str, last: VhostNumber) -> Result<(), Error> {
        let (definition, numbers) = (write(self), write(&Numbers { last }));
        global.define_all(&[(KIND, name, &definition), (NUMBERS.0, NUMBERS.1, &numbers)])
    }
}

/// What is known of all vhosts.
#[derive(Debug, Default)]
pub(in crate::engine) struct Known {
    /// By name.
    pub(super) vhosts: Vec<(String, VhostDefinition)>,
    /// The highest number that was given; `None`: this journal is new, or of the release that had but one vhost.
    pub(super) last: Option<VhostNumber>,
}

impl Known {
    /// What the definitions of the whole server say.
    pub(in crate::engine) fn read(global: Option<&Recovery>) -> Result<Self, StoreError> {
        let Some(global) = global else { return Ok(Known::default()) };
        let vhosts = global.defined(KIND).map(|(name, text)| Ok((name.to_owned(), read(text)?)));
        let mut numbers = global.defined(NUMBERS.0).filter(|(name, _)| *name == NUMBERS.1);
        let last = numbers.next().map(|(_, text)| read::<Numbers>(text)).transpose()?;
        Ok(Known { vhosts: vhosts.collect::<Result<_, StoreError>>()?, last: last.map(|numbers| numbers.last) })
    }

    /// The numbers of the vhosts there are; `None`: nobody has said yet.
    pub(in crate::engine) fn numbers(&self) -> Option<BTreeSet<VhostNumber>> {
        self.last.map(|_| self.vhosts.iter().map(|(_, definition)| definition.number).collect())
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Foreign)
}

fn write(definition: &impl Serialize) -> String {
    // Numbers and texts: there is nothing in it that JSON could not say.
    serde_json::to_string(definition).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_what_it_was_and_a_later_one_can_be_read() {
        let settings = VhostSettings { description: Some("orders".to_owned()), ..VhostSettings::default() };
        let definition = VhostDefinition { number: 7, created: 5, settings };
        let text = write(&definition);
        assert_eq!(text, r#"{"number":7,"created":5,"description":"orders"}"#);
        assert_eq!(read::<VhostDefinition>(&text).unwrap(), definition);
        assert!(read::<VhostDefinition>(r#"{"number":7,"created":5,"colour":"red"}"#).is_ok());
        assert!(read::<VhostDefinition>(r#"{"created":5}"#).is_err());
    }

    #[test]
    fn what_is_not_said_stays() {
        let before = VhostSettings {
            description: Some("a".to_owned()),
            tags: Some(vec!["t".to_owned()]),
            narrow_subscriptions: Some(true),
            allowed_origins: AllowedOrigins::Listed(vec!["*".to_owned()]),
        };
        let change = VhostSettings { description: Some("b".to_owned()), ..VhostSettings::default() };
        assert_eq!(change.or(&before), VhostSettings { description: Some("b".to_owned()), ..before });
    }

    #[test]
    fn a_list_of_origins_can_be_taken_back_and_that_is_kept_too() {
        let said = |text: &str| serde_json::from_str::<VhostSettings>(text).unwrap();
        let shop = AllowedOrigins::Listed(vec!["https://shop.example".to_owned()]);
        let listed = said(r#"{"allowed_origins":["https://shop.example"]}"#);
        assert_eq!(listed.allowed_origins, shop);
        assert_eq!(said("{}").or(&listed).allowed_origins, shop);
        for (text, list) in [(r#"{"allowed_origins":null}"#, None), (r#"{"allowed_origins":[]}"#, Some([].as_slice()))]
        {
            let changed = said(text).or(&listed);
            assert_eq!(changed.allowed_origins.list(), list);
            let definition = VhostDefinition { number: 7, created: 5, settings: changed };
            assert_eq!(read::<VhostDefinition>(&write(&definition)).unwrap(), definition);
        }
    }
}
