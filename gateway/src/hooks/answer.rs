//! What is answered to a request, and what is noted of it.

use super::handshake::plain;
use super::mapping::Unreadable;
use super::requests::{EventName, Outcome};
use crate::error::Refusal;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// What became of a request, and what is answered.
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    pub(super) response: Response,
    pub(super) reason: Option<String>,
    pub(super) delivery: Option<String>,
    pub(super) event: Option<EventName>,
    /// Whether the request was believed: what it says may be kept then.
    pub(super) is_verified: bool,
}

impl Answer {
    pub(super) fn refused(refusal: Refusal, reason: impl Into<String>) -> Self {
        Answer {
            outcome: Outcome::Refused,
            response: refusal.into_response(),
            reason: Some(reason.into()),
            delivery: None,
            event: None,
            is_verified: false,
        }
    }

    /// Who is not believed is not told why.
    pub(super) fn unverified(reason: impl Into<String>) -> Self {
        Answer::refused(Refusal::not_authorised("this request could not be verified"), reason)
    }

    pub(super) fn verified(self) -> Self {
        Answer { is_verified: true, ..self }
    }
}

/// The text that was asked for, as text and nothing else, whatever it is.
pub(super) fn challenge(text: String) -> Answer {
    Answer {
        outcome: Outcome::Challenge,
        response: plain(text),
        reason: None,
        delivery: None,
        event: None,
        is_verified: true,
    }
}

/// Too many came; the next may come after this time.
pub(super) fn over_rate(wait: Duration) -> Box<Answer> {
    let reason = "this receiver is sent more than it takes in a minute";
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", reason);
    let mut answer = Answer::refused(refusal, "more requests a minute than allowed_rate");
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    answer.response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    answer.verified().into()
}

pub(super) fn unreadable(error: &Unreadable) -> Box<Answer> {
    let answer = match error {
        Unreadable::Format => {
            let reason = "events are read one by one, in application/cloudevents+json, application/cloudevents+protobuf and binary mode";
            Answer::refused(Refusal::unsupported_media_type(reason), reason)
        }
        Unreadable::Invalid(invalid) => {
            let reason = invalid.to_string();
            Answer::refused(Refusal::new(StatusCode::BAD_REQUEST, "invalid_event", &*reason), reason)
        }
    };
    answer.verified().into()
}

/// What the sender cannot help is to be tried again.
pub(super) fn unavailable(reason: String) -> Box<Answer> {
    let told = "this cannot be taken now: try again later";
    let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", told);
    Answer::refused(refusal, reason).verified().into()
}

pub(super) fn unpublished(error: broker::Error) -> Box<Answer> {
    let reason = error.to_string();
    match Refusal::from(error).into_response() {
        response if response.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Answer::refused(Refusal::too_large(&*reason), reason).verified().into()
        }
        _ => unavailable(reason),
    }
}
