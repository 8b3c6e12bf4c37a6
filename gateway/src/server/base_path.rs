//! The path below which everything is, where a proxy leaves it in what it forwards.

use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// Empty, or a path without a slash at its end.
#[derive(Debug, Clone)]
pub(super) struct BasePath {
    path: String,
}

impl BasePath {
    /// One that the configuration has checked.
    pub(super) fn new(path: &str) -> Self {
        BasePath { path: path.to_owned() }
    }

    /// Takes it off a request's path. `Err`: what to answer in place of what is there.
    pub(super) fn enter(&self, uri: &mut Uri) -> Result<(), Box<Response>> {
        if self.path.is_empty() {
            return Ok(());
        }
        let nothing = || Box::new((StatusCode::NOT_FOUND, "there is nothing at this path\n").into_response());
        let inner = uri.path_and_query().and_then(|path| path.as_str().strip_prefix(&self.path)).ok_or_else(nothing)?;
        // What the page asks for is relative to it: it needs the slash.
        if inner.is_empty() || inner.starts_with('?') {
            return Err(Box::new(with_slash(inner)));
        }
        if !inner.starts_with('/') {
            return Err(nothing());
        }
        let inner = PathAndQuery::try_from(inner).map_err(|_| nothing())?;
        let mut parts = std::mem::take(uri).into_parts();
        parts.path_and_query = Some(inner);
        *uri = Uri::from_parts(parts).map_err(|_| nothing())?;
        Ok(())
    }

    /// Puts it before the path that an answer leads to.
    pub(super) fn leave(&self, headers: &mut HeaderMap) {
        if self.path.is_empty() {
            return;
        }
        let location = headers.get(header::LOCATION).and_then(|location| location.to_str().ok());
        let location = location.filter(|location| location.starts_with('/')).map(|path| format!("{}{path}", self.path));
        if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
            headers.insert(header::LOCATION, location);
        }
    }
}

/// To the page, as it is named inside.
fn with_slash(query: &str) -> Response {
    let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
    if let Ok(location) = HeaderValue::try_from(format!("/{query}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner(base: &str, uri: &str) -> Result<String, (u16, String)> {
        let mut uri: Uri = uri.parse().unwrap();
        let base = BasePath::new(base);
        base.enter(&mut uri).map(|()| uri.to_string()).map_err(|mut response| {
            base.leave(response.headers_mut());
            let location = response.headers().get(header::LOCATION).map(|it| it.to_str().unwrap().to_owned());
            (response.status().as_u16(), location.unwrap_or_default())
        })
    }

    #[test]
    fn what_is_below_it_is_served() {
        assert_eq!(inner("", "/api/x?y=1"), Ok("/api/x?y=1".into()));
        assert_eq!(inner("/wharf", "/wharf/"), Ok("/".into()));
        assert_eq!(inner("/wharf", "/wharf/events/queue/a%2Fb?vhost=%2F"), Ok("/events/queue/a%2Fb?vhost=%2F".into()));
        assert_eq!(inner("/wharf", "http://mq.example/wharf/api"), Ok("http://mq.example/api".into()));
    }

    #[test]
    fn itself_gets_a_slash_and_the_rest_is_not_there() {
        assert_eq!(inner("/wharf", "/wharf"), Err((308, "/wharf/".into())));
        assert_eq!(inner("/wharf", "/wharf?a=b"), Err((308, "/wharf/?a=b".into())));
        for uri in ["/", "/api", "/wharfs", "/wharf-2/", "*", "/a/wharf/"] {
            assert_eq!(inner("/wharf", uri), Err((404, String::new())), "{uri}");
        }
    }
}
