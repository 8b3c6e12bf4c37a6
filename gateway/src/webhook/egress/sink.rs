//! Where a webhook is delivered to, as its URL says.

use super::AddressRule;
use axum::http::Uri;
use std::net::IpAddr;
use thiserror::Error;
use url::{Host, Url};

/// Octets of a URL.
const URL: usize = 2_048;

/// Ports that a sink may have outside of the networks that are listed.
const PORTS: [u16; 2] = [443, 80];

/// A URL that may be called, for all that can be said before its name is resolved.
#[derive(Debug, Clone)]
pub(in crate::webhook) struct Sink {
    url: Url,
    uri: Uri,
}

/// Why a URL cannot be a sink.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each variant is said by its message")]
pub(in crate::webhook) enum BadSink {
    #[error("{0:?} is no URL such as https://example.org/hook: {1}")]
    NotUrl(String, String),
    #[error("the URL may have {URL} octets")]
    TooLong,
    #[error("only https is allowed, not {0}: (http is, in networks that webhooks.allowed_networks lists)")]
    Scheme(String),
    #[error("a user or password in the URL is not allowed: use sinkcredential or a header of protocolsettings")]
    UserInfo,
    #[error(
        "the port {0} is not allowed: only 443 and 80 are, outside of networks that webhooks.allowed_networks lists"
    )]
    Port(u16),
    #[error("{0} is no public address, and webhooks.allowed_networks does not list it")]
    Address(IpAddr),
}

impl Sink {
    /// Reads a URL as browsers do: `https://127.1/` names 127.0.0.1 here already.
    pub(in crate::webhook) fn parse(text: &str, rule: &AddressRule) -> Result<Sink, BadSink> {
        if text.len() > URL {
            return Err(BadSink::TooLong);
        }
        let mut url = Url::parse(text).map_err(|error| BadSink::NotUrl(text.to_owned(), error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BadSink::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadSink::UserInfo);
        }
        url.set_fragment(None);
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        if let Some(address) = address
            && !rule.permits(address)
        {
            return Err(BadSink::Address(address));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        // A name may turn out to be in a listed network, if there is one: the connector knows.
        if address.map_or(rule.lists_none(), |address| !rule.is_listed(address)) {
            check_public(url.scheme(), port)?;
        }
        let uri = url.as_str().parse().map_err(|error| BadSink::NotUrl(text.to_owned(), format!("{error}")))?;
        Ok(Sink { url, uri })
    }

    /// For a request.
    pub(in crate::webhook) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Scheme, host and port.
    pub(in crate::webhook) fn authority(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Whether its query holds a token.
    pub(in crate::webhook) fn has_token(&self) -> bool {
        self.url.query_pairs().any(|(name, _)| name == "access_token")
    }

    /// For people: a token in the query is not shown.
    pub(in crate::webhook) fn shown(&self) -> String {
        if !self.has_token() {
            return self.url.to_string();
        }
        let pairs = self.url.query_pairs().map(|(name, value)| match &*name {
            "access_token" => (name, "***".into()),
            _ => (name, value),
        });
        let pairs: Vec<_> = pairs.collect();
        let mut shown = self.url.clone();
        shown.query_pairs_mut().clear().extend_pairs(pairs);
        shown.to_string()
    }
}

/// What holds outside of listed networks.
pub(super) fn check_public(scheme: &str, port: u16) -> Result<(), BadSink> {
    match scheme {
        "https" if PORTS.contains(&port) => Ok(()),
        "https" => Err(BadSink::Port(port)),
        scheme => Err(BadSink::Scheme(scheme.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<String, String> {
        let rule = AddressRule::new(&["10.1.0.0/16".parse().unwrap()]);
        Sink::parse(url, &rule).map(|sink| sink.shown()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_may_be_called_is_read() {
        assert_eq!(parse("https://Example.org").unwrap(), "https://example.org/");
        assert_eq!(parse("https://example.org/a?b=c#d").unwrap(), "https://example.org/a?b=c");
        assert_eq!(parse("http://10.1.2.3:9000/x").unwrap(), "http://10.1.2.3:9000/x");
        assert_eq!(parse("https://93.184.216.34/").unwrap(), "https://93.184.216.34/");
    }

    #[test]
    fn a_token_is_not_shown() {
        let shown = parse("https://example.org/?a=1&access_token=secret").unwrap();
        assert!(!shown.contains("secret") && shown.contains("a=1"), "{shown}");
    }

    #[test]
    fn what_must_not_be_called_is_refused_at_once() {
        for url in [
            "ftp://example.org/",
            "file:///etc/passwd",
            "https://user@example.org/",
            "https://:secret@example.org/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "https://10.2.0.1/",
            "https://93.184.216.34:22/",
            "http://93.184.216.34/",
            "https://",
            "example.org/hook",
            "",
        ] {
            assert!(parse(url).is_err(), "{url}");
        }
        assert!(parse(&format!("https://example.org/{}", "x".repeat(URL))).is_err());
    }
}
