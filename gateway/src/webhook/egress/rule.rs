//! Which addresses may be dialled.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks that are nobody's on the public internet (RFC 6890 and its registries), or that lead back into ours.
const REFUSED: [&str; 26] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "2001:db8::/32",
    "3fff::/20",
    "100::/64",
    "5f00::/16",
    "2001::/32",
];

/// Where clouds tell a machine its secrets: to be allowed one by one, and never as a part of a network.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// The rule, with the private networks that an operator allows.
#[derive(Debug)]
pub(crate) struct AddressRule {
    refused: Vec<IpNet>,
    allowed: Vec<IpNet>,
}

impl AddressRule {
    pub(crate) fn new(allowed: &[IpNet]) -> Self {
        let refused = REFUSED.iter().filter_map(|network| network.parse().ok()).collect();
        AddressRule { refused, allowed: allowed.to_vec() }
    }

    /// One that leaves it to the connector: for what was judged when it was registered, by settings that may have changed.
    pub(crate) fn later() -> Self {
        AddressRule {
            refused: Vec::new(),
            allowed: ["0.0.0.0/0", "::/0"].iter().filter_map(|all| all.parse().ok()).collect(),
        }
    }

    /// Whether an operator has allowed nothing.
    pub(crate) fn lists_none(&self) -> bool {
        self.allowed.is_empty()
    }

    /// Whether an operator has allowed the address by name: http and all ports are allowed there too.
    pub(crate) fn is_listed(&self, address: IpAddr) -> bool {
        let address = unwrapped(address);
        let mut listed = self.allowed.iter().filter(|network| network.contains(&address));
        match METADATA.contains(&address) {
            true => listed.any(|network| network.prefix_len() == network.max_prefix_len()),
            false => listed.next().is_some(),
        }
    }

    /// Whether the address may be dialled.
    pub(crate) fn permits(&self, address: IpAddr) -> bool {
        let plain = unwrapped(address);
        let is_refused = METADATA.contains(&plain) || self.refused.iter().any(|network| network.contains(&plain));
        !is_refused || self.is_listed(plain)
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped, translated (RFC 6052, RFC 8215) or tunnelled (RFC 3056).
fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => v4(g, h),
        [0x64, 0xff9b, 1, ..] => v4(g, h),
        [0x2002, high, low, ..] => v4(high, low),
        [0, 0, 0, 0, 0, 0] if (g, h) != (0, 0) && (g, h) != (0, 1) => v4(g, h), // "IPv4-compatible", long deprecated
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(allowed: &[&str], address: &str) -> bool {
        let allowed: Vec<IpNet> = allowed.iter().map(|network| network.parse().unwrap()).collect();
        AddressRule::new(&allowed).permits(address.parse().unwrap())
    }

    #[test]
    fn public_addresses_are_permitted() {
        for address in ["93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:2800:220:1::1", "::ffff:93.184.216.34"] {
            assert!(permits(&[], address), "{address}");
        }
    }

    #[test]
    fn addresses_that_lead_inside_are_refused_in_all_their_disguises() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "168.63.129.16",
            "172.31.255.255",
            "192.168.1.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::",
            "2001::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
        ] {
            assert!(!permits(&[], address), "{address}");
        }
    }

    #[test]
    fn listed_networks_are_permitted_but_not_the_metadata_in_them() {
        assert!(permits(&["127.0.0.0/8"], "127.0.0.1"));
        assert!(permits(&["127.0.0.0/8"], "::ffff:127.0.0.1"));
        assert!(!permits(&["127.0.0.0/8"], "10.0.0.1"));
        assert!(!permits(&["169.254.0.0/16"], "169.254.169.254"));
        assert!(permits(&["169.254.0.0/16"], "169.254.1.1"));
        assert!(permits(&["169.254.169.254/32"], "169.254.169.254"));
        assert!(!permits(&["168.63.0.0/16"], "168.63.129.16"));
    }
}
