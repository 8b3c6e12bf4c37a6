//! A key, and the algorithms that it takes.
//!
//! The key decides and never the token: a public key that could be used as a secret is the oldest attack on tokens.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use std::ops::RangeInclusive;
use thiserror::Error;

/// Characters of an RSA key's modulus in base64url: 2048 bits at least, since shorter ones can be factored, and 8192 at most, since long ones
/// are slow.
const MODULUS: RangeInclusive<usize> = 342..=1366;

/// Why something is no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadKey {
    /// The file holds something else.
    #[error("is no public key in PEM: it begins with `-----BEGIN PUBLIC KEY-----`")]
    NotPem,
    /// The file holds several.
    #[error("holds more than one key: put each into an issuer of its own, or publish them as a JWKS")]
    Several,
    /// It is a certificate.
    #[error("is a certificate: take the key out of it with `openssl x509 -pubkey -noout`")]
    Certificate,
    /// It must not be here at all.
    #[error("is a private key, which only the issuer may have: take the public one with `openssl pkey -pubout`")]
    Private,
    /// It is of a kind that is not known.
    #[error("is no key of a known kind: RSA of 2048 to 8192 bits, P-256, P-384 or Ed25519")]
    Kind,
}

/// A key that verifies tokens.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// Its name among the keys of a set.
    pub(super) id: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl Key {
    /// A secret.
    pub(super) fn from_secret(secret: &str) -> Self {
        let key = DecodingKey::from_secret(secret.as_bytes());
        Key { id: None, algorithms: key.family().algorithms().to_vec(), key }
    }

    /// The public key of a file.
    pub(super) fn from_pem(text: &str) -> Result<Self, BadKey> {
        if text.matches("-----BEGIN ").count() > 1 {
            return Err(BadKey::Several);
        }
        if text.contains("PRIVATE KEY-----") {
            return Err(BadKey::Private);
        }
        if text.contains("-----BEGIN CERTIFICATE-----") {
            return Err(BadKey::Certificate);
        }
        if !text.contains("PUBLIC KEY-----") {
            return Err(BadKey::NotPem);
        }
        let pem = text.as_bytes();
        let key = DecodingKey::from_rsa_pem(pem)
            .or_else(|_| DecodingKey::from_ec_pem(pem))
            .or_else(|_| DecodingKey::from_ed_pem(pem))
            .map_err(|_| BadKey::Kind)?;
        let jwk = Jwk::from_decoding_key(&key, None).map_err(|_| BadKey::Kind)?;
        Key::from_jwk(&jwk).ok_or(BadKey::Kind)
    }

    /// A key of a set, if it is one that verifies.
    pub(super) fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let is_for_signatures = jwk.common.public_key_use.as_ref().is_none_or(|it| *it == PublicKeyUse::Signature);
        let operations = jwk.common.key_operations.as_ref();
        if !is_for_signatures || operations.is_some_and(|them| !them.contains(&KeyOperations::Verify)) {
            return None;
        }
        let mut algorithms = algorithms(&jwk.algorithm)?.to_vec();
        if let Some(only) = jwk.common.key_algorithm {
            let only = Algorithm::try_from(only).ok()?;
            algorithms.retain(|algorithm| *algorithm == only);
        }
        let key = DecodingKey::from_jwk(jwk).ok()?;
        (!algorithms.is_empty()).then(|| Key { id: jwk.common.key_id.clone(), algorithms, key })
    }

    /// The same key for some of its algorithms; none, if none is left.
    pub(super) fn narrowed(mut self, allowed: &[Algorithm]) -> Option<Self> {
        self.algorithms.retain(|algorithm| allowed.is_empty() || allowed.contains(algorithm));
        (!self.algorithms.is_empty()).then_some(self)
    }

    /// Whether it may be asked about a signature by this algorithm.
    pub(super) fn takes(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    /// Whether it has signed the message. What cannot be a signature is none.
    pub(super) fn has_signed(&self, message: &str, signature: &str, algorithm: Algorithm) -> bool {
        self.takes(algorithm) && crypto::verify(signature, message.as_bytes(), &self.key, algorithm).unwrap_or(false)
    }
}

/// What a public key of this kind takes. A secret in a set would be one that everybody knows.
fn algorithms(kind: &AlgorithmParameters) -> Option<&'static [Algorithm]> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    match kind {
        AlgorithmParameters::RSA(rsa) if MODULUS.contains(&rsa.n.len()) => {
            Some(&[RS256, RS384, RS512, PS256, PS384, PS512])
        }
        AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => Some(&[ES256]),
        AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P384 => Some(&[ES384]),
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Some(&[EdDSA]),
        _ => None,
    }
}
