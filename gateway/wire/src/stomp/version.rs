//! Protocol versions and how the two sides agree on one (STOMP 1.2, "Protocol Negotiation").

use std::fmt;

/// A version of STOMP. Later versions compare greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// STOMP 1.0: no escapes, no heart-beats, `message-id` names a delivery.
    V1_0,
    /// STOMP 1.1: escapes without `\r`, heart-beats, NACK.
    V1_1,
    /// STOMP 1.2: CR LF line ends, `\r`, the `ack` header.
    V1_2,
}

impl Version {
    /// All versions, newest first: the order of preference.
    pub const ALL: [Version; 3] = [Version::V1_2, Version::V1_1, Version::V1_0];

    /// The text of the `version` and `accept-version` headers.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V1_0 => "1.0",
            Version::V1_1 => "1.1",
            Version::V1_2 => "1.2",
        }
    }

    /// The registered WebSocket subprotocol of this version.
    pub fn subprotocol(self) -> &'static str {
        match self {
            Version::V1_0 => "v10.stomp",
            Version::V1_1 => "v11.stomp",
            Version::V1_2 => "v12.stomp",
        }
    }

    /// Reads the text of a `version` header.
    pub fn parse(text: &str) -> Option<Version> {
        Version::ALL.into_iter().find(|version| version.as_str() == text.trim())
    }

    /// The newest version of an `accept-version` list; a missing header means 1.0. `None`: nothing in common.
    pub fn negotiate(accept_version: Option<&str>) -> Option<Version> {
        let Some(offered) = accept_version else {
            return Some(Version::V1_0);
        };
        offered.split(',').filter_map(Version::parse).max()
    }

    /// The newest version of a list of WebSocket subprotocol names. `None`: none of them is STOMP.
    pub fn select_subprotocol<'a>(offered: impl IntoIterator<Item = &'a str>) -> Option<Version> {
        offered.into_iter().filter_map(|name| Version::ALL.into_iter().find(|v| v.subprotocol() == name.trim())).max()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_common_version_wins_whatever_the_order() {
        assert_eq!(Version::negotiate(Some("1.0,1.2,1.1")), Some(Version::V1_2));
        assert_eq!(Version::negotiate(Some("1.1, 1.0")), Some(Version::V1_1));
        assert_eq!(Version::negotiate(Some("1.3,1.1")), Some(Version::V1_1));
        assert_eq!(Version::negotiate(None), Some(Version::V1_0));
        assert_eq!(Version::negotiate(Some("2.0")), None);
        assert_eq!(Version::negotiate(Some("")), None);
    }

    #[test]
    fn a_subprotocol_is_selected_from_what_was_offered() {
        assert_eq!(Version::select_subprotocol(["v10.stomp", "v12.stomp"]), Some(Version::V1_2));
        assert_eq!(Version::select_subprotocol(["mqtt", " v11.stomp"]), Some(Version::V1_1));
        assert_eq!(Version::select_subprotocol(["mqtt"]), None);
    }
}
