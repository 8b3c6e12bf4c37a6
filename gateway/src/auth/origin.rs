//! Which pages may connect.
//!
//! A browser tells with `Origin` which site a page came from. Ours are pages that this server served: their origin is
//! the `Host` they now call. That alone would let an attacker point a name of his own here (DNS rebinding), so the
//! host must also be one that no attacker can own: an IP address, `localhost`, or a configured name.

use super::vhost_origins::ANY;
use super::{Realm, VhostOrigins};
use crate::config::is_origin;
use std::net::IpAddr;
use std::sync::Arc;
use thiserror::Error;

/// Origins that a vhost may list.
const MOST: usize = 100;

/// Octets of an origin: those of the longest name, with its scheme and port.
const LONGEST: usize = 300;

/// The rule for the listener that browsers reach, and for the vhosts behind it.
#[derive(Debug, Clone)]
pub struct OriginRule {
    allowed: Vec<String>,
    public_hosts: Vec<String>,
    vhosts: Arc<VhostOrigins>,
    /// Whether a vhost may let all pages in.
    vhosts_may_list_any: bool,
}

/// What a vhost cannot have as its list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadOrigins {
    /// It is too long.
    #[error("allowed_origins: {MOST} are enough, not {0}")]
    TooMany(usize),
    /// Something in it is no origin.
    #[error(
        "allowed_origins: {0:?} is not an origin as browsers send it, such as \"https://shop.example\" (no path, no default port, {LONGEST} octets at most), or \"*\""
    )]
    NoOrigin(String),
    /// It has all of them.
    #[error(
        "allowed_origins: a browser sends the cookie of auth.cookie whoever asks, so the sites must be named, and not be \"*\""
    )]
    Any,
}

impl OriginRule {
    /// A rule that also lets pages from `allowed` origins in, and knows the server under `public_hosts`.
    pub fn new(allowed: &[String], public_hosts: &[String]) -> Self {
        let lower = |texts: &[String]| texts.iter().map(|text| text.to_ascii_lowercase()).collect();
        OriginRule {
            allowed: lower(allowed),
            public_hosts: lower(public_hosts),
            vhosts: Arc::default(),
            vhosts_may_list_any: true,
        }
    }

    /// The same, where vhosts have these lists. `may_list_any`: one may let all pages in, which must not be where a cookie logs in.
    #[must_use]
    pub fn with_vhosts(self, vhosts: Arc<VhostOrigins>, may_list_any: bool) -> Self {
        OriginRule { vhosts, vhosts_may_list_any: may_list_any, ..self }
    }

    /// Whether a vhost may have this list.
    pub fn check_list(&self, list: &[String]) -> Result<(), BadOrigins> {
        if list.len() > MOST {
            return Err(BadOrigins::TooMany(list.len()));
        }
        if let Some(bad) = list.iter().find(|origin| origin.len() > LONGEST || !is_origin(origin)) {
            return Err(BadOrigins::NoOrigin(bad.chars().take(LONGEST).collect()));
        }
        // One that was kept before there was a cookie does not count.
        match self.vhosts_may_list_any || !list.iter().any(|origin| origin == ANY) {
            true => Ok(()),
            false => Err(BadOrigins::Any),
        }
    }

    /// Whether an origin, in lower case, is on the list that decides about this: a vhost's own comes in place of the listener's.
    pub(super) fn lists(&self, origin: &str, realm: Realm<'_>) -> bool {
        let is_listed = || self.allowed.iter().any(|allowed| allowed == ANY || allowed == origin);
        match realm {
            Realm::Server => is_listed(),
            Realm::Vhost(vhost) => self.vhosts.lists(vhost, origin, self.vhosts_may_list_any).unwrap_or_else(is_listed),
            Realm::Later => is_listed() || self.vhosts.any_lists(origin, self.vhosts_may_list_any),
        }
    }

    /// Whether this server served the page of an origin, in lower case, that calls it by this host.
    pub(super) fn is_ours(&self, origin: &str, host: Option<&str>) -> bool {
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        let (Some(authority), Some(host)) = (authority, host) else {
            return false;
        };
        let default_port = if origin.starts_with("https") { ":443" } else { ":80" };
        let same = |a: &str, b: &str| a == b || a.strip_suffix(default_port) == Some(b);
        let host = host.to_ascii_lowercase();
        (same(authority, &host) || same(&host, authority)) && self.knows(authority)
    }

    /// Whether this is a name of the server that no attacker can own. Browsers send no origin with a page's own reads, so
    /// who was led here by another name must not be taken for who is at this machine.
    pub fn knows(&self, authority: &str) -> bool {
        let authority = authority.to_ascii_lowercase();
        let name = match authority.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => name,
            _ => &authority,
        };
        let address = name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost"
            || address.parse::<IpAddr>().is_ok()
            || self.public_hosts.iter().any(|public| public == name || *public == authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(origin: &str, host: &str) -> bool {
        let rule = OriginRule::new(&["https://shop.example".into()], &["mq.example.org".into()]);
        let origin = origin.to_ascii_lowercase();
        rule.lists(&origin, Realm::Server) || rule.is_ours(&origin, Some(host))
    }

    #[test]
    fn pages_that_we_served_are_let_in() {
        assert!(allows("http://127.0.0.1:8080", "127.0.0.1:8080"));
        assert!(allows("http://localhost:8080", "localhost:8080"));
        assert!(allows("http://[::1]:8080", "[::1]:8080"));
        assert!(allows("https://MQ.example.org", "mq.example.org:443"));
    }

    #[test]
    fn foreign_pages_are_refused_unless_listed() {
        assert!(allows("https://shop.example", "mq.example.org"));
        assert!(!allows("http://shop.example", "mq.example.org"));
        assert!(!allows("https://evil.example", "mq.example.org"));
        assert!(!allows("http://127.0.0.1:3000", "127.0.0.1:8080"));
        assert!(!allows("null", "127.0.0.1:8080"));
        assert!(OriginRule::new(&["*".into()], &[]).lists("null", Realm::Server));
    }

    #[test]
    fn a_name_that_an_attacker_points_here_gains_nothing() {
        assert!(!allows("http://evil.example:8080", "evil.example:8080"));
    }

    #[test]
    fn a_list_is_of_origins_and_not_without_end() {
        let rule = OriginRule::new(&[], &[]);
        let check = |list: &[&str]| rule.check_list(&list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(check(&["https://shop.example", "http://[::1]:3000", "*"]), Ok(()));
        for bad in ["", "null", "shop.example", "https://shop.example/", "https://"] {
            assert_eq!(check(&["https://shop.example", bad]), Err(BadOrigins::NoOrigin(bad.to_owned())));
        }
        assert!(check(&[&format!("https://{}", "x".repeat(LONGEST))]).is_err());
        assert_eq!(check(&["*"; MOST]), Ok(()));
        assert_eq!(check(&["*"; MOST + 1]), Err(BadOrigins::TooMany(MOST + 1)));
    }

    #[test]
    fn where_a_cookie_logs_in_no_vhost_lets_all_pages_in() {
        let vhosts = Arc::new(VhostOrigins::default());
        vhosts.set(&"a".into(), Some(&["*".to_owned()]));
        let rule = OriginRule::new(&["https://shop.example".into()], &[]).with_vhosts(vhosts, false);
        assert_eq!(rule.check_list(&["*".to_owned()]), Err(BadOrigins::Any));
        for origin in ["https://evil.example", "https://shop.example"] {
            assert!(!rule.lists(origin, Realm::Vhost("a")), "{origin}");
        }
        assert!(!rule.lists("https://evil.example", Realm::Later));
    }
}
