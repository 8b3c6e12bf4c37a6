//! For tests: keys that are made at run time, and tokens of all sorts.

use super::{Invalid, Token, Verifier};
use crate::config::{Config, DEFAULT_FILE, Jwt};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use figment::Figment;
use figment::providers::{Format, Toml};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, crypto};
use rcgen::{KeyPair, PublicKeyData, SignatureAlgorithm};
use serde_json::{Value, json};
use std::io::Write;
use tempfile::NamedTempFile;

/// What all tests take for now, in seconds since 1970.
pub(super) const NOW: u64 = 1_800_000_000;

/// A secret as settings have it, and its line in them.
pub(super) const SECRET: &str = "a-secret-of-at-least-thirty-two-octets";
pub(super) const SECRET_LINE: &str = "secret = \"a-secret-of-at-least-thirty-two-octets\"";

/// One who signs.
pub(super) struct Signer {
    pub(super) algorithm: Algorithm,
    key: EncodingKey,
    public: String,
}

impl Signer {
    pub(super) fn hmac(secret: &str) -> Self {
        let key = EncodingKey::from_secret(secret.as_bytes());
        Signer { algorithm: Algorithm::HS256, key, public: String::new() }
    }

    pub(super) fn rsa() -> Self {
        Signer::of(&rcgen::PKCS_RSA_SHA256, Algorithm::RS256, EncodingKey::from_rsa_pem)
    }

    pub(super) fn p256() -> Self {
        Signer::of(&rcgen::PKCS_ECDSA_P256_SHA256, Algorithm::ES256, EncodingKey::from_ec_pem)
    }

    pub(super) fn p384() -> Self {
        Signer::of(&rcgen::PKCS_ECDSA_P384_SHA384, Algorithm::ES384, EncodingKey::from_ec_pem)
    }

    pub(super) fn ed25519() -> Self {
        Signer::of(&rcgen::PKCS_ED25519, Algorithm::EdDSA, EncodingKey::from_ed_pem)
    }

    fn of(
        kind: &'static SignatureAlgorithm,
        algorithm: Algorithm,
        read: fn(&[u8]) -> jsonwebtoken::errors::Result<EncodingKey>,
    ) -> Self {
        let pair = KeyPair::generate_for(kind).unwrap();
        let key = read(pair.serialize_pem().as_bytes()).unwrap();
        let public = pem(&pair.subject_public_key_info());
        Signer { algorithm, key, public }
    }

    pub(super) fn with(self, algorithm: Algorithm) -> Self {
        Signer { algorithm, ..self }
    }

    /// The public key, in PEM.
    pub(super) fn public(&self) -> &str {
        &self.public
    }

    /// The public key, as one of a set.
    pub(super) fn jwk(&self, id: &str) -> Value {
        let pem = self.public.as_bytes();
        let key = match self.key.family() {
            AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(pem),
            AlgorithmFamily::Ec => DecodingKey::from_ec_pem(pem),
            _ => DecodingKey::from_ed_pem(pem),
        };
        let mut jwk = serde_json::to_value(Jwk::from_decoding_key(&key.unwrap(), None).unwrap()).unwrap();
        jwk["kid"] = json!(id);
        jwk
    }

    /// A token with these claims.
    pub(super) fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({ "alg": format!("{:?}", self.algorithm) }), claims)
    }

    /// A token with a header that may say anything.
    pub(super) fn token_with(&self, header: &Value, claims: &Value) -> String {
        self.sign(&format!("{}.{}", encoded(&header.to_string()), encoded(&claims.to_string())))
    }

    /// Anything, signed.
    pub(super) fn sign(&self, message: &str) -> String {
        format!("{message}.{}", crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap())
    }
}

pub(super) fn encoded(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

fn pem(der: &[u8]) -> String {
    let encoded = base64::prelude::BASE64_STANDARD.encode(der);
    format!("-----BEGIN PUBLIC KEY-----\n{encoded}\n-----END PUBLIC KEY-----\n")
}

/// Claims of a token that is good.
pub(super) fn claims() -> Value {
    json!({ "sub": "ann", "exp": NOW + 60, "iat": NOW, "scope": "read:%2F/orders*" })
}

/// The claims with one of them changed.
pub(super) fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

/// The defaults, and what stands below `[auth.jwt]`.
pub(super) fn settings(lines: &str) -> Jwt {
    let toml = format!("[auth.jwt]\n{lines}");
    let sources = Figment::from(Toml::string(DEFAULT_FILE)).merge(Toml::string(&toml));
    sources.extract::<Config>().unwrap().auth.jwt
}

pub(super) fn verifier(lines: &str) -> Verifier {
    Verifier::new(&settings(lines)).unwrap()
}

/// A file that a setting may name, which lasts as long as what is returned.
pub(super) fn file(text: &str) -> (NamedTempFile, String) {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let line = format!("public_key_file = {:?}", file.path());
    (file, line)
}

/// A verifier with one public key.
pub(super) fn verifier_of(signer: &Signer, lines: &str) -> Verifier {
    let (_file, line) = file(signer.public());
    verifier(&format!("{line}\n{lines}"))
}

pub(super) async fn verify(verifier: &Verifier, token: &str) -> Result<Token, Invalid> {
    verifier.verify(token, NOW).await
}
