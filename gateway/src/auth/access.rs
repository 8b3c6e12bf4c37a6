//! The access of one connection, or one request, to one vhost.

use super::rights::Rights;
use super::{Identity, Operation, Users};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;

/// Somebody may not do something.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Denied {
    /// With a queue or an exchange.
    #[error("access refused: user {user:?} has no permission to {operation} {name:?} in vhost {vhost:?}")]
    Resource {
        /// Who.
        user: Arc<str>,
        /// What.
        operation: Operation,
        /// With which queue or exchange.
        name: String,
        /// Where.
        vhost: Arc<str>,
    },
    /// With a routing key of a topic exchange.
    #[error(
        "access refused: user {user:?} has no permission to {operation} the routing key {key:?} of exchange {exchange:?} in vhost {vhost:?}"
    )]
    Key {
        /// Who.
        user: Arc<str>,
        /// What.
        operation: Operation,
        /// With which key.
        key: String,
        /// Of which exchange.
        exchange: String,
        /// Where.
        vhost: Arc<str>,
    },
    /// What is for those with a tag.
    #[error("access refused: user {user:?} needs the tag {tag:?} to {what}")]
    Tag {
        /// Who.
        user: Arc<str>,
        /// Which tag.
        tag: &'static str,
        /// For what.
        what: String,
    },
    /// With the whole vhost.
    #[error("access refused: user {user:?} has no permissions in vhost {vhost:?}")]
    Vhost {
        /// Who.
        user: Arc<str>,
        /// Where.
        vhost: Arc<str>,
    },
}

/// What somebody may do in a vhost, now: when permissions change, so does this.
#[derive(Debug)]
pub struct Access(Inner);

#[derive(Debug)]
enum Inner {
    /// A part of this process.
    Own,
    Somebody(Somebody),
}

#[derive(Debug)]
struct Somebody {
    users: Arc<Users>,
    vhost: Arc<str>,
    now: Mutex<Now>,
    /// What its subscriptions were last judged by.
    seen: Mutex<Option<Arc<Rights>>>,
}

/// What held when it was last asked.
#[derive(Debug, Clone)]
struct Now {
    identity: Arc<Identity>,
    edition: u64,
    rights: Arc<Rights>,
}

impl Access {
    /// That of a part of this process: it may do everything.
    pub fn own() -> Self {
        Access(Inner::Own)
    }

    /// That of somebody to a vhost, who may not be allowed to enter.
    pub fn of(users: &Arc<Users>, identity: Arc<Identity>, vhost: &Arc<str>) -> Result<Self, Denied> {
        let edition = users.edition();
        let rights = users.rights(&identity, vhost);
        if !rights.may_enter() {
            return Err(Denied::Vhost { user: Arc::clone(&identity.user), vhost: Arc::clone(vhost) });
        }
        let now = Mutex::new(Now { identity, edition, rights });
        Ok(Access(Inner::Somebody(Somebody {
            users: Arc::clone(users),
            vhost: Arc::clone(vhost),
            now,
            seen: Mutex::default(),
        })))
    }

    /// From now on it is that of this identity: the same user, with another token.
    pub fn renew(&self, identity: Arc<Identity>) {
        if let Inner::Somebody(somebody) = &self.0 {
            let edition = somebody.users.edition();
            let rights = somebody.users.rights(&identity, &somebody.vhost);
            *somebody.lock() = Now { identity, edition, rights };
        }
    }

