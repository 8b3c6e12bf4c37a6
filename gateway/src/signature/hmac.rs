//! HMACs of other services, as they are configured: in which header, of what, and how they are written.

use super::encoding::{from_base64, from_hex, to_base64, to_hex};
pub use super::mac::Algorithm;
use super::mac::Tag;
use super::unverified::text;
use super::window::seconds;
use super::{Unverified, Window};
use axum::http::HeaderMap;
use thiserror::Error;

/// How octets are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal digits.
    Hex,
    /// Base64, of the standard alphabet.
    Base64,
}

/// A way to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// The header with the signature.
    pub header: String,
    /// What stands before the signature there.
    pub prefix: String,
    /// The hash.
    pub algorithm: Algorithm,
    /// How the signature is written.
    pub encoding: Encoding,
    /// What is signed.
    pub signed: Signed,
    /// The header with the time, in seconds since 1970. What has one is not believed for ever.
    pub timestamp_header: Option<String>,
    /// The header with the id.
    pub id_header: Option<String>,
}

impl Scheme {
    /// Whether one of these secrets signed it, within the window if there is a time.
    pub fn verify(
        &self,
        secrets: &[&[u8]],
        headers: &HeaderMap,
        body: &[u8],
        window: Window,
    ) -> Result<(), Unverified> {
        let given = text(headers, &self.header)?.strip_prefix(&*self.prefix).ok_or(Unverified::Wrong)?;
        let given = match self.encoding {
            Encoding::Hex => from_hex(given),
            Encoding::Base64 => from_base64(given),
        };
        let given = given.ok_or(Unverified::Wrong)?;
        let time = self.timestamp_header.as_deref().map(|name| Ok((text(headers, name)?, name))).transpose()?;
        let id = self.id_header.as_deref().map(|name| text(headers, name)).transpose()?;
        let parts = self.signed.parts(time.map(|(time, _)| time), id, body);
        if !secrets.iter().any(|secret| Tag::of(self.algorithm, secret, &parts).is(&given)) {
            return Err(Unverified::Wrong);
        }
        time.map_or(Ok(()), |(time, name)| window.check(seconds(time, name)?))
    }

    /// The signature's header, as this secret makes it.
    pub fn sign(&self, secret: &[u8], time: Option<&str>, id: Option<&str>, body: &[u8]) -> String {
        let tag = Tag::of(self.algorithm, secret, &self.signed.parts(time, id, body));
        let encode = match self.encoding {
            Encoding::Hex => to_hex,
            Encoding::Base64 => to_base64,
        };
        format!("{}{}", self.prefix, encode(tag.octets()))
    }
}

/// What is signed: literal text, the time, the id, and the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Timestamp,
    Id,
    Body,
}

/// Why a template is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadTemplate {
    /// The body is not signed, so anybody could change it.
    #[error("the template has to hold {{body}}, once: what is not signed could be changed by anybody")]
    Body,
    /// A placeholder is not known.
    #[error("{{{0}}} is not known: write {{timestamp}}, {{id}} or {{body}}")]
    Unknown(String),
    /// A brace stands alone.
    #[error("a brace stands alone: placeholders are {{timestamp}}, {{id}} and {{body}}")]
    Brace,
}

impl Signed {
    /// Reads a template such as `{timestamp}.{body}`.
    pub fn parse(template: &str) -> Result<Self, BadTemplate> {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some((literal, behind)) = rest.split_once('{') {
            let (name, behind) = behind.split_once('}').ok_or(BadTemplate::Brace)?;
            parts.extend(literal_part(literal)?);
            parts.push(match name {
                "timestamp" => Part::Timestamp,
                "id" => Part::Id,
                "body" => Part::Body,
                other => return Err(BadTemplate::Unknown(other.to_owned())),
            });
            rest = behind;
        }
        parts.extend(literal_part(rest)?);
        if parts.iter().filter(|part| **part == Part::Body).count() != 1 {
            return Err(BadTemplate::Body);
        }
        Ok(Signed(parts))
    }

    /// The body alone.
    pub fn body() -> Self {
        Signed(vec![Part::Body])
    }

    /// `v0:{timestamp}:{body}`.
    pub(super) fn slack() -> Self {
        Signed(vec![Part::Literal("v0:".into()), Part::Timestamp, Part::Literal(":".into()), Part::Body])
    }

