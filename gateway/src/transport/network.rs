//! What tells clients apart by their addresses.

use std::net::{IpAddr, Ipv6Addr};

/// The bits of an address of IPv6 that whoever has one cannot choose: of the rest there are 2^64, all theirs.
const NETWORK: u128 = u128::MAX << 64;

/// The address that stands for a client.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & NETWORK)),
        address @ IpAddr::V4(_) => address,
    }
}
