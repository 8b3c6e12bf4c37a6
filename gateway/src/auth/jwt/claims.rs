//! The claims that decide whether a token counts at all: its time, and whom it is for.

use super::invalid::Invalid;
use super::object::Object;
use serde_json::Value;

/// When a token counts, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeRule {
    pub(super) now: u64,
    /// By how much the issuer's clock may differ.
    pub(super) leeway: u64,
    /// Whether a token has to end.
    pub(super) require_exp: bool,
}

impl TimeRule {
    /// Checks `exp` and `nbf`, and gives the time of expiry.
    pub(super) fn check(self, claims: &Object) -> Result<Option<u64>, Invalid> {
        let expires = seconds(claims, "exp")?;
        match expires {
            None if self.require_exp => return Err(Invalid::NoExpiry),
            Some(expires) if expires.saturating_add(self.leeway) <= self.now => {
                return Err(Invalid::Expired(self.now - expires));
            }
            _ => (),
        }
        match seconds(claims, "nbf")? {
            Some(begins) if begins > self.now.saturating_add(self.leeway) => {
                Err(Invalid::NotYetValid(begins - self.now))
            }
            _ => Ok(expires),
        }
    }
}

/// Checks that a token is for `wanted`; an empty one takes all.
pub(super) fn check_audience(claims: &Object, wanted: &str) -> Result<(), Invalid> {
    let is_meant = match claims.get("aud") {
        Some(Value::String(audience)) => audience == wanted,
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == wanted),
        _ => false,
    };
    if wanted.is_empty() || is_meant { Ok(()) } else { Err(Invalid::Audience(wanted.to_owned())) }
}

/// A claim that is a text, and not an empty one.
pub(super) fn text<'a>(claims: &'a Object, name: &str) -> Result<Option<&'a str>, Invalid> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(Invalid::BadClaim(name.to_owned(), "a text")),
    }
}

/// A time, of which fractions of seconds are cut off: a token ends rather too early.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is checked to be in range")]
fn seconds(claims: &Object, name: &str) -> Result<Option<u64>, Invalid> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let whole = value.as_u64();
    let cut = || value.as_f64().filter(|it| (0.0..9e15).contains(it)).map(|it| it as u64);
    match whole.or_else(cut) {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(Invalid::BadClaim(name.to_owned(), "a number of seconds since 1970")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(claims: &str) -> Result<Option<u64>, Invalid> {
        TimeRule { now: 1_000, leeway: 5, require_exp: true }.check(&Object::parse(claims.as_bytes()).unwrap())
    }

    #[test]
    fn a_token_counts_from_its_begin_to_its_end_and_clocks_may_differ_a_little() {
        assert_eq!(check(r#"{"exp":1001}"#), Ok(Some(1_001)));
        assert_eq!(check(r#"{"exp":1001.9}"#), Ok(Some(1_001)));
        assert_eq!(check(r#"{"exp":996}"#), Ok(Some(996)));
        assert_eq!(check(r#"{"exp":995}"#), Err(Invalid::Expired(5)));
        assert_eq!(check(r#"{"exp":0}"#), Err(Invalid::Expired(1_000)));
        assert_eq!(check(r#"{"exp":2000,"nbf":1005}"#), Ok(Some(2_000)));
        assert_eq!(check(r#"{"exp":2000,"nbf":1006}"#), Err(Invalid::NotYetValid(6)));
        assert_eq!(check(r#"{"exp":18446744073709551615,"nbf":0}"#), Ok(Some(u64::MAX)));
    }

    #[test]
    fn what_is_no_time_is_not_taken_for_none() {
        for exp in ["\"2000\"", "-1", "1e300", "[]", "{}", "true"] {
            let refused = check(&format!("{{\"exp\":{exp}}}"));
            assert!(matches!(refused, Err(Invalid::BadClaim(..))), "{exp}");
        }
        assert_eq!(check("{}"), Err(Invalid::NoExpiry));
        assert_eq!(check(r#"{"exp":null}"#), Err(Invalid::NoExpiry));
        assert!(matches!(check(r#"{"exp":2000,"nbf":"x"}"#), Err(Invalid::BadClaim(..))));
    }

    #[test]
    fn an_audience_is_one_of_several() {
        let check = |claims: &str| check_audience(&Object::parse(claims.as_bytes()).unwrap(), "wharf").is_ok();
        assert!(check(r#"{"aud":"wharf"}"#));
        assert!(check(r#"{"aud":["other","wharf"]}"#));
        for bad in [r#"{"aud":"wharf2"}"#, r#"{"aud":["whar"]}"#, r#"{"aud":[]}"#, r#"{"aud":{"wharf":1}}"#, "{}"] {
            assert!(!check(bad), "{bad}");
        }
    }
}
