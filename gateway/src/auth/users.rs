//! The users of this server, and how they prove who they are.

use super::jwt::{Invalid, Verifier, is_token};
use super::pool::Pool;
use super::rights::Rights;
use super::throttle::Throttle;
use super::tickets::Tickets;
use super::verified::Verified;
use super::{Credentials, Identity, PasswordHash, Peer, Revocation, User};
use crate::metrics;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};
use thiserror::Error;

/// Rights of users in vhosts to keep compiled.
const COMPILED: usize = 10_000;

/// Why a log-in is refused. To the client a user that is not there looks like a wrong password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No name or no password was given.
    #[error("credentials are missing: send login and passcode")]
    Missing,
    /// There is no such user, or the password is wrong.
    #[error("user or password is wrong")]
    Wrong,
    /// The token is not good.
    #[error("the token is refused: {0}")]
    Token(#[from] Invalid),
    /// The user was deleted, or the token is not to be used any more.
    #[error("the token was revoked")]
    Revoked,
    /// Right, but not from there.
    #[error("this user may connect from loopback only")]
    NotLoopback,
}

impl Refusal {
    /// A short name, for metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Refusal::Missing => "missing",
            Refusal::Wrong => "wrong",
            Refusal::Token(_) => "token",
            Refusal::Revoked => "revoked",
            Refusal::NotLoopback => "not_loopback",
        }
    }
}

/// The users of this server. What is known of them is replaced as a whole; who has a connection finds that out by the number of the edition.
#[derive(Debug, Default)]
pub struct Users {
    users: RwLock<Arc<Directory>>,
    edition: AtomicU64,
    /// Compiled, by user and vhost, of this edition.
    rights: RwLock<Compiled>,
    verified: Verified,
    pool: Pool,
    throttle: Throttle,
    tickets: Tickets,
    revocations: RwLock<Arc<Vec<Revocation>>>,
    /// `None`: there are no tokens.
    tokens: Option<Arc<Verifier>>,
}

/// Somebody is found out about: it may take a while.
pub type Attempt = Pin<Box<dyn Future<Output = Result<Identity, Refusal>> + Send>>;

/// Rights by user and vhost.
type Compiled = HashMap<(Arc<str>, Arc<str>), Arc<Rights>>;

/// All users by name.
pub type Directory = BTreeMap<Arc<str>, User>;

impl Users {
    /// Nobody yet; who shows a token is known by it.
    pub fn with_tokens(tokens: Arc<Verifier>) -> Self {
        Users { tokens: Some(tokens).filter(|tokens| tokens.is_enabled()), ..Users::default() }
    }

    /// Whether any token can be good.
    pub fn takes_tokens(&self) -> bool {
        self.tokens.is_some()
    }

    /// From now on these are the users, and what is revoked.
    pub fn install(&self, users: Directory, revocations: Vec<Revocation>) {
        *self.revocations.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(revocations);
        // Held throughout: nobody finds old rights under the new edition.
        let mut rights = self.rights.write().unwrap_or_else(PoisonError::into_inner);
        *self.users.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(users);
        rights.clear();
        self.edition.fetch_add(1, Ordering::Release);
    }

    /// The users as they are now.
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.users.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Grows whenever the users or what they may do changes.
    pub(super) fn edition(&self) -> u64 {
        self.edition.load(Ordering::Acquire)
    }

    /// Finds out who somebody is. A wrong answer takes its time; a right one is not delayed by those before it.
    pub async fn authenticate(&self, credentials: Option<&Credentials>, peer: Peer) -> Result<Identity, Refusal> {
        let credentials = credentials.ok_or(Refusal::Missing)?;
        let name = credentials.user().unwrap_or_default();
        let result = self.prove(credentials, peer).await;
        match &result {
            Ok(_) => self.throttle.handle_success(peer.address.ip(), name),
            Err(refusal) => {
                metrics::login_refused(refusal.name());
                tracing::info!(target: "audit", peer = %peer.address, user = ?name, %refusal, "log-in refused");
                tokio::time::sleep(self.throttle.handle_failure(peer.address.ip(), name)).await;
            }
        }
        result
    }

    async fn prove(&self, credentials: &Credentials, peer: Peer) -> Result<Identity, Refusal> {
        match credentials {
            Credentials::Proved(identity) => self.check_proved(identity, peer),
            Credentials::Token(token) => self.check_token(token).await,
            Credentials::Password { password, .. } if self.tokens.is_some() && is_token(password) => {
                self.check_token(password).await
            }
            Credentials::Password { name, password } => self.check_password(name, password, peer).await,
        }
    }

