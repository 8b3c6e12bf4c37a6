//! Secrets of Standard Webhooks 1.0.
//!
//! ```text
//!   whsec_BASE64   symmetric: 24 to 64 random octets; the decoded octets are the key
//!   whsk_BASE64    private ed25519 key: the seed, and mostly the public key behind it (32 or 64 octets)
//!   whpk_BASE64    public ed25519 key (32 octets)
//! ```

use super::encoding::{from_base64, to_base64};
use super::mac::{Algorithm, Tag};
use ed25519_dalek::{KEYPAIR_LENGTH, SECRET_KEY_LENGTH, Signature, Signer, SigningKey, VerifyingKey as PublicKey};
use std::fmt;
use std::ops::RangeInclusive;
use thiserror::Error;

/// Octets of a symmetric key: fewer can be guessed, more are hashed to 64 before they are used.
const SYMMETRIC: RangeInclusive<usize> = 24..=64;

/// Octets of a key that is made here.
const GENERATED: usize = 32;

/// What the texts begin with.
const SYMMETRIC_PREFIX: &str = "whsec_";
const PRIVATE_PREFIX: &str = "whsk_";
const PUBLIC_PREFIX: &str = "whpk_";

/// Why a text is no secret. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadSecret {
    /// It begins with none of the known prefixes.
    #[error("a secret begins with {0}, followed by base64")]
    Prefix(&'static str),
    /// What follows is not base64.
    #[error("what follows the prefix of a secret has to be base64")]
    Encoding,
    /// It has too few octets, or too many.
    #[error("a symmetric secret has 24 to 64 octets, not {0}")]
    Length(usize),
    /// It is no ed25519 key.
    #[error("this is no ed25519 key: whsk_ is followed by 32 or 64 octets, whpk_ by the 32 of a point on the curve")]
    Key,
}

/// What one signs with.
#[derive(Clone)]
pub enum Secret {
    /// HMAC-SHA256: the other side has it too.
    Symmetric(Box<[u8]>),
    /// ed25519: the other side has the public key.
    Ed25519(Box<SigningKey>),
}

impl Secret {
    /// A new symmetric secret.
    pub fn generate() -> Self {
        Secret::Symmetric(rand::random::<[u8; GENERATED]>().into())
    }

    /// A new pair of keys.
    pub fn generate_ed25519() -> Self {
        Secret::Ed25519(SigningKey::from_bytes(&rand::random::<[u8; SECRET_KEY_LENGTH]>()).into())
    }

    /// Reads `whsec_` and `whsk_`.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        if let Some(encoded) = text.strip_prefix(SYMMETRIC_PREFIX) {
            return symmetric(encoded).map(Secret::Symmetric);
        }
        let encoded = text.strip_prefix(PRIVATE_PREFIX).ok_or(BadSecret::Prefix("whsec_ or whsk_"))?;
        let octets = from_base64(encoded).ok_or(BadSecret::Encoding)?;
        private_key(&octets).map(|key| Secret::Ed25519(key.into())).ok_or(BadSecret::Key)
    }

    /// As it is shown to who may see it.
    pub fn to_text(&self) -> String {
        match self {
            Secret::Symmetric(key) => format!("{SYMMETRIC_PREFIX}{}", to_base64(key)),
            Secret::Ed25519(key) => format!("{PRIVATE_PREFIX}{}", to_base64(&key.to_keypair_bytes())),
        }
    }

    /// What everybody may know, as text; a symmetric secret has nothing of the kind.
    pub fn public_key(&self) -> Option<String> {
        match self {
            Secret::Symmetric(_) => None,
            Secret::Ed25519(key) => Some(format!("{PUBLIC_PREFIX}{}", to_base64(key.verifying_key().as_bytes()))),
        }
    }

    /// What signatures of it are verified with.
    pub fn verifying_key(&self) -> VerifyingKey {
        match self {
            Secret::Symmetric(key) => VerifyingKey::Symmetric(key.clone()),
            Secret::Ed25519(key) => VerifyingKey::Ed25519(key.verifying_key()),
        }
    }

    /// The signature, with its version.
    pub(super) fn sign(&self, head: &str, body: &[u8]) -> String {
        match self {
            Secret::Symmetric(key) => format!("v1,{}", to_base64(symmetric_tag(key, head, body).octets())),
            Secret::Ed25519(key) => format!("v1a,{}", to_base64(&key.sign(&joined(head, body)).to_bytes())),
        }
    }
}

/// It does not show the secret.
impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Secret::Symmetric(_) => "whsec_***",
            Secret::Ed25519(_) => "whsk_***",
        })
    }
}

/// What signatures are verified with.
#[derive(Clone)]
pub enum VerifyingKey {
    /// HMAC-SHA256.
    Symmetric(Box<[u8]>),
    /// ed25519.
    Ed25519(PublicKey),
}

