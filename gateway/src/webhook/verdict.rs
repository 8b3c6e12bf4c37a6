//! What an answer means (CloudEvents HTTP web hooks 1.0, section 2; the reactions are ours).

use super::egress::Answer;
use super::settings::Profile;
use axum::http::{HeaderMap, StatusCode, header};
use std::time::{Duration, SystemTime};

/// The longest pause that a sink may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// What becomes of an event after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was taken.
    Delivered,
    /// It is to be tried again; nothing at all is to be sent for so long.
    Again {
        /// How long the sink wants to be left alone.
        pause: Option<Duration>,
    },
    /// Trying again would be useless.
    Dead,
    /// The sink wants nothing any more.
    Gone,
}

/// What this answer means.
pub(super) fn verdict(answer: &Answer, profile: Profile, now: SystemTime) -> Verdict {
    let is_final = |status: StatusCode| {
        profile == Profile::Knative && status.is_client_error() && !matches!(status.as_u16(), 404 | 408 | 409 | 429)
    };
    match answer.status {
        status if status.is_success() => Verdict::Delivered,
        StatusCode::GONE => Verdict::Gone,
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNSUPPORTED_MEDIA_TYPE => Verdict::Dead,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Verdict::Again { pause: retry_after(&answer.headers, now) }
        }
        status if is_final(status) => Verdict::Dead,
        _ => Verdict::Again { pause: None },
    }
}

/// `Retry-After`: seconds, or a moment (RFC 9110 section 10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(pause.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn answer(status: u16, retry_after: Option<&str>) -> Answer {
        let mut headers = HeaderMap::new();
        headers.extend(retry_after.map(|text| (header::RETRY_AFTER, text.parse().unwrap())));
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: Bytes::new(), address: None }
    }

    #[test]
    fn each_status_has_its_meaning() {
        let again = Verdict::Again { pause: None };
        for (status, default, knative) in [
            (200, Verdict::Delivered, Verdict::Delivered),
            (204, Verdict::Delivered, Verdict::Delivered),
            (302, again, again),
            (307, again, again),
            (400, again, Verdict::Dead),
            (401, again, Verdict::Dead),
            (404, again, again),
            (408, again, again),
            (410, Verdict::Gone, Verdict::Gone),
            (413, Verdict::Dead, Verdict::Dead),
            (415, Verdict::Dead, Verdict::Dead),
            (418, again, Verdict::Dead),
            (429, again, again),
            (500, again, again),
            (502, again, again),
            (503, again, again),
        ] {
            let of = |profile| verdict(&answer(status, None), profile, NOW);
            assert_eq!((of(Profile::Default), of(Profile::Knative)), (default, knative), "{status}");
        }
    }

    #[test]
    fn a_sink_may_ask_for_a_pause() {
        let pause = |status, text| match verdict(&answer(status, Some(text)), Profile::Default, NOW) {
            Verdict::Again { pause } => pause.map(|pause| pause.as_secs()),
            other => panic!("{other:?}"),
        };
        assert_eq!(pause(429, "120"), Some(120));
        assert_eq!(pause(503, " 7 "), Some(7));
        assert_eq!(pause(503, "Thu, 01 Jan 1970 00:01:00 GMT"), Some(60));
        assert_eq!(pause(503, "Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(pause(429, "999999999"), Some(24 * 60 * 60));
        assert_eq!(pause(429, "soon"), None);
        assert_eq!(pause(500, "120"), None, "only those two may");
    }
}
