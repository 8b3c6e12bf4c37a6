//! `Authorization: Basic` (RFC 7617).

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// User and password of a request; `None`: it has none, or they cannot be read.
pub fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        basic_credentials(&headers)
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
}
