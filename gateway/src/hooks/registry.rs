//! The receivers there are, and what each remembers of its requests.

use super::definition::{Definition, Hook};
use super::rate::Rate;
use super::requests::{Outcome, Record, Requests};
use super::time::rfc3339;
use crate::engine::{Creation, Engine};
use crate::error::Refusal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::time::Instant;

/// What definitions of receivers are kept under.
const KIND: &str = "hook";

/// All receivers. A clone has the same.
#[derive(Debug, Clone)]
pub(super) struct Registry {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    engine: Engine,
    receivers: RwLock<BTreeMap<(String, String), Arc<Receiver>>>,
    /// Held while a definition is changed, so that what is kept last is also what is used.
    changing: tokio::sync::Mutex<()>,
}

/// One receiver.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) hook: Hook,
    pub(super) rate: Option<Rate>,
    /// It outlives changes of the definition.
    activity: Arc<Mutex<Activity>>,
}

/// What happened since the server was started.
#[derive(Debug, Default)]
struct Activity {
    accepted: u64,
    duplicates: u64,
    refused: u64,
    last_request: Option<u64>,
    requests: Requests,
}

impl Receiver {
    fn new(hook: Hook, activity: Arc<Mutex<Activity>>) -> Self {
        let rate = hook.definition.allowed_rate.map(|rate| Rate::new(rate, Instant::now()));
        Receiver { hook, rate, activity }
    }

    /// Notes what became of a request.
    pub(super) fn note(&self, record: Record) {
        let mut activity = self.activity();
        match record.outcome {
            Outcome::Accepted => activity.accepted += 1,
            Outcome::Duplicate => activity.duplicates += 1,
            Outcome::Refused => activity.refused += 1,
            Outcome::Challenge => {}
        }
        activity.last_request = Some(record.at);
        activity.requests.add(record);
    }

    /// The last requests, newest first.
    pub(super) fn requests(&self) -> Vec<Record> {
        self.activity().requests.list()
    }

    /// As the API tells of it.
    pub(super) fn shown(&self) -> Definition {
        let activity = self.activity();
        let status = json!({
            "accepted": activity.accepted,
            "duplicates": activity.duplicates,
            "refused": activity.refused,
            "last_request": activity.last_request.map_or(Value::Null, |at| rfc3339(at).into()),
        });
        self.hook.shown(status)
    }

    fn activity(&self) -> MutexGuard<'_, Activity> {
        // No code that can panic runs under this lock.
        self.activity.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    /// The receivers that were defined before. One that cannot be read, as another release wrote it, stays as it is and receives nothing.
    pub(super) fn load(engine: &Engine) -> Self {
        let mut receivers = BTreeMap::new();
        for vhost in engine.vhosts() {
            for (name, definition) in vhost.definitions(KIND) {
                match read(vhost.name(), &name, &definition) {
                    Ok(hook) => {
                        let receiver = Receiver::new(hook, Arc::default());
                        receivers.insert((vhost.name().to_string(), name), Arc::new(receiver));
                    }
                    Err(error) => tracing::error!(vhost = &**vhost.name(), name, %error, "a hook cannot be used"),
                }
            }
        }
        let (receivers, changing) = (RwLock::new(receivers), tokio::sync::Mutex::default());
        let registry = Registry { shared: Arc::new(Shared { engine: engine.clone(), receivers, changing }) };
        let shared = Arc::downgrade(&registry.shared);
        engine.on_vhost_deleted(move |vhost| {
            if let Some(shared) = shared.upgrade() {
                Registry { shared }.forget_vhost(vhost);
            }
        });
        registry
    }

    /// A vhost is gone, with the definitions in it.
    fn forget_vhost(&self, vhost: &str) {
        self.change(|receivers| receivers.retain(|(of, _), _| of != vhost));
    }

    /// The receiver of this name.
    pub(super) fn find(&self, vhost: &str, name: &str) -> Option<Arc<Receiver>> {
        let key = (vhost.to_owned(), name.to_owned());
        self.shared.receivers.read().unwrap_or_else(PoisonError::into_inner).get(&key).map(Arc::clone)
    }

    /// All of them, or those of a vhost, by vhost and name.
    pub(super) fn list(&self, vhost: Option<&str>) -> Vec<Arc<Receiver>> {
        let receivers = self.shared.receivers.read().unwrap_or_else(PoisonError::into_inner);
        let wanted = receivers.values().filter(|receiver| vhost.is_none_or(|vhost| receiver.hook.vhost == vhost));
        wanted.map(Arc::clone).collect()
    }

    /// Defines a receiver, or defines it anew: what it remembers stays, and so do secrets that are not given.
    pub(super) async fn define(
        &self,
        vhost: &str,
        name: &str,
        mut definition: Definition,
    ) -> Result<Creation, Refusal> {
        let management = self.shared.engine.vhost(vhost)?;
        let _changing = self.shared.changing.lock().await;
        let before = self.find(vhost, name);
        if let Some(before) = &before {
            definition.keep_secrets_of(&before.hook.definition);
        }
        let hook = Hook::new(vhost, name, definition.kept()).map_err(Refusal::bad_request)?;
        let text = serde_json::to_string(&hook.definition).map_err(|error| Refusal::bad_request(error.to_string()))?;
        let creation = management.define(KIND, name, &text).await?;
        let activity = before.map(|before| Arc::clone(&before.activity)).unwrap_or_default();
        self.change(|receivers| {
            receivers.insert((vhost.to_owned(), name.to_owned()), Arc::new(Receiver::new(hook, activity)));
        });
        // It may have been deleted before this one could be told.
        self.shared.engine.vhost(vhost).inspect_err(|_| self.forget_vhost(vhost))?;
        Ok(creation)
    }

    /// Takes a receiver back; `false`: there was none.
    pub(super) async fn remove(&self, vhost: &str, name: &str) -> Result<bool, Refusal> {
        let management = self.shared.engine.vhost(vhost)?;
        let _changing = self.shared.changing.lock().await;
        let key = (vhost.to_owned(), name.to_owned());
        // It hears nothing more, before that is durable.
        self.change(|receivers| _ = receivers.remove(&key));
        Ok(management.undefine(KIND, name).await)
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<(String, String), Arc<Receiver>>)) {
        change(&mut self.shared.receivers.write().unwrap_or_else(PoisonError::into_inner));
    }
}

fn read(vhost: &str, name: &str, definition: &str) -> Result<Hook, String> {
    // Not the error of the parser: it could repeat a secret, and this goes to the log.
    let definition = serde_json::from_str(definition).map_err(|_| "it was written by another release".to_owned())?;
    Hook::new(vhost, name, definition)
}
