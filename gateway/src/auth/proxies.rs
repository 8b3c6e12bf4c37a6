//! The proxies in front of this server, and what they say of whom they speak for (RFC 7239, and what was usual before it).

use super::Peer;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

const FORWARDED: HeaderName = axum::http::header::FORWARDED;
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The networks of proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    networks: Arc<[IpNet]>,
}

/// A request as the client sent it to the proxy, as far as that says so.
#[derive(Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// Who sent it.
    pub peer: Peer,
    /// Which host the client called.
    pub host: Option<HeaderValue>,
    /// Whether the client used https.
    pub is_secure: Option<bool>,
}

impl Proxies {
    /// Those in these networks.
    pub fn new(networks: &[IpNet]) -> Self {
        Proxies { networks: networks.into() }
    }

    /// Whether this is one.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// What a proxy says of a request; `None`: it comes from none, or nothing is said.
    pub fn look_through(&self, peer: Peer, headers: &HeaderMap) -> Option<Forwarded> {
        if self.networks.is_empty() || !self.contains(peer.address.ip()) {
            return None;
        }
        // Who sets one of the two often lets the other through, which a client can write. The older is set by more proxies.
        let hops = match headers.contains_key(&FORWARDED_FOR) {
            true => hops_of_list(headers),
            false => hops_of_forwarded(headers)?,
        };
        let last = |name: HeaderName| {
            let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
            value.rsplit(',').next().map(str::trim)
        };
        let host = last(FORWARDED_HOST).map(str::to_owned).or_else(|| hops.last()?.host.clone());
        let proto = last(FORWARDED_PROTO).map(str::to_owned).or_else(|| hops.last()?.proto.clone());
        Some(Forwarded {
            peer: Peer { address: self.client(&hops).unwrap_or(peer.address), indirect: true },
            host: host.and_then(|host| HeaderValue::try_from(host).ok()),
            is_secure: proto.map(|proto| proto.eq_ignore_ascii_case("https")),
        })
    }

    /// The last address that is no proxy's: what stands before it, the client may have written. An address that cannot be read
    /// ends the search, since it says that nobody is known.
    fn client(&self, hops: &[Hop]) -> Option<SocketAddr> {
        let mut client = None;
        for hop in hops.iter().rev() {
            client = Some(hop.address?);
            if client.is_some_and(|client| !self.contains(client.ip())) {
                break;
            }
        }
        client
    }
}

/// What one proxy says of whom it heard.
#[derive(Debug, Default)]
struct Hop {
    address: Option<SocketAddr>,
    host: Option<String>,
    proto: Option<String>,
}

/// Of `X-Forwarded-For`: addresses, and nothing else.
fn hops_of_list(headers: &HeaderMap) -> Vec<Hop> {
    let values = headers.get_all(FORWARDED_FOR).into_iter().map(|value| value.to_str().unwrap_or_default());
    values.flat_map(|value| value.split(',')).map(|part| Hop { address: node(part.trim()), ..Hop::default() }).collect()
}

/// Of `Forwarded`; `None`: it is missing, or nothing in it can be relied upon.
fn hops_of_forwarded(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let mut hops = Vec::new();
    for value in headers.get_all(FORWARDED) {
        for element in split(value.to_str().ok()?, ',')? {
            let mut hop = Hop::default();
            for (name, value) in split(element, ';')?.into_iter().filter_map(|pair| pair.split_once('=')) {
                let value = value.trim().trim_matches('"');
                match name.trim().to_ascii_lowercase().as_str() {
                    "for" => hop.address = node(value),
                    "host" => hop.host = Some(value.to_owned()),
                    "proto" => hop.proto = Some(value.to_owned()),
                    _ => {}
                }
            }
            hops.push(hop);
        }
    }
    Some(hops).filter(|hops| !hops.is_empty())
}

/// Splits where no quotes are. `None`: a quote does not end, so nobody knows who wrote what stands behind it.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut quoted = false;
    let mut escaped = false;
    let parts = text.split(|character| {
        if escaped {
            escaped = false;
        } else if quoted && character == '\\' {
            escaped = true;
        } else if character == '"' {
            quoted = !quoted;
        } else {
            return character == separator && !quoted;
        }
        false
    });
    let parts: Vec<_> = parts.map(str::trim).collect();
    (!quoted).then_some(parts)
}

