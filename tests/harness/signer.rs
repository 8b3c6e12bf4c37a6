//! One who makes tokens (JSON Web Tokens, RFC 7519), right and wrong ones.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rcgen::{KeyPair, PKCS_ED25519, PKCS_RSA_SHA256, PublicKeyData, SigningKey};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};

/// A key, and what it signs with.
#[derive(Debug)]
pub struct Signer(Key);

#[derive(Debug)]
enum Key {
    Secret(Vec<u8>),
    Pair { pair: KeyPair, algorithm: &'static str },
}

impl Signer {
    /// One who shares a secret with the server: HS256.
    pub fn secret(secret: impl AsRef<[u8]>) -> Signer {
        Signer(Key::Secret(secret.as_ref().to_vec()))
    }

    /// One with a new RSA key: RS256.
    pub fn rsa() -> Signer {
        let pair = KeyPair::generate_for(&PKCS_RSA_SHA256).expect("there is chance");
        Signer(Key::Pair { pair, algorithm: "RS256" })
    }

    /// One with a new Ed25519 key: EdDSA.
    pub fn ed25519() -> Signer {
        let pair = KeyPair::generate_for(&PKCS_ED25519).expect("there is chance");
        Signer(Key::Pair { pair, algorithm: "EdDSA" })
    }

    /// Its public key in PEM.
    pub fn public_pem(&self) -> String {
        self.pair().public_key_pem()
    }

    /// Its public key, which is Ed25519, as one of a set (RFC 8037).
    pub fn jwk(&self, id: &str) -> Value {
        assert_eq!(self.algorithm(), "EdDSA", "only this one is so simple to write");
        let key = BASE64_URL_SAFE_NO_PAD.encode(self.pair().der_bytes());
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": id, "x": key })
    }

    fn pair(&self) -> &KeyPair {
        match &self.0 {
            Key::Pair { pair, .. } => pair,
            Key::Secret(_) => panic!("a secret has no public key"),
        }
    }

    /// The name of its algorithm.
    pub fn algorithm(&self) -> &'static str {
        match &self.0 {
            Key::Pair { algorithm, .. } => algorithm,
            Key::Secret(_) => "HS256",
        }
    }

    /// A token with these claims.
    pub fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({ "alg": self.algorithm(), "typ": "JWT" }), claims)
    }

    /// A token with a header that may say anything.
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        self.sign(&format!("{}.{}", encoded(&header.to_string()), encoded(&claims.to_string())))
    }

    /// Anything, and its signature.
    pub fn sign(&self, message: &str) -> String {
        let signature = match &self.0 {
            Key::Pair { pair, .. } => pair.sign(message.as_bytes()).expect("the key signs"),
            Key::Secret(secret) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key has any length");
                mac.update(message.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
        };
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A part of a token.
pub fn encoded(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_secs()
}

/// Claims of a token that ends in so many seconds.
pub fn claims(subject: &str, seconds: u64, scope: &str) -> Value {
    json!({ "sub": subject, "exp": now() + seconds, "scope": scope })
}