    /// Whose a token is. To ask this is no log-in: nothing is counted or slowed down.
    pub async fn check_token(&self, token: &str) -> Result<Identity, Refusal> {
        let tokens = self.tokens.as_ref().ok_or(Invalid::Disabled)?;
        let identity = Identity::of_token(tokens.verify(token, now()).await?);
        match self.is_revoked(&identity) {
            true => Err(Refusal::Revoked),
            false => Ok(identity),
        }
    }

    /// What was proved some seconds ago may not hold any more.
    fn check_proved(&self, identity: &Identity, peer: Peer) -> Result<Identity, Refusal> {
        self.holds(identity)?;
        if identity.token.is_none() && User::is_loopback_only(&identity.user) && !peer.is_loopback() {
            return Err(Refusal::NotLoopback);
        }
        if identity.token.is_some() {
            return Ok(identity.clone());
        }
        let directory = self.directory();
        let user = directory.get(&identity.user).ok_or(Refusal::Revoked)?;
        if user.password != identity.password {
            return Err(Refusal::Wrong);
        }
        Ok(Identity { tags: user.tags.clone(), ..identity.clone() })
    }

    /// Somebody with the tags of now: those of a token stand in it, those of a user in the directory.
    pub(super) fn with_tags(&self, identity: &Arc<Identity>) -> Arc<Identity> {
        let directory = self.directory();
        match directory.get(&identity.user).filter(|_| identity.token.is_none()) {
            Some(user) if user.tags != identity.tags => {
                Arc::new(Identity { tags: user.tags.clone(), ..Identity::clone(identity) })
            }
            _ => Arc::clone(identity),
        }
    }

    /// Whether what was proved some time ago still holds: the account is there, the token has not ended, and nobody took it back.
    pub fn holds(&self, identity: &Identity) -> Result<(), Refusal> {
        let is_gone = match identity.expires() {
            _ if identity.token.is_none() => !self.directory().contains_key(&identity.user),
            expires => self.is_revoked(identity) || expires.is_some_and(|expires| expires <= now()),
        };
        if is_gone { Err(Refusal::Revoked) } else { Ok(()) }
    }

    fn is_revoked(&self, identity: &Identity) -> bool {
        let revocations = Arc::clone(&self.revocations.read().unwrap_or_else(PoisonError::into_inner));
        let now = now();
        revocations.iter().any(|revocation| revocation.covers(identity, now))
    }

    /// A ticket for somebody who has proved who it is. `None`: too many are given out.
    pub fn issue_ticket(&self, identity: Arc<Identity>) -> Option<String> {
        self.tickets.issue(identity)
    }

    /// What a ticket proves. It counts once.
    pub fn redeem_ticket(&self, ticket: &str) -> Option<Credentials> {
        self.tickets.redeem(ticket).map(Credentials::Proved)
    }

    async fn check_password(&self, name: &str, password: &str, peer: Peer) -> Result<Identity, Refusal> {
        let directory = self.directory();
        let found = directory.get_key_value(name);
        let hash = found.and_then(|(_, user)| user.password.as_ref());
        let is_known = hash.is_some_and(|hash| self.verified.knows(name, hash, password));
        if !is_known && !self.verify(hash, password, peer).await {
            return Err(Refusal::Wrong);
        }
        let (Some((name, user)), Some(hash)) = (found, hash) else { return Err(Refusal::Wrong) };
        if !is_known {
            self.verified.remember(name, hash, password);
        }
        if User::is_loopback_only(name) && !peer.is_loopback() {
            return Err(Refusal::NotLoopback);
        }
        Ok(Identity { user: Arc::clone(name), tags: user.tags.clone(), token: None, password: Some(hash.clone()) })
    }

    /// Looks at a password in a thread that may take its time. Of nobody's too, or the time would tell who there is.
    async fn verify(&self, hash: Option<&PasswordHash>, password: &str, peer: Peer) -> bool {
        let permit = self.pool.enter(peer.address.ip()).await;
        let is_somebody = hash.is_some();
        let (hash, password) = (hash.unwrap_or(PasswordHash::of_nobody()).clone(), password.to_owned());
        let verified = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            hash.verify(&password)
        });
        verified.await.unwrap_or(false) && is_somebody
    }

    /// What somebody may do in a vhost.
    pub(super) fn rights(&self, identity: &Identity, vhost: &Arc<str>) -> Arc<Rights> {
        if let Some(token) = &identity.token {
            return Arc::new(Rights::of_token(token, vhost));
        }
        let key = (Arc::clone(&identity.user), Arc::clone(vhost));
        if let Some(known) = self.rights.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(known);
        }
        let edition = self.edition();
        let granted = self.directory().get(&identity.user).and_then(|user| user.vhosts.get(&**vhost)).cloned();
        let rights = Arc::new(Rights::granted(granted.as_ref(), &identity.user, vhost));
        let mut compiled = self.rights.write().unwrap_or_else(PoisonError::into_inner);
        if compiled.len() >= COMPILED {
            compiled.clear();
        }
        // Names of vhosts that there are not would push others out.
        if edition == self.edition() && rights.may_enter() {
            compiled.insert(key, Arc::clone(&rights));
        }
        rights
    }
}