/// An address with a port or without; one in brackets is of IPv6. Proxies may also hide whom they speak for.
fn node(text: &str) -> Option<SocketAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address: SocketAddr = text.parse().ok().or_else(|| Some((bare.parse::<IpAddr>().ok()?, 0).into()))?;
    Some(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, headers: &[(&'static str, &str)]) -> Option<Forwarded> {
        let proxies = Proxies::new(&["10.0.0.0/8".parse().unwrap(), "127.0.0.1/32".parse().unwrap()]);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        proxies.look_through(Peer::direct(peer.parse().unwrap()), &map)
    }

    fn client(headers: &[(&'static str, &str)]) -> String {
        let forwarded = seen("10.0.0.1:1", headers).unwrap();
        assert!(forwarded.peer.indirect);
        forwarded.peer.address.ip().to_string()
    }

    #[test]
    fn the_last_address_that_is_no_proxys_is_the_clients() {
        assert_eq!(client(&[("x-forwarded-for", "192.0.2.1")]), "192.0.2.1");
        assert_eq!(client(&[("x-forwarded-for", "127.0.0.1, 198.51.100.7, 192.0.2.1, 10.9.9.9")]), "192.0.2.1");
        assert_eq!(client(&[("x-forwarded-for", "198.51.100.7"), ("x-forwarded-for", "192.0.2.1")]), "192.0.2.1");
        assert_eq!(client(&[("x-forwarded-for", "[2001:db8::1]:80")]), "2001:db8::1");
        assert_eq!(client(&[("x-forwarded-for", "10.0.0.3, 10.0.0.2")]), "10.0.0.3");
        assert_eq!(client(&[("forwarded", "for=127.0.0.1, for=\"192.0.2.1:4711\";proto=https")]), "192.0.2.1");
        assert_eq!(client(&[("forwarded", "For=\"[2001:db8::1]\"")]), "2001:db8::1");
        assert_eq!(client(&[("forwarded", "for=198.51.100.7"), ("x-forwarded-for", "192.0.2.1")]), "192.0.2.1");
    }

    #[test]
    fn where_nobody_is_named_it_is_the_proxy() {
        assert_eq!(client(&[("x-forwarded-for", "192.0.2.1, unknown")]), "10.0.0.1");
        assert_eq!(client(&[("x-forwarded-for", "")]), "10.0.0.1");
        assert_eq!(client(&[("forwarded", "for=_hidden")]), "10.0.0.1");
    }

    #[test]
    fn what_a_client_writes_cannot_swallow_what_a_proxy_adds() {
        let forged = seen("10.0.0.1:1", &[("forwarded", "for=\"192.0.2.66, for=192.0.2.1")]);
        assert_eq!(forged, None);
        assert_eq!(client(&[("forwarded", "for=\"a, for=192.0.2.66\", for=192.0.2.1")]), "192.0.2.1");
    }

    #[test]
    fn host_and_scheme_are_those_of_the_last_proxy() {
        let headers = [
            ("x-forwarded-for", "192.0.2.1"),
            ("x-forwarded-host", "evil.example, mq.example.org"),
            ("x-forwarded-proto", "https"),
        ];
        let forwarded = seen("10.0.0.1:1", &headers).unwrap();
        assert_eq!(forwarded.host.unwrap(), "mq.example.org");
        assert_eq!(forwarded.is_secure, Some(true));
        let forwarded = seen("10.0.0.1:1", &[("forwarded", "for=192.0.2.1;host=mq.example.org;proto=http")]).unwrap();
        assert_eq!((forwarded.host.unwrap().to_str().unwrap(), forwarded.is_secure), ("mq.example.org", Some(false)));
    }

    #[test]
    fn nobody_else_is_believed() {
        assert_eq!(seen("192.0.2.9:1", &[("x-forwarded-for", "198.51.100.7")]), None);
        assert!(seen("[::ffff:10.0.0.1]:1", &[("x-forwarded-for", "198.51.100.7")]).is_some());
    }
}
