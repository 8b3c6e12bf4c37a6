//! `[http]`: the listener for HTTP and WebSocket, and who may call it from a page.

use super::ConfigError;
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
}

impl Http {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        check_address("http.listen", &self.listen)?;
        match self.allowed_origins.iter().find(|origin| !is_origin(origin)) {
            None => Ok(()),
            Some(origin) => Err(ConfigError::Invalid(format!(
                "http.allowed_origins: {origin:?} is not an origin such as \"https://shop.example\" (no path), or \"*\""
            ))),
        }
    }
}

fn is_origin(text: &str) -> bool {
    let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    text == "*" || authority.is_some_and(|authority| !authority.is_empty() && !authority.contains('/'))
}

/// An address to listen on is a host or IP address with a port.
pub(super) fn check_address(key: &str, address: &str) -> Result<(), ConfigError> {
    let resolves = address.to_socket_addrs().is_ok_and(|mut addresses| addresses.next().is_some());
    let wrong = || format!("{key}: {address:?} is not an address to listen on such as 127.0.0.1:8080");
    resolves.then_some(()).ok_or_else(|| ConfigError::Invalid(wrong()))
}
