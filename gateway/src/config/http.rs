//! `[http]`: the listener for HTTP and WebSocket, and who may call it from a page.

use super::ConfigError;
use ipnet::IpNet;
use serde::Deserialize;
use std::net::ToSocketAddrs;

/// Settings of the HTTP and WebSocket listener.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Address and port.
    pub listen: String,
    /// Origins of other sites whose pages may connect, such as `https://shop.example`; `*` allows all.
    pub allowed_origins: Vec<String>,
    /// Names under which browsers reach this server, beside IP addresses and `localhost`.
    pub public_hosts: Vec<String>,
    /// Networks of the proxies that are believed what they say of whom they speak for.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether they say it before the first octet, by PROXY protocol version 2.
    pub proxy_protocol: bool,
    /// The path below which everything is: empty, or such as `/wharf`.
    pub base_path: String,
}

impl Http {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        check_address("http.listen", &self.listen)?;
        if self.proxy_protocol && self.trusted_proxies.is_empty() {
            return Err(ConfigError::Invalid(
                "http.proxy_protocol: say in http.trusted_proxies which networks the proxies are in".into(),
            ));
        }
        if !is_base_path(&self.base_path) {
            let reason = format!(
                "http.base_path: {:?} is not empty, nor a path such as \"/wharf\" without a slash at its end",
                self.base_path
            );
            return Err(ConfigError::Invalid(reason));
        }
        match self.allowed_origins.iter().find(|origin| !is_origin(origin)) {
            None => Ok(()),
            Some(origin) => Err(ConfigError::Invalid(format!(
                "http.allowed_origins: {origin:?} is not an origin as browsers send it, such as \"https://shop.example\" (no path, no default port), or \"*\""
            ))),
        }
    }
}

/// Whether a list of origins may have this: `*`, or what a browser sends, letter for letter but for their case. Anything else would never match.
pub(crate) fn is_origin(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let is_sent = |url: url::Url| {
        matches!(url.scheme(), "http" | "https") && !text.contains('*') && url.origin().ascii_serialization() == text
    };
    text == "*" || url::Url::parse(&text).is_ok_and(is_sent)
}

/// Segments of characters that no proxy writes in another way.
fn is_base_path(text: &str) -> bool {
    let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet);
    let is_segment = |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_plain);
    text.is_empty() || text.strip_prefix('/').is_some_and(|path| path.split('/').all(is_segment))
}

/// An address to listen on is a host or IP address with a port.
pub(super) fn check_address(key: &str, address: &str) -> Result<(), ConfigError> {
    let resolves = address.to_socket_addrs().is_ok_and(|mut addresses| addresses.next().is_some());
    let wrong = || format!("{key}: {address:?} is not an address to listen on such as 127.0.0.1:8080");
    resolves.then_some(()).ok_or_else(|| ConfigError::Invalid(wrong()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_what_browsers_send() {
        for good in ["*", "https://shop.example", "http://localhost:5173", "http://[::1]:8080", "HTTPS://Shop.example"]
        {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "null",
            "shop.example",
            "https://",
            "https://shop.example/",
            "https://shop.example/cart",
            "https://shop.example:443",
            "http://shop.example:80",
            "https://*.shop.example",
            "https://u@shop.example",
            "https://shop.example#x",
            "https://shop example",
            "https://m\u{fc}nchen.example",
            "ftp://shop.example",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
