//! A token as it is sent: three parts in base64url with dots between them.

use super::invalid::Invalid;
use super::object::Object;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::Value;

/// Octets of a token: room for some hundred scopes, and less than proxies allow a header.
pub const TOKEN: usize = 16 * 1024;

/// Characters of an algorithm's name that are repeated to who sent it.
const SHOWN: usize = 16;

/// A token that has been read, of which nothing is proved yet.
#[derive(Debug)]
pub(super) struct Compact<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
    pub(super) claims: Object,
    /// What is signed: the first two parts as they were sent.
    pub(super) message: &'a str,
    /// The third part, still encoded.
    pub(super) signature: &'a str,
}

/// Whether a text is a token, good or bad, and no password: three parts, of which the first is a header.
pub fn is_token(text: &str) -> bool {
    let mut parts = text.split('.');
    let header = parts.next().filter(|_| text.len() <= TOKEN && parts.count() == 2);
    header.and_then(object).is_some_and(|header| header.has("alg"))
}

impl<'a> Compact<'a> {
    /// Reads a token.
    pub(super) fn parse(token: &'a str) -> Result<Self, Invalid> {
        if token.len() > TOKEN {
            return Err(Invalid::TooLarge(TOKEN));
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Invalid::Malformed("it has no three parts"))?;
        let (header, claims) = message.split_once('.').ok_or(Invalid::Malformed("it has no three parts"))?;
        if claims.contains('.') {
            return Err(Invalid::Malformed("it has more than three parts"));
        }
        let header = object(header).ok_or(Invalid::Malformed("its header is no JSON object in base64url"))?;
        if header.has("crit") {
            return Err(Invalid::Critical);
        }
        Ok(Compact {
            algorithm: algorithm(&header)?,
            key_id: key_id(&header)?,
            claims: object(claims).ok_or(Invalid::Malformed("its claims are no JSON object in base64url"))?,
            message,
            signature,
        })
    }
}

fn object(part: &str) -> Option<Object> {
    Object::parse(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?)
}

/// `none` is no algorithm.
fn algorithm(header: &Object) -> Result<Algorithm, Invalid> {
    let name = header.get("alg").and_then(Value::as_str);
    let name = name.ok_or(Invalid::Malformed("its header has no algorithm (alg)"))?;
    name.parse().map_err(|_| Invalid::Algorithm(name.chars().take(SHOWN).collect()))
}

fn key_id(header: &Object) -> Result<Option<String>, Invalid> {
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(id)) => Ok(Some(id.clone())),
        Some(_) => Err(Invalid::Malformed("its key id (kid) is no text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_taken_for_tokens() {
        assert!(is_token("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."));
        assert!(is_token("eyAiYWxnIiA6IDEgfQ.."));
        for password in
            ["", "eyJ", "e30", "a.b.c", "e30.a.c", "eyJhbGciOiJub25lIn0.a", "eyJhbGciOiJub25lIn0.a.b.c", "ä.ä.ä"]
        {
            assert!(!is_token(password), "{password}");
        }
    }

    #[test]
    fn garbage_is_refused_with_what_is_wrong() {
        for garbage in ["", ".", "..", "...", "a.b.c", "e30.e30.", "eyJhbGciOiJIUzI1NiJ9..", "\u{0}.\u{0}.\u{0}"] {
            assert!(matches!(Compact::parse(garbage), Err(Invalid::Malformed(_))), "{garbage}");
        }
        assert_eq!(Compact::parse(&"a".repeat(TOKEN + 1)).unwrap_err(), Invalid::TooLarge(TOKEN));
    }
}