    /// Whether the time is signed.
    pub fn has_timestamp(&self) -> bool {
        self.0.contains(&Part::Timestamp)
    }

    /// Whether the id is signed.
    pub fn has_id(&self) -> bool {
        self.0.contains(&Part::Id)
    }

    fn parts<'a>(&'a self, time: Option<&'a str>, id: Option<&'a str>, body: &'a [u8]) -> Vec<&'a [u8]> {
        let part = |part: &'a Part| match part {
            Part::Literal(text) => text.as_bytes(),
            Part::Timestamp => time.unwrap_or_default().as_bytes(),
            Part::Id => id.unwrap_or_default().as_bytes(),
            Part::Body => body,
        };
        self.0.iter().map(part).collect()
    }
}

fn literal_part(text: &str) -> Result<Option<Part>, BadTemplate> {
    if text.contains('}') {
        return Err(BadTemplate::Brace);
    }
    Ok((!text.is_empty()).then(|| Part::Literal(text.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { now: 1_000, tolerance: 300 };

    fn scheme(signed: &str) -> Scheme {
        let signed = Signed::parse(signed).unwrap();
        Scheme {
            header: "x-signature".into(),
            prefix: "mac=".into(),
            algorithm: Algorithm::Sha512,
            encoding: Encoding::Base64,
            timestamp_header: signed.has_timestamp().then(|| "x-time".into()),
            id_header: signed.has_id().then(|| "x-id".into()),
            signed,
        }
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn each_template_signs_what_it_says() {
        for (template, equal) in [
            ("{body}", "b"),
            ("{timestamp}.{body}", "900.b"),
            ("{id}.{timestamp}.{body}", "7.900.b"),
            ("v0:{timestamp}:{body}", "v0:900:b"),
        ] {
            let scheme = scheme(template);
            let signature = scheme.sign(b"key", Some("900"), Some("7"), b"b");
            assert_eq!(signature, self::scheme("{body}").sign(b"key", None, None, equal.as_bytes()), "{template}");
            let headers = headers(&[("x-signature", &signature), ("x-time", "900"), ("x-id", "7")]);
            assert_eq!(scheme.verify(&[b"old", b"key"], &headers, b"b", WINDOW), Ok(()), "{template}");
            assert_eq!(scheme.verify(&[b"old"], &headers, b"b", WINDOW), Err(Unverified::Wrong), "{template}");
            assert_eq!(scheme.verify(&[b"key"], &headers, b"c", WINDOW), Err(Unverified::Wrong), "{template}");
        }
    }

    #[test]
    fn a_time_has_to_be_there_and_near() {
        let scheme = scheme("{timestamp}.{body}");
        let signature = scheme.sign(b"key", Some("699"), None, b"b");
        let missing = headers(&[("x-signature", &signature)]);
        assert_eq!(scheme.verify(&[b"key"], &missing, b"b", WINDOW), Err(Unverified::Missing("x-time".into())));
        let old = headers(&[("x-signature", &signature), ("x-time", "699")]);
        assert_eq!(scheme.verify(&[b"key"], &old, b"b", WINDOW), Err(Unverified::TooOld(301)));
    }

    #[test]
    fn hexadecimal_signatures_may_be_in_upper_case() {
        let scheme = Scheme { encoding: Encoding::Hex, prefix: String::new(), ..scheme("{body}") };
        let signature = scheme.sign(b"key", None, None, b"b").to_ascii_uppercase();
        assert_eq!(scheme.verify(&[b"key"], &headers(&[("x-signature", &signature)]), b"b", WINDOW), Ok(()));
    }

    #[test]
    fn a_template_signs_the_body_and_knows_its_placeholders() {
        assert_eq!(Signed::parse("{timestamp}"), Err(BadTemplate::Body));
        assert_eq!(Signed::parse("{body}{body}"), Err(BadTemplate::Body));
        assert_eq!(Signed::parse("{url}.{body}"), Err(BadTemplate::Unknown("url".into())));
        assert_eq!(Signed::parse("{body"), Err(BadTemplate::Brace));
        assert_eq!(Signed::parse("}{body}"), Err(BadTemplate::Brace));
    }
}
