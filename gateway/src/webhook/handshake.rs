//! Asks a sink whether it wants our events (CloudEvents HTTP web hooks 1.0, section 4).

use super::attempting::Means;
use super::definition::Consent;
use super::endpoint::Endpoint;
use super::request::ORIGIN;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::Full;

const RATE: HeaderName = HeaderName::from_static("webhook-request-rate");
const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");
const ALLOWED_RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");

/// The sink's consent. An error says why there is none.
pub(super) async fn ask(means: &Means, endpoint: &Endpoint) -> Result<Consent, String> {
    let settings = &endpoint.definition.subscription.config;
    let mut request = Request::new(Full::new(Bytes::new()));
    *request.method_mut() = Method::OPTIONS;
    *request.uri_mut() = endpoint.parsed.sink.uri().clone();
    request.headers_mut().insert(ORIGIN, means.origin.clone());
    if let Some(rate) = settings.rate {
        request.headers_mut().insert(RATE, HeaderValue::from(rate.get()));
    }
    let answer = means.egress.send(request, settings.timeout()).await.map_err(|failure| failure.reason)?;
    let asked = settings.rate.is_some();
    consent(&answer.headers, &means.origin, asked).map_err(|reason| format!("{reason} (it answered {})", answer.status))
}

/// What the headers of an answer grant; no status does.
fn consent(headers: &HeaderMap, origin: &HeaderValue, asked_for_rate: bool) -> Result<Consent, String> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let ours = origin.to_str().unwrap_or_default();
    match text(&ALLOWED_ORIGIN) {
        Some(allowed) if allowed == "*" || allowed.eq_ignore_ascii_case(ours) => {}
        Some(allowed) => return Err(format!("the sink allows {allowed:?}, and this is {ours:?}")),
        None => return Err("the sink does not consent: it sends no WebHook-Allowed-Origin".to_owned()),
    }
    let rate = match text(&ALLOWED_RATE) {
        Some("*") => None,
        Some(text) => Some(
            text.parse()
                .ok()
                .filter(|rate| *rate > 0)
                .ok_or_else(|| format!("WebHook-Allowed-Rate has to be * or requests a minute, not {text:?}"))?,
        ),
        None if asked_for_rate => {
            return Err("the sink names no WebHook-Allowed-Rate, though it was asked for one".to_owned());
        }
        None => None,
    };
    Ok(Consent { rate })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(origin: Option<&str>, rate: Option<&str>, asked: bool) -> Result<Consent, String> {
        let mut headers = HeaderMap::new();
        headers.extend(origin.map(|text| (ALLOWED_ORIGIN, text.parse().unwrap())));
        headers.extend(rate.map(|text| (ALLOWED_RATE, text.parse().unwrap())));
        consent(&headers, &HeaderValue::from_static("mq.example.org"), asked)
    }

    #[test]
    fn only_the_whole_name_or_everybody_is_consent() {
        let any = Ok(Consent { rate: None });
        assert_eq!(granted(Some("*"), None, false), any);
        assert_eq!(granted(Some("MQ.Example.org"), None, false), any);
        for bad in ["mq.example.org.evil.tld", "example.org", "", "https://mq.example.org"] {
            assert!(granted(Some(bad), None, false).is_err(), "{bad}");
        }
        assert!(granted(None, None, false).is_err());
    }

    #[test]
    fn a_rate_that_was_asked_for_has_to_be_answered() {
        assert_eq!(granted(Some("*"), Some("120"), true), Ok(Consent { rate: Some(120) }));
        assert_eq!(granted(Some("*"), Some("*"), true), Ok(Consent { rate: None }));
        assert!(granted(Some("*"), None, true).is_err());
        assert!(granted(Some("*"), Some("0"), true).is_err());
        assert!(granted(Some("*"), Some("many"), false).is_err());
    }
}
