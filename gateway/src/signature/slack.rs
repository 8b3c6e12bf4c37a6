//! Slack: `X-Slack-Signature`.

use super::hmac::{Encoding, Scheme, Signed};
use super::mac::Algorithm;

/// How its requests are signed.
pub fn scheme() -> Scheme {
    Scheme {
        header: "x-slack-signature".into(),
        prefix: "v0=".into(),
        algorithm: Algorithm::Sha256,
        encoding: Encoding::Hex,
        signed: Signed::slack(),
        timestamp_header: Some("x-slack-request-timestamp".into()),
        id_header: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Unverified, Window};
    use super::*;
    use axum::http::HeaderMap;

    /// The example of Slack's documentation.
    const SECRET: &[u8] = b"8f742231b10e8888abcd99yyyzzz85a5";
    const BODY: &[u8] = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    fn verify(time: &str, now: u64) -> Result<(), Unverified> {
        let headers = HeaderMap::from_iter([
            ("x-slack-signature".parse().unwrap(), SIGNATURE.parse().unwrap()),
            ("x-slack-request-timestamp".parse().unwrap(), time.parse().unwrap()),
        ]);
        scheme().verify(&[SECRET], &headers, BODY, Window { now, tolerance: 300 })
    }

    #[test]
    fn the_documented_example_fits() {
        assert_eq!(verify("1531420618", 1_531_420_618), Ok(()));
        assert_eq!(verify("1531420619", 1_531_420_618), Err(Unverified::Wrong));
        assert_eq!(verify("1531420618", 1_531_420_919), Err(Unverified::TooOld(301)));
    }
}
