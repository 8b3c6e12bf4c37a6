//! Stripe: `Stripe-Signature: t=..,v1=..`.

use super::encoding::from_hex;
use super::mac::{Algorithm, Tag};
use super::unverified::text;
use super::window::seconds;
use super::{Unverified, Window};
use axum::http::HeaderMap;

/// The header.
pub const SIGNATURE: &str = "stripe-signature";

/// Signatures of a request that are looked at.
const SIGNATURES: usize = 16;

/// Whether one of these secrets, which are used as they are written, signed it within the window. Signatures of other versions, such as
/// the `v0` of test requests, prove nothing.
pub fn verify(secrets: &[&[u8]], headers: &HeaderMap, body: &[u8], window: Window) -> Result<(), Unverified> {
    let items = || text(headers, SIGNATURE).map(|value| value.split(',').filter_map(|item| item.split_once('=')));
    let unreadable = || Unverified::Unreadable(SIGNATURE.to_owned());
    let (_, time) = items()?.find(|(name, _)| name.trim() == "t").ok_or_else(unreadable)?;
    let signatures = items()?.filter(|(name, _)| name.trim() == "v1").take(SIGNATURES);
    let signatures: Vec<_> = signatures.filter_map(|(_, value)| from_hex(value.trim())).collect();
    let is_signed = secrets.iter().any(|secret| {
        let tag = Tag::of(Algorithm::Sha256, secret, &[time.as_bytes(), b".", body]);
        signatures.iter().any(|signature| tag.is(signature))
    });
    if is_signed { window.check(seconds(time, SIGNATURE)?) } else { Err(Unverified::Wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1","object":"event"}"#;
    const V1: &str = "v1=0c8670ed117751cc551a20e35839447075c42800ea3cf3e8a2fbda99cd1e6edd";

    fn verify_at(now: u64, signature: &str, secrets: &[&[u8]]) -> Result<(), Unverified> {
        let headers = HeaderMap::from_iter([(SIGNATURE.parse().unwrap(), signature.parse().unwrap())]);
        verify(secrets, &headers, BODY, Window { now, tolerance: 300 })
    }

    #[test]
    fn the_whole_text_of_the_secret_is_the_key() {
        let signed = format!("t=1700000000,{V1}");
        assert_eq!(verify_at(1_700_000_300, &signed, &[b"whsec_test_secret"]), Ok(()));
        assert_eq!(verify_at(1_700_000_000, &signed, &[b"test_secret"]), Err(Unverified::Wrong));
        assert_eq!(verify_at(1_700_000_000, &signed, &[b"test_secret", b"whsec_test_secret"]), Ok(()));
    }

    #[test]
    fn any_signature_of_version_1_may_fit() {
        let good = format!("t=1700000000,v1=00,v0=11,{V1}");
        assert_eq!(verify_at(1_700_000_000, &good, &[b"whsec_test_secret"]), Ok(()));
        let of_a_test = format!("t=1700000000,{}", V1.replace("v1", "v0"));
        assert_eq!(verify_at(1_700_000_000, &of_a_test, &[b"whsec_test_secret"]), Err(Unverified::Wrong));
    }

    #[test]
    fn the_time_is_signed_and_has_to_be_near() {
        let at = |time: u64| format!("t={time},{V1}");
        assert_eq!(verify_at(1_700_000_301, &at(1_700_000_000), &[b"whsec_test_secret"]), Err(Unverified::TooOld(301)));
        assert_eq!(verify_at(1_700_000_001, &at(1_700_000_001), &[b"whsec_test_secret"]), Err(Unverified::Wrong));
        assert_eq!(verify_at(0, V1, &[b"whsec_test_secret"]), Err(Unverified::Unreadable(SIGNATURE.into())));
    }
}
