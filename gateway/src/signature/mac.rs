//! HMAC (RFC 2104).

use hmac::Hmac;
use hmac::digest::KeyInit;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

/// The hash that an HMAC is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// What an HMAC gives.
pub(super) struct Tag(Vec<u8>);

impl Tag {
    /// Of these parts, one behind the other.
    pub(super) fn of(algorithm: Algorithm, key: &[u8], parts: &[&[u8]]) -> Self {
        Tag(match algorithm {
            Algorithm::Sha256 => tag::<Hmac<Sha256>>(key, parts),
            Algorithm::Sha512 => tag::<Hmac<Sha512>>(key, parts),
        })
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is this one. How long that takes does not tell how much of it fits.
    pub(super) fn is(&self, other: &[u8]) -> bool {
        self.0.ct_eq(other).into()
    }
}

fn tag<M: hmac::Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("a key of an HMAC may have any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::super::encoding::to_hex;
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn the_parts_are_one_text() {
        let of = |algorithm| to_hex(Tag::of(algorithm, b"Jefe", &[b"what do ya ", b"want for nothing?"]).octets());
        assert_eq!(of(Algorithm::Sha256), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_eq!(
            of(Algorithm::Sha512),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        );
    }

    #[test]
    fn a_part_of_a_tag_is_not_the_tag() {
        let tag = Tag::of(Algorithm::Sha256, b"key", &[b"a"]);
        assert!(tag.is(tag.octets()));
        assert!(!tag.is(&tag.octets()[..31]));
        assert!(!tag.is(b""));
    }
}
