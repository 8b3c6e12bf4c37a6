//! Tokens, from the text that is sent to what they allow.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use gateway::auth::jwt::{Token, Verifier, is_token};
use gateway::config::Jwt;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::json;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

const SECRET: &str = "a secret that no fuzzer will ever guess: 0123456789";

/// Seconds since 1970, and by how much clocks may differ.
const NOW: u64 = 1_800_000_000;
const LEEWAY: u64 = 2;

/// A token as it is sent, which nobody has signed; and, where there is a line feed, header and claims that are signed.
///
/// # Panics
/// When a token is taken that is not signed, or that has ended, or whose user has no name.
pub fn token(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let _ = is_token(text);
    assert!(verify(text).is_none(), "nobody has signed {text:?}");
    if let Some((header, claims)) = text.split_once('\n')
        && let Some(token) = verify(&signed(header, claims))
    {
        assert!(!token.subject.is_empty(), "{token:?}");
        assert!(token.expires.is_some_and(|expires| expires.saturating_add(LEEWAY) > NOW), "{token:?}");
        assert!(header.contains("HS256") && !header.contains("\"crit\""), "{header:?} is honoured");
    }
}

/// A token with this header and these claims, whatever they are.
pub(crate) fn signed(header: &str, claims: &str) -> String {
    let [header, claims] = [header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    let message = format!("{header}.{claims}");
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("a secret signs");
    format!("{message}.{signature}")
}

/// `None`: it is refused.
pub(crate) fn verify(token: &str) -> Option<Token> {
    static VERIFIER: LazyLock<Verifier> = LazyLock::new(verifier);
    let verified = pin!(VERIFIER.verify(token, NOW));
    match verified.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(verified) => verified.ok(),
        Poll::Pending => panic!("nothing has to be waited for where the key is a secret"),
    }
}

fn verifier() -> Verifier {
    let settings = json!({
        "secret": SECRET, "public_key_file": "", "jwks_url": "", "jwks_over_http": false, "ca_file": "", "issuer": "", "audience": "",
        "algorithms": [], "scope_prefix": "", "client_id_claim": "client_id", "require_exp": true, "leeway": LEEWAY, "issuers": [],
    });
    let settings: Jwt = serde_json::from_value(settings).expect("these are the settings there are");
    Verifier::new(&settings).expect("a secret is a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise what is asserted of good tokens would be asserted of none.
    #[test]
    fn what_is_signed_here_is_taken() {
        let good = include_str!("../corpus/token/all-claims");
        let (header, claims) = good.split_once('\n').unwrap();
        let token = verify(&signed(header, claims)).unwrap();
        assert_eq!((&*token.subject, token.scopes.iter().count()), ("ann", 1));
    }
}
