//! Hosts and ports as configuration names them.

use std::collections::HashMap;
use std::sync::Arc;

use url::Host;

use super::name;

/// Why a guard cannot be made of its configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardFault {
    /// An entry of the hosts that are allowed is none.
    #[error("`{0}` is no host with a port; write it as 127.0.0.1:8099, [::1]:8099 or portal.lan:80")]
    Endpoint(String),
    /// An entry of the domains is none.
    #[error("`{0}` is no domain; write it as example.fr, without scheme, port or path")]
    Domain(String),
    /// A limit would be wider than the one that holds already.
    #[error("`{0}` is outside the domains that may be reached at all")]
    Wider(String),
}

/// Each host that is allowed, with its ports.
pub(super) fn allowed(entries: &[String]) -> Result<HashMap<Host, Vec<u16>>, GuardFault> {
    let mut allowed: HashMap<Host, Vec<u16>> = HashMap::new();
    for entry in entries {
        let fault = || GuardFault::Endpoint(entry.clone());
        let (host, port) = entry.trim().rsplit_once(':').ok_or_else(fault)?;
        let host = Host::parse(host).map_err(|_| fault())?;
        allowed.entry(plain(host)).or_default().push(port.parse().map_err(|_| fault())?);
    }
    Ok(allowed)
}

/// Domains in the one form that they are compared in.
pub(super) fn domains(entries: &[String]) -> Result<Arc<[Host]>, GuardFault> {
    let domain = |entry: &String| {
        let text = entry.trim();
        Host::parse(text).map(plain).map_err(|_| GuardFault::Domain(entry.clone()))
    };
    entries.iter().map(domain).collect()
}

/// Whether a host is one of these domains or under one of them.
pub(super) fn is_within(host: &Host, domains: &[Host]) -> bool {
    domains.iter().any(|domain| match (host, domain) {
        (Host::Domain(name), Host::Domain(domain)) => name::is_or_is_under(name, domain),
        _ => host == domain,
    })
}

/// A host without the dot that may end a name.
pub(super) fn plain(host: Host) -> Host {
    match host {
        Host::Domain(name) => Host::Domain(name.strip_suffix('.').unwrap_or(&name).to_owned()),
        address => address,
    }
}
