//! GitHub: `X-Hub-Signature-256`.

use super::hmac::{Encoding, Scheme, Signed};
use super::mac::Algorithm;

/// What distinguishes deliveries: the same when one is sent again.
pub const DELIVERY: &str = "x-github-delivery";

/// How its requests are signed: the body alone, whatever it is. They have no time.
pub fn scheme() -> Scheme {
    Scheme {
        header: "x-hub-signature-256".into(),
        prefix: "sha256=".into(),
        algorithm: Algorithm::Sha256,
        encoding: Encoding::Hex,
        signed: Signed::body(),
        timestamp_header: None,
        id_header: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Unverified, Window};
    use super::*;
    use axum::http::HeaderMap;

    const SECRET: &[u8] = b"It's a Secret to Everybody";
    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn verify(signature: &str, body: &[u8]) -> Result<(), Unverified> {
        let headers = HeaderMap::from_iter([("X-Hub-Signature-256".parse().unwrap(), signature.parse().unwrap())]);
        scheme().verify(&[b"other", SECRET], &headers, body, Window { now: 5, tolerance: 0 })
    }

    #[test]
    fn the_documented_example_fits() {
        assert_eq!(verify(SIGNATURE, b"Hello, World!"), Ok(()));
        assert_eq!(verify(SIGNATURE, b"Hello, World?"), Err(Unverified::Wrong));
        assert_eq!(verify(SIGNATURE.trim_start_matches("sha256="), b"Hello, World!"), Err(Unverified::Wrong));
        assert_eq!(verify("sha256=", b"Hello, World!"), Err(Unverified::Wrong));
    }
}
