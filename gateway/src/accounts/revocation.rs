//! Tokens that are taken back before they end.

use super::{AccountError, Accounts};
use crate::auth::{Revocation, Revoked};
use crate::engine::milliseconds_since_1970;

/// Under which kind revocations are kept.
const REVOCATION: &str = "revocation";

impl Accounts {
    /// The revocations that count, with their names.
    pub(crate) fn revocations(&self) -> Vec<(String, Revocation)> {
        let now = milliseconds_since_1970() / 1000;
        let read = |(name, text): (String, String)| Some((name, serde_json::from_str::<Revocation>(&text).ok()?));
        let all = self.engine.definitions(REVOCATION).into_iter().filter_map(read);
        all.filter(|(_, revocation)| revocation.until.is_none_or(|until| now < until)).collect()
    }

    /// From now on what it is about does not count; who is connected with it is sent away. Returns its name.
    pub(crate) async fn revoke(&self, revocation: &Revocation) -> Result<String, AccountError> {
        let _changing = self.changing.lock().await;
        self.forget_ended().await;
        let name = match &revocation.what {
            Revoked::Token(id) => format!("token:{id}"),
            Revoked::User(user) => format!("user:{user}"),
        };
        let text = serde_json::to_string(revocation).unwrap_or_default(); // nothing in it can fail
        self.engine.define(REVOCATION, &name, &text).await?;
        self.install();
        let now = milliseconds_since_1970() / 1000;
        self.engine.revoke(|identity| revocation.covers(identity, now));
        Ok(name)
    }

    /// Takes a revocation back. `false`: there was none.
    pub(crate) async fn pardon(&self, name: &str) -> bool {
        let _changing = self.changing.lock().await;
        let was_there = self.engine.undefine(REVOCATION, name).await;
        self.install();
        was_there
    }

    /// Those whose time is over make room.
    async fn forget_ended(&self) {
        let counting: Vec<_> = self.revocations().into_iter().map(|(name, _)| name).collect();
        for (name, _) in self.engine.definitions(REVOCATION) {
            if !counting.contains(&name) {
                self.engine.undefine(REVOCATION, &name).await;
            }
        }
    }
}
