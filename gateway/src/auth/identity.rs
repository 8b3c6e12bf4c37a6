//! Who somebody has proved to be.

use super::Tags;
use std::sync::Arc;

/// Who somebody has proved to be.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The user's name.
    pub user: Arc<str>,
    /// What the user may do beside messaging.
    pub tags: Tags,
}
