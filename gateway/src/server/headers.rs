//! Headers by which answers tell browsers what not to do with them.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// All that a page of ours may do: run what it was served with, and talk to where it came from. WebAssembly is the client. Styles that
/// scripts set one by one are not inline ones.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
     font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");

/// A year: browsers come by https alone from now on.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What is at a path, as far as browsers treat it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Events, for programs: the many answers in which each header costs.
    Events,
    /// The API: what it says is for who asked, now.
    Api,
    /// The page, the client, and the rest.
    Other,
}

impl Kind {
    pub(super) fn of(path: &str) -> Kind {
        match path {
            path if path.starts_with("/events") => Kind::Events,
            path if path.starts_with("/api") || path == "/metrics" => Kind::Api,
            _ => Kind::Other,
        }
    }

    /// Adds what an answer does not say itself. `is_secure`: the browser came by https.
    pub(super) fn protect(self, headers: &mut HeaderMap, is_secure: bool) {
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        if is_secure {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
        }
        if self == Kind::Events {
            return;
        }
        headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
        headers.insert(header::REFERRER_POLICY, NO_REFERRER);
        headers.insert(OPENER_POLICY, SAME_ORIGIN);
        if self == Kind::Api {
            headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
        }
        // The client says of itself that other sites may import it. Those that are listed read the API by CORS, which asks for no such header.
        headers.entry(RESOURCE_POLICY).or_insert(SAME_ORIGIN);
    }
}
