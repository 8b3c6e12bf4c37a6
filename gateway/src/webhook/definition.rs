//! What is kept of a webhook: the subscription, its secrets, and what became of it.

use super::subscription::Subscription;
use crate::signature::Secret;
use serde::{Deserialize, Serialize};

/// The kind of definition that this is, in its vhost.
pub(super) const KIND: &str = "webhook";

/// For how long the last secret is still signed with, in milliseconds: a day.
pub(super) const ROTATION: u64 = 24 * 60 * 60 * 1_000;

/// A definition, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Definition {
    pub(super) subscription: Subscription,
    /// The newest first.
    pub(super) secrets: Vec<KeptSecret>,
    #[serde(default)]
    pub(super) state: State,
}

/// A secret that is signed with.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct KeptSecret {
    text: String,
    /// Until when, in milliseconds since 1970; `None`: until another replaces it.
    until: Option<u64>,
}

/// What became of a webhook.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// Why it was disabled, if the server did it.
    pub(super) disabled: Option<String>,
    /// The sink's consent.
    pub(super) consent: Option<Consent>,
    /// The offset to begin at in the stream that is the source, as it was when that was named.
    pub(super) begin: Option<u64>,
    /// Until when the sink wants to be left alone, in milliseconds since 1970.
    pub(super) paused_until: Option<u64>,
    /// Since when all attempts have failed, in milliseconds since 1970; noted when it is long.
    pub(super) failing_since: Option<u64>,
    /// How often somebody was told of that.
    pub(super) warnings: usize,
}

/// What a sink answered to the handshake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Consent {
    /// Requests a minute; `None`: any number.
    pub(super) rate: Option<u32>,
}

impl State {
    /// What holds on when somebody has changed the webhook: what it came to is over.
    pub(super) fn anew(&self) -> State {
        State { begin: self.begin, consent: self.consent.clone(), ..State::default() }
    }
}

impl KeptSecret {
    pub(super) fn new(secret: &Secret) -> Self {
        KeptSecret { text: secret.to_text(), until: None }
    }

    fn is_valid(&self, now: u64) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// It does not show the secret.
impl std::fmt::Debug for KeptSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptSecret").field("until", &self.until).finish_non_exhaustive()
    }
}

impl Definition {
    /// What is signed with at this moment.
    pub(super) fn secrets(&self, now: u64) -> Vec<Secret> {
        let valid = self.secrets.iter().filter(|secret| secret.is_valid(now));
        valid.filter_map(|secret| Secret::parse(&secret.text).ok()).collect()
    }

    /// When the next secret is given up, if one is.
    pub(super) fn secrets_until(&self) -> Option<u64> {
        self.secrets.iter().filter_map(|secret| secret.until).min()
    }

    /// Signs with another secret from now on, and for a day with the last one too. Returns until when.
    pub(super) fn rotate(&mut self, secret: &Secret, now: u64) -> Option<u64> {
        self.secrets.retain(|secret| secret.is_valid(now));
        self.secrets.truncate(1);
        let until = now + ROTATION;
        self.secrets.iter_mut().for_each(|last| last.until = Some(until));
        self.secrets.insert(0, KeptSecret::new(secret));
        (self.secrets.len() > 1).then_some(until)
    }

    /// Whether anything is delivered, but for the sink's consent.
    pub(super) fn is_enabled(&self) -> bool {
        !self.subscription.config.disabled && self.state.disabled.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition() -> Definition {
        let subscription = r#"{"source":"/topic/a","sink":"https://example.org/","protocol":"HTTP"}"#;
        let subscription = serde_json::from_str(subscription).unwrap();
        let secrets = vec![KeptSecret::new(&Secret::generate())];
        Definition { subscription, secrets, state: State::default() }
    }

    #[test]
    fn the_last_secret_is_signed_with_for_a_day() {
        let mut definition = definition();
        let [first] = definition.secrets(0).try_into().unwrap();
        let second = Secret::generate();
        assert_eq!(definition.rotate(&second, 5), Some(5 + ROTATION));
        let texts = |secrets: Vec<Secret>| secrets.iter().map(Secret::to_text).collect::<Vec<_>>();
        assert_eq!(texts(definition.secrets(5)), [second.to_text(), first.to_text()]);
        assert_eq!(texts(definition.secrets(4 + ROTATION)).len(), 2);
        assert_eq!(texts(definition.secrets(5 + ROTATION)), [second.to_text()]);
        let third = Secret::generate();
        definition.rotate(&third, 6);
        assert_eq!(texts(definition.secrets(6)), [third.to_text(), second.to_text()], "no more than two");
    }

    #[test]
    fn it_is_kept_and_read_and_does_not_show_its_secrets() {
        let definition = definition();
        let text = serde_json::to_string(&definition).unwrap();
        let read: Definition = serde_json::from_str(&text).unwrap();
        assert_eq!(read.secrets(0).len(), 1);
        assert!(!format!("{read:?}").contains("whsec_"));
    }
}
