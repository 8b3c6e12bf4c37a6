//! Who is let into a vhost.

use super::handle::Engine;
use super::management::{Management, NoVhost};
use crate::auth::{Access, Denied, Identity, Users};
use crate::error::Refusal;
use std::sync::Arc;

/// Why somebody is not let into a vhost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotEntered {
    /// There is none of that name, which is told to those alone who may know.
    #[error(transparent)]
    NoVhost(#[from] NoVhost),
    /// It has no permissions there, or would have none if there were such a vhost.
    #[error(transparent)]
    Denied(#[from] Denied),
}

impl From<NotEntered> for Refusal {
    fn from(error: NotEntered) -> Self {
        match error {
            NotEntered::NoVhost(error) => error.into(),
            NotEntered::Denied(denied) => denied.into(),
        }
    }
}

impl Engine {
    /// The vhost of this name, and what somebody may do there. Who could not enter it is told the same whether there is such a vhost or not;
    /// who monitors sees the list of all.
    pub fn enter(
        &self,
        users: &Arc<Users>,
        identity: &Arc<Identity>,
        vhost: &str,
    ) -> Result<(Management, Access), NotEntered> {
        let found = self.vhost(vhost);
        let name = found.as_ref().map_or_else(|_| vhost.into(), |found| Arc::clone(found.name()));
        let access = Access::of(users, Arc::clone(identity), &name);
        match (found, access) {
            (Ok(found), access) => Ok((found, access?)),
            (Err(_), Err(denied)) if !identity.tags.may_monitor() => Err(denied.into()),
            (Err(no_vhost), _) => Err(no_vhost.into()),
        }
    }
}