    /// Whether what it may do is another than when this was last asked.
    pub fn has_changed(&self) -> bool {
        let Inner::Somebody(somebody) = &self.0 else { return false };
        let now = somebody.now();
        let mut seen = somebody.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let has_changed = !seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &now.rights));
        *seen = Some(now.rights);
        has_changed
    }

    /// Whether it is to be looked at, since it has a token, which ends, or since [`Self::has_changed`] may say yes. Cheap: nothing is looked up.
    pub fn is_due(&self) -> bool {
        let Inner::Somebody(somebody) = &self.0 else { return false };
        let now = somebody.lock();
        let seen = somebody.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_seen = seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &now.rights));
        now.identity.token.is_some() || now.edition != somebody.users.edition() || !is_seen
    }

    /// Whether who it is has still an account, and a token that counts.
    pub fn holds(&self) -> bool {
        match &self.0 {
            Inner::Own => true,
            Inner::Somebody(somebody) => somebody.users.holds(&somebody.lock().identity.clone()).is_ok(),
        }
    }

    /// Whose it is; `None`: a part of this process.
    pub fn identity(&self) -> Option<Arc<Identity>> {
        match &self.0 {
            Inner::Own => None,
            Inner::Somebody(somebody) => Some(Arc::clone(&somebody.lock().identity)),
        }
    }

    /// When the token ends that proved who it is, in seconds since 1970.
    pub fn expires(&self) -> Option<u64> {
        match &self.0 {
            Inner::Own => None,
            Inner::Somebody(somebody) => somebody.lock().identity.expires(),
        }
    }

    /// How many connections the user may have at once; `None`: any number.
    pub fn connection_limit(&self) -> Option<u64> {
        let Inner::Somebody(somebody) = &self.0 else { return None };
        let user = Arc::clone(&somebody.lock().identity.user);
        somebody.users.directory().get(&user)?.max_connections
    }

    /// Whether it may do everything now, so that nothing has to be asked.
    pub fn is_everything(&self) -> bool {
        match &self.0 {
            Inner::Own => true,
            Inner::Somebody(somebody) => {
                let now = somebody.now();
                // The statistics of the whole server are for a tag.
                now.rights.is_everything() && now.identity.tags.may_monitor()
            }
        }
    }

    /// Asks about a queue or an exchange.
    pub fn check(&self, operation: Operation, name: &str) -> Result<(), Denied> {
        let Inner::Somebody(somebody) = &self.0 else { return Ok(()) };
        let now = somebody.now();
        if now.rights.allows(operation, name) {
            return Ok(());
        }
        let (user, vhost) = (Arc::clone(&now.identity.user), Arc::clone(&somebody.vhost));
        Err(Denied::Resource { user, operation, name: name.to_owned(), vhost })
    }

    /// Asks about a routing key of a topic exchange.
    pub fn check_key(&self, operation: Operation, exchange: &str, key: &str) -> Result<(), Denied> {
        let Inner::Somebody(somebody) = &self.0 else { return Ok(()) };
        let now = somebody.now();
        if now.rights.allows_key(operation, exchange, key) {
            return Ok(());
        }
        let (user, vhost) = (Arc::clone(&now.identity.user), Arc::clone(&somebody.vhost));
        Err(Denied::Key { user, operation, key: key.to_owned(), exchange: exchange.to_owned(), vhost })
    }

    /// Whether a routing key of a topic exchange may be used.
    pub fn allows_key(&self, operation: Operation, exchange: &str, key: &str) -> bool {
        match &self.0 {
            Inner::Own => true,
            Inner::Somebody(somebody) => somebody.now().rights.allows_key(operation, exchange, key),
        }
    }

    /// Grows whenever the permissions of anybody change.
    pub fn edition(&self) -> u64 {
        match &self.0 {
            Inner::Own => 0,
            Inner::Somebody(somebody) => somebody.users.edition(),
        }
    }

    /// Asks for a tag that lets see the whole server.
    pub fn check_monitoring(&self, what: &str) -> Result<(), Denied> {
        let Inner::Somebody(somebody) = &self.0 else { return Ok(()) };
        let Now { identity, .. } = somebody.now();
        match identity.tags.may_monitor() {
            true => Ok(()),
            false => Err(Denied::Tag { user: Arc::clone(&identity.user), tag: "monitoring", what: what.to_owned() }),
        }
    }
}

