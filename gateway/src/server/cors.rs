//! What pages of listed sites may ask, and read of the answers (Fetch, "HTTP-network-or-cache fetch" and "CORS-preflight fetch").

use crate::admin;
use crate::auth::{CSRF_GUARD, Entrance, Realm};
use crate::engine::SEQUENCE_HEADER;
use crate::events;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, header};
use std::time::Duration;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};
use wire::cloudevents::{headers, is_name};

/// How long a browser may remember what pages of other sites may send.
const PREFLIGHT: Duration = Duration::from_secs(3600);

/// Headers that pages of other sites may send, beside those of an event's attributes.
const SENT: [&str; 6] =
    ["authorization", "content-type", "last-event-id", "if-none-match", "cache-control", CSRF_GUARD];

/// Headers of the API's answers that they may read, beside those of events.
const READ: [&str; 2] = ["location", SEQUENCE_HEADER];

/// Lets pages of listed sites read our answers. Those that are not listed are refused by who checks origins; a browser asks before it sends
/// anything that a form could not send.
pub(super) fn other_sites() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(|_: &HeaderValue, request: &Parts| is_listed(request)))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(events::EXPOSED.into_iter().chain(READ).map(HeaderName::from_static).collect::<Vec<_>>())
        .max_age(PREFLIGHT)
}

/// Whether the page that sends this is of a site that may read the answer. A preflight is for the path and the query of what follows it.
fn is_listed(request: &Parts) -> bool {
    let Some(page) = request.extensions.get::<Entrance>().and_then(|entrance| entrance.page.as_ref()) else {
        return false;
    };
    match request.uri.path().strip_prefix("/api") {
        Some(path) => page.is_listed(admin::realm(admin::vhost_of(path).as_deref(), path)),
        None => page.is_listed(Realm::Vhost(&events::vhost_of(&request.uri))),
    }
}

/// Leaves of the headers that a preflight asks for those that may be sent: the layer mirrors what is left, since a list
/// cannot say "the attributes of an event".
pub(super) async fn narrow(mut request: Request) -> Request {
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS);
    if let Some(asked) = asked.and_then(|value| value.to_str().ok()) {
        let names: Vec<_> = asked.split(',').map(str::trim).filter(|name| may_be_sent(name)).collect();
        if let Ok(value) = HeaderValue::from_str(&names.join(",")) {
            request.headers_mut().insert(header::ACCESS_CONTROL_REQUEST_HEADERS, value);
        }
    }
    request
}

fn may_be_sent(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SENT.contains(&&*name) || headers::attribute_of(&name).is_some_and(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_of_events_may_be_sent_and_what_nobody_reads_may_not() {
        for name in ["Authorization", "content-type", "ce-id", "CE-MyExtension1"] {
            assert!(may_be_sent(name), "{name}");
        }
        for name in ["ce-", "ce-data", "ce-my-name", "x-forwarded-for", "cookie", ""] {
            assert!(!may_be_sent(name), "{name}");
        }
    }
}
