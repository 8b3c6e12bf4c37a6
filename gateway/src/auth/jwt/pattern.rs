//! One part of a scope: text in which `*` stands for any text, and `{name}` for what the token says.
//!
//! It is cut at its `*` before anything in it is decoded or filled in. So a `*` or `/` in a value, or one that is percent-encoded, is itself and no
//! wildcard: who may choose his own name gains nothing by calling himself `*`.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Stands for the vhost that is asked about.
const VHOST: &str = "vhost";

/// What the variables of a token stand for.
pub(super) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A pattern, with everything filled in but the vhost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// What has to be found in this order, with anything in between. Never empty; one alone is the whole text.
    segments: Vec<Segment>,
}

/// Text between two `*`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Segment(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Vhost,
}

impl Pattern {
    /// `*`.
    pub(super) fn any() -> Self {
        Pattern { segments: vec![Segment::default(), Segment::default()] }
    }

    /// Reads a pattern; `None`: its percent-encoding is broken, or the token has nothing for one of its variables. It matches nothing then.
    pub(super) fn parse(text: &str, variables: Variables<'_>) -> Option<Self> {
        let segments: Option<Vec<_>> = text.split('*').map(|segment| Segment::parse(segment, variables)).collect();
        segments.map(|segments| Pattern { segments })
    }

    /// Whether it matches a text in a vhost, in time proportional to the text: what is found first leaves the most for the rest.
    pub(super) fn matches(&self, text: &str, vhost: &str) -> bool {
        let [first, between @ .., last] = self.segments.as_slice() else {
            return self.segments.iter().all(|only| only.text(vhost) == text);
        };
        let rest = text.strip_prefix(&*first.text(vhost)).and_then(|rest| rest.strip_suffix(&*last.text(vhost)));
        let Some(mut rest) = rest else {
            return false;
        };
        for segment in between {
            let wanted = segment.text(vhost);
            match rest.split_once(&*wanted) {
                Some((_, behind)) => rest = behind,
                None => return false,
            }
        }
        true
    }
}

impl Segment {
    fn parse(mut text: &str, variables: Variables<'_>) -> Option<Self> {
        let mut segment = Segment::default();
        while let Some((before, name, behind)) = next_variable(text) {
            segment.push_text(decoded(before)?);
            match decoded(name)?.as_str() {
                VHOST => segment.0.push(Piece::Vhost),
                name => segment.push_text(variables(name).filter(|value| !value.is_empty())?),
            }
            text = behind;
        }
        segment.push_text(decoded(text)?);
        Some(segment)
    }

    /// Neighbours become one piece, so that most segments are borrowed when they are compared.
    fn push_text(&mut self, text: String) {
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(&text),
            _ => self.0.push(Piece::Text(text)),
        }
    }

    fn text<'a>(&'a self, vhost: &'a str) -> Cow<'a, str> {
        let text = |piece: &'a Piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Vhost => vhost,
        };
        match self.0.as_slice() {
            [] => Cow::Borrowed(""),
            [only] => Cow::Borrowed(text(only)),
            pieces => Cow::Owned(pieces.iter().map(text).collect()),
        }
    }
}

/// What stands before `{name}`, the name, and what stands behind it.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, behind) = rest.split_once('}')?;
    Some((before, name, behind))
}

fn decoded(text: &str) -> Option<String> {
    let is_escape = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|octet| octet.is_ascii_hexdigit());
    if !text.split('%').skip(1).all(is_escape) {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(name: &str) -> Option<String> {
        match name {
            "sub" => Some("ann*/".to_owned()),
            "empty" => Some(String::new()),
            _ => None,
        }
    }

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern, &variables).is_some_and(|pattern| pattern.matches(text, "qa"))
    }

    #[test]
    fn a_wildcard_stands_for_any_text() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "a/b"),
            ("", ""),
            ("orders*", "orders"),
            ("*.eu", "orders.eu"),
            ("a*b*c", "abc"),
            ("a*b*c", "a-b-b-c"),
            ("**a**", "xay"),
            ("a%2Fb", "a/b"),
            ("%2a", "*"),
            ("%C3%A4*", "äb"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("orders", "orders2"),
            ("orders", "Orders"),
            ("ab*ba", "aba"),
            ("a*b*c", "acb"),
            ("*a", "ab"),
            ("%2a", "a"),
            ("a%2Fb", "a%2Fb"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn what_a_variable_stands_for_is_text_and_no_pattern() {
        assert!(matches("q-{sub}", "q-ann*/"));
        assert!(matches("{sub}*", "ann*/x"));
        assert!(!matches("q-{sub}", "q-anna/"));
        assert!(matches("{vhost}-*", "qa-1"));
        assert!(matches("a{vhost}b{sub}", "aqabann*/"));
        assert!(!matches("{vhost}", "{vhost}"));
        assert!(matches("%7Bsub%7D", "{sub}"));
        assert!(matches("a{b", "a{b"));
    }

    #[test]
    fn what_cannot_be_filled_in_or_decoded_matches_nothing() {
        for pattern in ["{nobody}", "{nobody}*", "*{empty}", "{}", "%", "%2", "%zz", "%ff", "*%g0"] {
            assert!(Pattern::parse(pattern, &variables).is_none(), "{pattern}");
        }
    }

    #[test]
    fn a_long_pattern_against_a_long_text_takes_no_long_time() {
        let pattern = "*a".repeat(4_000) + "*b";
        let began = std::time::Instant::now();
        assert!(!matches(&pattern, &"a".repeat(60_000)));
        assert!(began.elapsed().as_secs() < 5);
    }
}