impl Somebody {
    /// What holds now.
    fn now(&self) -> Now {
        let mut now = self.lock();
        let edition = self.users.edition();
        if now.edition != edition {
            let identity = self.users.with_tags(&now.identity);
            let rights = self.users.rights(&identity, &self.vhost);
            *now = Now { identity, edition, rights };
        }
        now.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Granted, Pattern, Permission, Tags, TopicPermission, User};
    use super::*;
    use std::collections::BTreeMap;

    fn pattern(text: &str) -> Pattern {
        Pattern::try_from(text.to_owned()).unwrap()
    }

    fn granted(configure: &str, write: &str, read: &str, topic: Option<(&str, &str)>) -> Granted {
        let permission = Permission { configure: pattern(configure), write: pattern(write), read: pattern(read) };
        let topic = topic.map(|(write, read)| TopicPermission { write: pattern(write), read: pattern(read) });
        Granted {
            permission: Some(permission),
            topics: topic.map(|topic| ("amq.topic".to_owned(), topic)).into_iter().collect(),
        }
    }

    fn install(users: &Users, granted: Option<Granted>) {
        let vhosts = granted.map(|granted| ("/".to_owned(), granted)).into_iter().collect();
        users.install(BTreeMap::from([("alice".into(), User { vhosts, ..User::default() })]), Vec::new());
    }

    fn enter(users: &Arc<Users>, vhost: &str) -> Result<Access, Denied> {
        let identity = Identity { user: "alice".into(), tags: Tags::new(["monitoring"]), token: None, password: None };
        Access::of(users, Arc::new(identity), &vhost.into())
    }

    #[test]
    fn each_operation_has_its_pattern() {
        let users = Arc::new(Users::default());
        install(&users, Some(granted("^{sub}-", "^orders$", "", Some((r"^eu\.", r"^{vhost}\.")))));
        let access = enter(&users, "/").unwrap();
        assert!(!access.is_everything());
        assert_eq!(access.check(Operation::Configure, "alice-inbox"), Ok(()));
        assert_eq!(access.check(Operation::Write, "orders"), Ok(()));
        let refused = access.check(Operation::Read, "orders").unwrap_err().to_string();
        assert_eq!(refused, "access refused: user \"alice\" has no permission to read \"orders\" in vhost \"/\"");
        assert!(access.check_key(Operation::Write, "amq.topic", "eu.1").is_ok());
        assert!(access.check_key(Operation::Write, "amq.topic", "us.1").is_err());
        assert!(access.check_key(Operation::Read, "amq.topic", "/.1").is_ok());
        assert!(access.check_key(Operation::Write, "mine", "us.1").is_ok(), "of another exchange nothing was said");
    }

    #[test]
    fn who_has_no_permissions_may_not_enter() {
        let users = Arc::new(Users::default());
        install(&users, Some(granted(".*", ".*", ".*", None)));
        assert!(enter(&users, "/").unwrap().is_everything());
        let refused = enter(&users, "other").unwrap_err().to_string();
        assert_eq!(refused, "access refused: user \"alice\" has no permissions in vhost \"other\"");
    }

    #[test]
    fn a_change_counts_at_once_for_who_is_there() {
        let users = Arc::new(Users::default());
        install(&users, Some(granted(".*", ".*", ".*", None)));
        let access = enter(&users, "/").unwrap();
        assert!(access.is_due() && access.has_changed() && !access.is_due());
        install(&users, Some(granted("", "", "^a$", None)));
        assert!(access.is_due());
        assert!(!access.is_everything());
        assert!(
            access.is_due() && access.has_changed() && !access.is_due(),
            "also if it was asked for something before"
        );
        assert!(access.check(Operation::Read, "a").is_ok() && access.check(Operation::Write, "a").is_err());
        install(&users, None);
        assert!(access.check(Operation::Read, "a").is_err());
    }
}
