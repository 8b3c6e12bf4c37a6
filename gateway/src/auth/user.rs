//! A user, as it is kept.

use super::{Granted, PasswordHash, Tags};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The user of an empty data directory, who may log in from loopback only.
const GUEST: &str = "guest";

/// A user with all that was granted to it: one value, so that what goes with a user goes at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// `None`: no password is right; such a user has tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordHash>,
    /// What it may do beside messaging.
    #[serde(default)]
    pub tags: Tags,
    /// Connections that it may have at once; `None`: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_connections: Option<u64>,
    /// What it may do in vhosts, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vhosts: BTreeMap<String, Granted>,
}

impl User {
    /// Whether it may log in from this machine alone.
    pub fn is_loopback_only(name: &str) -> bool {
        name == GUEST
    }
}
