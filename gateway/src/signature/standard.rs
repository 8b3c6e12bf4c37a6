//! Standard Webhooks 1.0: what we sign with, and what others may.

use super::encoding::from_base64;
use super::unverified::text;
use super::window::seconds;
use super::{Secret, Unverified, VerifyingKey, Window};
use axum::http::HeaderMap;

/// The message's id: the same on every retry and replay.
pub const ID: &str = "webhook-id";
/// When this attempt was made, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The signatures.
pub const SIGNATURE: &str = "webhook-signature";

/// The names of these headers before they were a standard, as some send them still.
const SVIX: [&str; 3] = ["svix-id", "svix-timestamp", "svix-signature"];

/// Signatures of a request that are looked at. A sender has one for each of its secrets; more would only cost us.
const SIGNATURES: usize = 16;

/// The value of `webhook-signature`: a signature for each secret, of which there are several while they are exchanged.
pub fn sign(secrets: &[Secret], id: &str, timestamp: u64, body: &[u8]) -> String {
    let head = format!("{id}.{timestamp}.");
    secrets.iter().map(|secret| secret.sign(&head, body)).collect::<Vec<_>>().join(" ")
}

/// The id of a request that was signed with one of these keys, within the window.
pub fn verify<'a>(
    keys: &[VerifyingKey],
    headers: &'a HeaderMap,
    body: &[u8],
    window: Window,
) -> Result<&'a str, Unverified> {
    let [id, timestamp, signature] = names(headers);
    let [id, time, signatures] = [text(headers, id)?, text(headers, timestamp)?, text(headers, signature)?];
    let head = format!("{id}.{time}.");
    let signatures = read(signatures);
    if id.is_empty() || !keys.iter().any(|key| key.accepts(&head, body, &signatures)) {
        return Err(Unverified::Wrong);
    }
    window.check(seconds(time, timestamp)?)?;
    Ok(id)
}

/// Which names the headers have. They are not mixed.
fn names(headers: &HeaderMap) -> [&'static str; 3] {
    let ours = [ID, TIMESTAMP, SIGNATURE];
    let is_old = !ours.iter().any(|name| headers.contains_key(*name)) && headers.contains_key(SVIX[2]);
    if is_old { SVIX } else { ours }
}

/// The versions and octets of a list. What cannot be read fits no key.
fn read(signatures: &str) -> Vec<(&str, Vec<u8>)> {
    let all = signatures.split(' ').filter_map(|signature| signature.split_once(','));
    all.take(SIGNATURES).filter_map(|(version, encoded)| Some((version, from_base64(encoded)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::encoding::to_base64;
    use super::*;

    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const MESSAGE: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const TIME: u64 = 1_649_367_553;
    const SYMMETRIC: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const V1: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
    const V1A: &str = "v1a,CnkujwXFUOk59gNZFCCzmJ2MkkC0yKa+OmyYFXFtPnxkRhEkUBAd4PGNNNjLh4huOXNuqy+Eyxud5+wHP2ezBA==";
    const PUBLIC: &str = "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";

    fn private() -> Secret {
        Secret::parse(&format!("whsk_{}", to_base64(&(0..32).collect::<Vec<u8>>()))).unwrap()
    }

    fn symmetric() -> Secret {
        Secret::parse(SYMMETRIC).unwrap()
    }

    fn headers(prefix: &str, signature: &str) -> HeaderMap {
        let all = [("id", MESSAGE), ("timestamp", "1649367553"), ("signature", signature)];
        let header =
            |(name, value): (&str, &str)| (format!("{prefix}-{name}").parse().unwrap(), value.parse().unwrap());
        all.map(header).into_iter().collect()
    }

    fn verify_with(keys: &[&str], headers: &HeaderMap, body: &[u8], now: u64) -> Result<(), Unverified> {
        let keys: Vec<_> = keys.iter().map(|key| VerifyingKey::parse(key).unwrap()).collect();
        verify(&keys, headers, body, Window { now, tolerance: 300 }).map(|id| assert_eq!(id, MESSAGE))
    }

    #[test]
    fn the_published_vectors_come_out() {
        assert_eq!(sign(&[symmetric()], MESSAGE, TIME, BODY), V1);
        assert_eq!(sign(&[private()], MESSAGE, TIME, BODY), V1A);
        assert_eq!(sign(&[symmetric(), private()], MESSAGE, TIME, BODY), format!("{V1} {V1A}"));
        for (key, signature) in [(SYMMETRIC, V1), (PUBLIC, V1A)] {
            assert_eq!(verify_with(&[key], &headers("webhook", signature), BODY, TIME), Ok(()));
        }
    }

    #[test]
    fn any_of_several_keys_may_fit_any_of_several_signatures() {
        let other = Secret::generate().to_text();
        let list = format!("v1,AAAA v2,x nonsense {V1A} {V1}");
        assert_eq!(verify_with(&[&other, SYMMETRIC], &headers("webhook", &list), BODY, TIME), Ok(()));
        assert_eq!(verify_with(&[&other, PUBLIC], &headers("webhook", &list), BODY, TIME), Ok(()));
        assert_eq!(verify_with(&[&other], &headers("webhook", &list), BODY, TIME), Err(Unverified::Wrong));
    }

    #[test]
    fn the_version_belongs_to_the_signature() {
        let swapped = V1.replace("v1,", "v1a,");
        assert_eq!(verify_with(&[SYMMETRIC], &headers("webhook", &swapped), BODY, TIME), Err(Unverified::Wrong));
    }

    #[test]
    fn the_older_names_of_the_headers_are_known() {
        assert_eq!(verify_with(&[SYMMETRIC], &headers("svix", V1), BODY, TIME), Ok(()));
        let mut mixed = headers("svix", V1);
        mixed.insert(ID, MESSAGE.parse().unwrap());
        assert_eq!(verify_with(&[SYMMETRIC], &mixed, BODY, TIME), Err(Unverified::Missing(TIMESTAMP.into())));
    }

    #[test]
    fn what_was_changed_does_not_fit() {
        let signed = headers("webhook", V1);
        assert_eq!(verify_with(&[SYMMETRIC], &signed, b"{}", TIME), Err(Unverified::Wrong));
        for (name, value) in [(ID, "msg_other"), (TIMESTAMP, "1649367554"), (TIMESTAMP, "+1649367553")] {
            let mut changed = signed.clone();
            changed.insert(name, value.parse().unwrap());
            assert_eq!(verify_with(&[SYMMETRIC], &changed, BODY, TIME), Err(Unverified::Wrong), "{name}: {value}");
        }
        for name in [ID, TIMESTAMP, SIGNATURE] {
            let mut lacking = signed.clone();
            lacking.remove(name);
            assert_eq!(verify_with(&[SYMMETRIC], &lacking, BODY, TIME), Err(Unverified::Missing(name.into())));
        }
    }

    #[test]
    fn what_was_signed_long_ago_is_refused() {
        let signed = headers("webhook", V1);
        assert_eq!(verify_with(&[SYMMETRIC], &signed, BODY, TIME + 301), Err(Unverified::TooOld(301)));
        assert_eq!(verify_with(&[SYMMETRIC], &signed, BODY, TIME - 301), Err(Unverified::TooNew(301)));
    }

    #[test]
    fn a_body_need_not_be_text() {
        let (body, secret) = ([0xff, 0xfe, 0x00], Secret::generate());
        let signature = sign(std::slice::from_ref(&secret), MESSAGE, TIME, &body);
        assert_eq!(verify_with(&[&secret.to_text()], &headers("webhook", &signature), &body, TIME), Ok(()));
    }
}
