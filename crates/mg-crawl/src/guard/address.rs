//! Which addresses are of the public Internet.
//!
//! Source: the registries of special-purpose addresses (RFC 6890 and its updates), and what clouds
//! answer metadata on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What no URL may lead to, as prefix and length.
const DENIED_V4: [(Ipv4Addr, u32); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),          // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),         // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),      // carriers' translation; metadata of one cloud
    (Ipv4Addr::new(127, 0, 0, 0), 8),        // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32),   // metadata of another, at an address that looks public
    (Ipv4Addr::new(169, 254, 0, 0), 16),     // link-local; metadata of most
    (Ipv4Addr::new(172, 16, 0, 0), 12),      // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),       // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),       // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),     // relays of 6to4
    (Ipv4Addr::new(192, 168, 0, 0), 16),     // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),      // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24),    // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),     // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),        // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),        // reserved
    (Ipv4Addr::new(255, 255, 255, 255), 32), // broadcast
];

/// What of the global unicast addresses is none; nothing outside of those is reached at all.
const DENIED_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // Teredo, ORCHID, benchmarks, protocol assignments
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Translated by a NAT64 to the IPv4 address at its end (RFC 6052).
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether an address is of the public Internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !DENIED_V4.iter().any(|(prefix, length)| shares(address.to_bits(), prefix.to_bits(), *length))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let within = |(prefix, length): (Ipv6Addr, u32)| {
        (address.to_bits() ^ prefix.to_bits()).checked_shr(128 - length).unwrap_or(0) == 0
    };
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    if within(NAT64) {
        return is_public_v4(last_32_bits(address));
    }
    within(GLOBAL_UNICAST)
        && !DENIED_V6.into_iter().any(within)
        && (!is_isatap(address) || is_public_v4(last_32_bits(address)))
}

/// An interface that stands for an IPv4 address, whatever the prefix (RFC 5214, 6.1).
fn is_isatap(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [_, _, _, _, 0 | 0x200, 0x5efe, _, _])
}

fn last_32_bits(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    Ipv4Addr::new(a, b, c, d)
}

fn shares(address: u32, prefix: u32, length: u32) -> bool {
    (address ^ prefix) >> (32 - length) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(texts: &[&str]) -> Vec<bool> {
        texts.iter().map(|text| is_public(text.parse().expect("an address"))).collect()
    }

    #[test]
    fn a_range_ends_where_it_ends() {
        for (inside, outside) in [
            ("0.255.255.255", "1.0.0.0"),
            ("10.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.63.255.255"),
            ("100.127.255.255", "100.128.0.0"),
            ("172.31.255.255", "172.32.0.0"),
            ("172.16.0.0", "172.15.255.255"),
            ("192.0.0.192", "192.0.1.0"),
            ("198.19.255.255", "198.20.0.0"),
            ("224.0.0.0", "223.255.255.255"),
            ("168.63.129.16", "168.63.129.17"),
            ("2001:1ff::1", "2001:200::1"),
            ("2001:db8:ffff::1", "2001:db9::1"),
            ("3fff:fff::1", "3ffe::1"),
            ("1fff::1", "2600::1"),
            ("4000::1", "2a00::1"),
        ] {
            assert_eq!(judged(&[inside, outside]), [false, true], "{inside}, {outside}");
        }
    }

    #[test]
    fn what_stands_for_an_ipv4_address_is_judged_as_one() {
        let public = ["::ffff:93.184.215.14", "64:ff9b::93.184.215.14", "2a00::5efe:93.184.215.14"];
        assert_eq!(judged(&public), [true; 3]);
        let private =
            ["::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2a00::5efe:10.0.0.1", "2a00::200:5efe:127.0.0.1"];
        assert_eq!(judged(&private), [false; 4]);
        assert_eq!(judged(&["::93.184.215.14", "::ffff:0:93.184.215.14", "2002:5db8:d70e::1"]), [false; 3]);
    }
}
