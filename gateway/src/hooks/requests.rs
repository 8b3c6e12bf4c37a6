//! The last requests of a receiver, for people who look for what went wrong.

use super::time::rfc3339;
use axum::http::{HeaderMap, Method, StatusCode};
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

/// Requests that are remembered of each receiver.
const REQUESTS: usize = 50;

/// Of these, at most so many that were refused: who is not believed is not to push out what others sent.
const REFUSED: usize = REQUESTS / 2;

/// Headers of a request that are remembered.
const HEADERS: usize = 64;

/// Octets that are remembered of each header, and of each text that tells an event from others.
const TEXT: usize = 256;

/// Octets of a body that are remembered.
const BODY: usize = 4 * 1024;

/// Parts of the names of headers that hold secrets.
const SECRETS: [&str; 8] = ["auth", "cookie", "token", "secret", "password", "passwd", "api-key", "apikey"];

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Accepted,
    Duplicate,
    Refused,
    Challenge,
}

/// The event that a request made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct EventName {
    pub(super) id: String,
    pub(super) source: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

/// One request.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Record {
    #[serde(serialize_with = "as_time")]
    pub(super) at: u64,
    pub(super) address: IpAddr,
    #[serde(serialize_with = "as_text")]
    pub(super) method: Method,
    pub(super) outcome: Outcome,
    #[serde(serialize_with = "as_number")]
    pub(super) status: StatusCode,
    pub(super) reason: Option<String>,
    pub(super) delivery: Option<String>,
    pub(super) event: Option<EventName>,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) octets: usize,
    /// Only of who was believed.
    pub(super) body: Option<String>,
}

/// The last of them.
#[derive(Debug, Default)]
pub(super) struct Requests(VecDeque<Record>);

impl Requests {
    pub(super) fn add(&mut self, record: Record) {
        if self.0.len() >= REQUESTS {
            let refused = |record: &Record| record.outcome == Outcome::Refused;
            let goes_refused = self.0.iter().filter(|record| refused(record)).count() > REFUSED;
            let oldest = self.0.iter().position(|record| refused(record) == goes_refused).unwrap_or(0);
            self.0.remove(oldest);
        }
        self.0.push_back(record);
    }

    /// Newest first.
    pub(super) fn list(&self) -> Vec<Record> {
        self.0.iter().rev().cloned().collect()
    }
}

/// The headers of a request, without their secrets.
pub(super) fn redacted(headers: &HeaderMap) -> BTreeMap<String, String> {
    let shown = |name: &str, value: &[u8]| match SECRETS.iter().any(|part| name.contains(part)) {
        true => "***".to_owned(),
        false => String::from_utf8_lossy(&value[..value.len().min(TEXT)]).into_owned(),
    };
    let all = headers.iter().take(HEADERS);
    all.map(|(name, value)| (name.to_string(), shown(name.as_str(), value.as_bytes()))).collect()
}

/// A text, or its beginning.
pub(super) fn shortened(text: &str) -> String {
    text[..text.floor_char_boundary(TEXT)].to_owned()
}

/// The beginning of a body, as text.
pub(super) fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(BODY)]).into_owned()
}

fn as_time<S: Serializer>(at: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*at))
}

fn as_text<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}

fn as_number<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(outcome: Outcome, octets: usize) -> Record {
        Record {
            at: 0,
            address: [192, 0, 2, 1].into(),
            method: Method::POST,
            outcome,
            status: StatusCode::ACCEPTED,
            reason: None,
            delivery: None,
            event: None,
            headers: BTreeMap::new(),
            octets,
            body: None,
        }
    }

    #[test]
    fn who_is_refused_does_not_push_out_what_was_accepted() {
        let mut requests = Requests::default();
        (0..40).for_each(|octets| requests.add(record(Outcome::Accepted, octets)));
        (0..1_000).for_each(|octets| requests.add(record(Outcome::Refused, octets)));
        let kept = requests.list();
        let accepted = kept.iter().filter(|record| record.outcome == Outcome::Accepted);
        assert_eq!((kept.len(), accepted.count(), kept[0].octets), (REQUESTS, REQUESTS - REFUSED - 1, 999));
        (0..100).for_each(|octets| requests.add(record(Outcome::Accepted, octets)));
        assert_eq!((requests.list().len(), requests.list()[0].octets), (REQUESTS, 99));
    }

    #[test]
    fn secrets_are_not_remembered() {
        let headers = [("authorization", "Bearer x"), ("x-api-key", "x"), ("x-gitlab-token", "x"), ("x-event", "push")];
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let shown = redacted(&headers);
        assert_eq!((&*shown["authorization"], &*shown["x-api-key"], &*shown["x-gitlab-token"]), ("***", "***", "***"));
        assert_eq!(shown["x-event"], "push");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shortened("é"), "é");
        assert_eq!(shortened(&format!("x{}", "é".repeat(200))).len(), TEXT - 1);
        assert_eq!(beginning(&[b'x'; 5_000]).len(), BODY);
    }

    #[test]
    fn a_request_is_told_as_the_api_says() {
        let told = serde_json::to_value(record(Outcome::Duplicate, 3)).unwrap();
        let expected = serde_json::json!({
            "at": "1970-01-01T00:00:00.000Z", "address": "192.0.2.1", "method": "POST", "outcome": "duplicate", "status": 202,
            "reason": null, "delivery": null, "event": null, "headers": {}, "octets": 3, "body": null,
        });
        assert_eq!(told, expected);
    }
}
