//! Which pages may connect.
//!
//! A browser tells with `Origin` which site a page came from. Ours are pages that this server served: their origin is
//! the `Host` they now call. That alone would let an attacker point a name of his own here (DNS rebinding), so the
//! host must also be one that no attacker can own: an IP address, `localhost`, or a configured name.

use std::net::IpAddr;

/// The rule for one listener.
#[derive(Debug, Clone)]
pub struct OriginRule {
    allowed: Vec<String>,
    public_hosts: Vec<String>,
}

impl OriginRule {
    /// A rule that also lets pages from `allowed` origins in, and knows the server under `public_hosts`.
    pub fn new(allowed: &[String], public_hosts: &[String]) -> Self {
        let lower = |texts: &[String]| texts.iter().map(|text| text.to_ascii_lowercase()).collect();
        OriginRule { allowed: lower(allowed), public_hosts: lower(public_hosts) }
    }

    /// Whether a request with this `Origin` may go on. No origin: not a browser.
    pub fn allows(&self, origin: Option<&str>, host: Option<&str>) -> bool {
        let Some(origin) = origin.map(str::to_ascii_lowercase) else {
            return true;
        };
        self.is_listed(&origin) || self.is_ours(&origin, host)
    }

    /// Whether the origin is on the list.
    pub fn is_listed(&self, origin: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed == "*" || allowed == origin)
    }

    fn is_ours(&self, origin: &str, host: Option<&str>) -> bool {
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
        rule.allows(Some(origin), Some(host))
    }

    #[test]
    fn pages_that_we_served_are_let_in() {
        assert!(allows("http://127.0.0.1:8080", "127.0.0.1:8080"));
        assert!(allows("http://localhost:8080", "localhost:8080"));
        assert!(allows("http://[::1]:8080", "[::1]:8080"));
        assert!(allows("https://MQ.example.org", "mq.example.org:443"));
        assert!(OriginRule::new(&[], &[]).allows(None, None));
    }

    #[test]
    fn foreign_pages_are_refused_unless_listed() {
        assert!(allows("https://shop.example", "mq.example.org"));
        assert!(!allows("http://shop.example", "mq.example.org"));
        assert!(!allows("https://evil.example", "mq.example.org"));
        assert!(!allows("http://127.0.0.1:3000", "127.0.0.1:8080"));
        assert!(!allows("null", "127.0.0.1:8080"));
        assert!(OriginRule::new(&["*".into()], &[]).allows(Some("null"), None));
    }

    #[test]
    fn a_name_that_an_attacker_points_here_gains_nothing() {
        assert!(!allows("http://evil.example:8080", "evil.example:8080"));
    }
}