impl VerifyingKey {
    /// Reads `whsec_`, `whpk_`, and `whsk_`, of which the public part is used.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        if let Some(encoded) = text.strip_prefix(PUBLIC_PREFIX) {
            let octets = from_base64(encoded).ok_or(BadSecret::Encoding)?;
            return public_key(&octets).map(VerifyingKey::Ed25519).ok_or(BadSecret::Key);
        }
        Secret::parse(text).map(|secret| secret.verifying_key()).map_err(|error| match error {
            BadSecret::Prefix(_) => BadSecret::Prefix("whsec_, whpk_ or whsk_"),
            error => error,
        })
    }

    /// Whether one of these signatures fits: each a version and the octets that follow it.
    pub(super) fn accepts(&self, head: &str, body: &[u8], signatures: &[(&str, Vec<u8>)]) -> bool {
        let of = |wanted| signatures.iter().filter(move |(version, _)| *version == wanted).map(|(_, octets)| octets);
        match self {
            VerifyingKey::Symmetric(key) => {
                let tag = symmetric_tag(key, head, body);
                of("v1").any(|octets| tag.is(octets))
            }
            VerifyingKey::Ed25519(key) => {
                let signed = joined(head, body);
                let signatures = of("v1a").filter_map(|octets| Signature::from_slice(octets).ok());
                signatures.into_iter().any(|signature| key.verify_strict(&signed, &signature).is_ok())
            }
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VerifyingKey::Symmetric(_) => formatter.write_str("whsec_***"),
            VerifyingKey::Ed25519(key) => write!(formatter, "{PUBLIC_PREFIX}{}", to_base64(key.as_bytes())),
        }
    }
}

fn symmetric(encoded: &str) -> Result<Box<[u8]>, BadSecret> {
    let octets = from_base64(encoded).ok_or(BadSecret::Encoding)?;
    if SYMMETRIC.contains(&octets.len()) { Ok(octets.into()) } else { Err(BadSecret::Length(octets.len())) }
}

/// A seed, or a seed and the public key that belongs to it.
fn private_key(octets: &[u8]) -> Option<SigningKey> {
    if let Ok(seed) = <&[u8; SECRET_KEY_LENGTH]>::try_from(octets) {
        return Some(SigningKey::from_bytes(seed));
    }
    SigningKey::from_keypair_bytes(<&[u8; KEYPAIR_LENGTH]>::try_from(octets).ok()?).ok()
}

/// A point of small order would accept what nobody signed.
fn public_key(octets: &[u8]) -> Option<PublicKey> {
    let key = PublicKey::from_bytes(octets.try_into().ok()?).ok()?;
    (!key.is_weak()).then_some(key)
}

fn symmetric_tag(key: &[u8], head: &str, body: &[u8]) -> Tag {
    Tag::of(Algorithm::Sha256, key, &[head.as_bytes(), body])
}

fn joined(head: &str, body: &[u8]) -> Vec<u8> {
    [head.as_bytes(), body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: [u8; 32] = {
        let mut seed = [0; 32];
        let mut index = 0;
        while index < 32 {
            seed[index as usize] = index;
            index += 1;
        }
        seed
    };

    #[test]
    fn a_symmetric_secret_is_the_decoded_octets() {
        let secret = Secret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        assert!(matches!(&secret, Secret::Symmetric(key) if key.len() == 24));
        assert_eq!(secret.to_text(), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
        assert_eq!(secret.public_key(), None);
    }

    #[test]
    fn a_new_secret_is_another_each_time() {
        for generate in [Secret::generate, Secret::generate_ed25519] {
            let text = generate().to_text();
            assert_ne!(text, generate().to_text());
            assert_eq!(Secret::parse(&text).unwrap().to_text(), text);
        }
    }

    #[test]
    fn a_private_key_is_written_with_its_public_key_and_read_without_it_too() {
        let public = "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
        let short = Secret::parse(&format!("whsk_{}", to_base64(&SEED))).unwrap();
        assert_eq!(short.public_key().as_deref(), Some(public));
        let text = short.to_text();
        assert_eq!(from_base64(text.strip_prefix("whsk_").unwrap()).unwrap().len(), 64);
        assert_eq!(Secret::parse(&text).unwrap().public_key().as_deref(), Some(public));
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let bad = |text: &str| Secret::parse(text).unwrap_err();
        assert_eq!(bad("C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), BadSecret::Prefix("whsec_ or whsk_"));
        assert_eq!(bad("whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="), BadSecret::Prefix("whsec_ or whsk_"));
        assert_eq!(bad("whsec_"), BadSecret::Length(0));
        assert_eq!(bad(&format!("whsec_{}", to_base64(&[0; 23]))), BadSecret::Length(23));
        assert_eq!(bad(&format!("whsec_{}", to_base64(&[0; 65]))), BadSecret::Length(65));
        assert_eq!(bad("whsec_***"), BadSecret::Encoding);
        assert_eq!(bad("whsk_AQ=="), BadSecret::Key);
        let mut mixed = SEED.to_vec();
        mixed.extend([7; 32]);
        assert_eq!(bad(&format!("whsk_{}", to_base64(&mixed))), BadSecret::Key, "the halves belong together");
    }

    #[test]
    fn a_public_key_that_accepts_anything_is_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let parse = |octets: &[u8]| VerifyingKey::parse(&format!("whpk_{}", to_base64(octets))).map(|_| ());
        assert_eq!(parse(&identity), Err(BadSecret::Key));
        assert_eq!(parse(&[1, 2]), Err(BadSecret::Key));
    }

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        assert_eq!(format!("{secret:?} {:?}", secret.verifying_key()), "whsec_*** whsec_***");
        assert_eq!(format!("{:?}", Secret::generate_ed25519()), "whsk_***");
    }
}