/// In seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::super::Tags;
    use super::*;

    fn users() -> Users {
        let user = |password| User { password: Some(PasswordHash::of(password).unwrap()), ..User::default() };
        let users = Users::default();
        let tokens_only = ("robot".into(), User::default());
        users.install(
            BTreeMap::from([("guest".into(), user("guest")), ("alice".into(), user("hush")), tokens_only]),
            Vec::new(),
        );
        users
    }

    async fn log_in(users: &Users, name: &str, password: &str, address: &str, indirect: bool) -> Result<(), Refusal> {
        let peer = Peer { indirect, ..Peer::direct(address.parse().unwrap()) };
        let credentials = Credentials::Password { name: name.into(), password: password.into() };
        users.authenticate(Some(&credentials), peer).await.map(|_| ())
    }

    #[tokio::test]
    async fn guest_is_let_in_from_loopback_only() {
        let users = users();
        let guest = async |address, indirect| log_in(&users, "guest", "guest", address, indirect).await;
        assert_eq!(guest("127.0.0.1:1", false).await, Ok(()));
        assert_eq!(guest("[::1]:1", false).await, Ok(()));
        assert_eq!(guest("[::ffff:127.0.0.1]:1", false).await, Ok(()));
        assert_eq!(guest("127.0.0.1:1", true).await, Err(Refusal::NotLoopback));
        assert_eq!(guest("192.0.2.1:1", false).await, Err(Refusal::NotLoopback));
        assert_eq!(log_in(&users, "alice", "hush", "192.0.2.1:1", false).await, Ok(()));
    }

    #[tokio::test]
    async fn wrong_and_missing_credentials_are_refused() {
        let users = users();
        for (name, password) in [("alice", "Hush"), ("alice", ""), ("root", "hush"), ("robot", ""), ("robot", "nobody")]
        {
            let refused = log_in(&users, name, password, "127.0.0.1:1", false).await;
            assert_eq!(refused, Err(Refusal::Wrong), "{name} {password}");
        }
        let peer = Peer::direct("127.0.0.1:1".parse().unwrap());
        assert_eq!(users.authenticate(None, peer).await.unwrap_err(), Refusal::Missing);
    }

    #[tokio::test]
    async fn what_a_password_proved_holds_until_there_is_another() {
        let users = users();
        let peer = Peer::direct("127.0.0.1:1".parse().unwrap());
        let credentials = Credentials::Password { name: "alice".into(), password: "hush".into() };
        let ticket = async || {
            let identity = users.authenticate(Some(&credentials), peer).await.unwrap();
            users.redeem_ticket(&users.issue_ticket(Arc::new(identity)).unwrap()).unwrap()
        };
        let (first, second) = (ticket().await, ticket().await);
        let alice = users.directory().get("alice").cloned().unwrap();
        let tagged = User { tags: Tags::new(["management"]), ..alice.clone() };
        users.install(BTreeMap::from([("alice".into(), tagged)]), Vec::new());
        let identity = users.authenticate(Some(&first), peer).await.unwrap();
        assert!(identity.tags.may_manage(), "its rights are those of now");
        // The same password set anew is another: whoever does that wants to end what it proved.
        let anew = User { password: Some(PasswordHash::of("hush").unwrap()), ..alice };
        users.install(BTreeMap::from([("alice".into(), anew)]), Vec::new());
        for ticket in [first, second] {
            assert_eq!(users.authenticate(Some(&ticket), peer).await.unwrap_err(), Refusal::Wrong);
        }
    }

    #[tokio::test]
    async fn a_changed_password_counts_at_once() {
        let users = users();
        assert_eq!(log_in(&users, "alice", "hush", "127.0.0.1:1", false).await, Ok(()));
        let user = User { password: Some(PasswordHash::of("new").unwrap()), ..User::default() };
        users.install(BTreeMap::from([("alice".into(), user)]), Vec::new());
        assert_eq!(log_in(&users, "alice", "hush", "127.0.0.1:1", false).await, Err(Refusal::Wrong));
        assert_eq!(log_in(&users, "alice", "new", "127.0.0.1:1", false).await, Ok(()));
        assert_eq!(log_in(&users, "guest", "guest", "127.0.0.1:1", false).await, Err(Refusal::Wrong), "it is gone");
    }
}
