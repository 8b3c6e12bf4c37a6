//! `Authorization`: Basic (RFC 7617) and Bearer (RFC 6750).

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// User and password of a request; `None`: it has none, or they cannot be read.
pub fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = of_scheme(headers, "basic")?;
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// The token of a request.
pub(super) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    of_scheme(headers, "bearer").filter(|token| !token.is_empty())
}

fn of_scheme<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case(wanted).then_some(rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())])
    }

    fn read(value: &str) -> Option<(String, String)> {
        basic_credentials(&headers(value))
    }

    #[test]
    fn a_password_may_hold_colons() {
        assert_eq!(read("Basic Z3Vlc3Q6YTpi"), Some(("guest".into(), "a:b".into())));
        assert_eq!(read("basic Z3Vlc3Q6YTpi"), Some(("guest".into(), "a:b".into())));
    }

    #[test]
    fn what_cannot_be_read_is_no_credentials() {
        for bad in ["Basic", "Basic !!!", "Bearer Z3Vlc3Q6YTpi", "Basic Z3Vlc3Q="] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_stands_alone() {
        assert_eq!(bearer_token(&headers("Bearer a.b.c")), Some("a.b.c"));
        assert_eq!(bearer_token(&headers("bearer  a.b.c ")), Some("a.b.c"));
        assert_eq!(bearer_token(&headers("Bearer ")), None);
        assert_eq!(bearer_token(&headers("Basic Z3Vlc3Q6YTpi")), None);
    }
}
