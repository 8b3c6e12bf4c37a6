//! One attempt to deliver, as it is kept and shown.

use super::egress::{Answer, Failure, FailureKind};
use super::request::Prepared;
use super::verdict::Verdict;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::cloudevents::Event;

/// Octets of a request's and an answer's body that are kept with an attempt.
const REQUEST: usize = 4 * 1024;
const ANSWER: usize = 1024;

/// Headers of an answer that are kept.
const HEADERS: usize = 32;

/// One attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// When it began.
    pub(super) at: String,
    /// `webhook-id`.
    pub(super) message: String,
    /// Which, counted from 1.
    pub(super) attempt: u32,
    pub(super) kind: Kind,
    pub(super) outcome: Outcome,
    pub(super) event: Summary,
    pub(super) url: String,
    /// What was dialled.
    pub(super) address: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) error: Option<FailureKind>,
    /// What went wrong, for people.
    pub(super) reason: Option<String>,
    pub(super) duration_ms: u64,
    pub(super) next_attempt: Option<String>,
    pub(super) request: Part,
    pub(super) response: Option<Part>,
}

/// Why there was an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Something happened.
    Delivery,
    /// Somebody tries the endpoint.
    Test,
    /// Somebody wants it sent again.
    Replay,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// The sink took it.
    Delivered,
    /// There will be another attempt.
    Failed,
    /// There will be none.
    Dead,
}

/// Which event it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Summary {
    pub(super) id: String,
    pub(super) source: String,
    #[serde(rename = "type")]
    pub(super) of_type: String,
    pub(super) subject: Option<String>,
}

/// A request or an answer, as far as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Option<String>,
}

/// What came of one attempt.
#[derive(Debug)]
pub(super) struct Result {
    pub(super) verdict: Verdict,
    pub(super) address: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) error: Option<FailureKind>,
    pub(super) reason: Option<String>,
    pub(super) response: Option<Part>,
    /// When it began, in milliseconds since 1970, and how long it took.
    pub(super) at: u64,
    pub(super) duration: Duration,
}

impl Summary {
    /// Whether one of its parts holds this text.
    pub(super) fn has(&self, text: &str) -> bool {
        let subject = self.subject.as_deref().unwrap_or_default();
        [self.id.as_str(), &self.source, &self.of_type, subject].iter().any(|part| part.contains(text))
    }
}

impl From<&Event> for Summary {
    fn from(event: &Event) -> Self {
        Summary {
            id: event.id().to_owned(),
            source: event.source().to_owned(),
            of_type: event.event_type().to_owned(),
            subject: event.text("subject").map(str::to_owned),
        }
    }
}

impl Result {
    /// There was an answer.
    pub(super) fn answered(answer: &Answer, verdict: Verdict, at: u64, duration: Duration) -> Self {
        let is_good = verdict == Verdict::Delivered;
        let status = answer.status;
        Result {
            verdict,
            address: answer.address.map(|address| address.to_string()),
            status: Some(status.as_u16()),
            error: (!is_good).then_some(FailureKind::HttpStatus),
            reason: (!is_good).then(|| match status.is_redirection() {
                true => format!("the sink answered {status}: redirects are not followed"),
                false => format!("the sink answered {status}"),
            }),
            response: Some(Part { headers: shown(&answer.headers), body: text(&answer.body, ANSWER) }),
            at,
            duration,
        }
    }

    /// There was none.
    pub(super) fn failed(failure: Failure, at: u64, duration: Duration) -> Self {
        Result {
            verdict: Verdict::Again { pause: None },
            address: failure.address.map(|address| address.to_string()),
            status: None,
            error: Some(failure.kind),
            reason: Some(failure.reason),
            response: None,
            at,
            duration,
        }
    }

    /// As it is kept of one event.
    pub(super) fn attempt(&self, what: &What<'_>, prepared: &Prepared, outcome: Outcome, next: Option<u64>) -> Attempt {
        Attempt {
            at: moment(self.at),
            message: what.message.clone(),
            attempt: what.number,
            kind: what.kind,
            outcome,
            event: what.event.into(),
            url: prepared.url.clone(),
            address: self.address.clone(),
            status: self.status,
            error: self.error,
            reason: self.reason.clone(),
            duration_ms: u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX),
            next_attempt: next.map(moment),
            request: Part { headers: shown(&prepared.headers), body: text(&prepared.body, REQUEST) },
            response: self.response.clone(),
        }
    }
}

/// Of what an attempt was made.
#[derive(Debug)]
pub(super) struct What<'a> {
    pub(super) event: &'a Event,
    pub(super) message: String,
    pub(super) number: u32,
    pub(super) kind: Kind,
}

/// A moment in milliseconds since 1970, in RFC 3339.
pub(super) fn moment(milliseconds: u64) -> String {
    let instant = OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000);
    instant.ok().and_then(|instant| instant.format(&Rfc3339).ok()).unwrap_or_default()
}

/// The milliseconds since 1970 of a moment in RFC 3339.
pub(super) fn milliseconds(moment: &str) -> Option<u64> {
    let instant = OffsetDateTime::parse(moment, &Rfc3339).ok()?;
    Some(u64::try_from(instant.unix_timestamp_nanos() / 1_000_000).unwrap_or(0))
}

/// Headers for people; what is secret is not shown.
fn shown(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &axum::http::HeaderValue| match value.is_sensitive() {
        true => "***".to_owned(),
        false => String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    headers.iter().take(HEADERS).map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// The beginning of a body, if it is text.
fn text(body: &[u8], limit: usize) -> Option<String> {
    let cut = body.get(..limit.min(body.len())).unwrap_or_default();
    match std::str::from_utf8(cut) {
        Ok(text) => Some(text.to_owned()),
        // A character may have been cut.
        Err(error) if error.error_len().is_none() => {
            Some(String::from_utf8_lossy(&cut[..error.valid_up_to()]).into_owned())
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_and_read() {
        assert_eq!(moment(1_500), "1970-01-01T00:00:01.5Z");
        assert_eq!(milliseconds("1970-01-01T01:00:01.5+01:00"), Some(1_500));
        assert_eq!(milliseconds("1960-01-01T00:00:00Z"), Some(0));
        assert_eq!(milliseconds("yesterday"), None);
    }

    #[test]
    fn a_body_is_cut_between_characters() {
        assert_eq!(text("aé".as_bytes(), 2).as_deref(), Some("a"));
        assert_eq!(text("aé".as_bytes(), 3).as_deref(), Some("aé"));
        assert_eq!(text(b"\xff", 3), None);
    }
}
