//! Decides whether a URL may be reached: one that an agent or a page gave is hostile until shown otherwise.
//!
//! What is judged is never looked up again: [`Guard::resolve`] gives the addresses that it checked, and
//! whoever asked connects to one of them. The guard opens no connection itself.

mod address;
mod endpoint;
mod name;
mod refused;
mod resolver;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use url::{Host, Url};

pub use endpoint::GuardFault;
pub use refused::Refused;
pub use resolver::{Resolver, SystemResolver};

/// What may be reached besides the public web, and what of the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardOptions {
    /// The ports of the public web; 80 and 443 unless said otherwise.
    pub ports: Vec<u16>,
    /// Hosts that may be reached although they are private, as `127.0.0.1:8099` or `portal.lan:80`. A host
    /// that stands here is reached at the ports that stand here with it, and at no other.
    pub allow: Vec<String>,
    /// The only domains that may be reached, each with its subdomains; empty: any.
    pub domains: Vec<String>,
}

impl Default for GuardOptions {
    fn default() -> Self {
        Self { ports: vec![80, 443], allow: Vec::new(), domains: Vec::new() }
    }
}

/// The rules, and the resolver that names are looked up with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Guard {
    ports: Arc<[u16]>,
    allow: Arc<HashMap<Host, Vec<u16>>>,
    domains: Arc<[Host]>,
    resolver: Arc<dyn Resolver>,
}

impl Default for Guard {
    /// The public web at its usual ports.
    fn default() -> Self {
        Self {
            ports: Arc::from(GuardOptions::default().ports),
            allow: Arc::default(),
            domains: Arc::default(),
            resolver: Arc::new(SystemResolver),
        }
    }
}

impl Guard {
    /// A guard that looks names up as the machine does.
    pub fn new(options: &GuardOptions) -> Result<Self, GuardFault> {
        Self::with_resolver(options, Arc::new(SystemResolver))
    }

    /// A guard that looks names up with `resolver`.
    pub fn with_resolver(options: &GuardOptions, resolver: Arc<dyn Resolver>) -> Result<Self, GuardFault> {
        Ok(Self {
            ports: options.ports.clone().into(),
            allow: Arc::new(endpoint::allowed(&options.allow)?),
            domains: endpoint::domains(&options.domains)?,
            resolver,
        })
    }

    /// The same guard, limited to these domains and their subdomains besides.
    pub fn limited_to(&self, domains: &[String]) -> Result<Self, GuardFault> {
        let wanted = endpoint::domains(domains)?;
        let within = |host: &Host| self.domains.is_empty() || endpoint::is_within(host, &self.domains);
        if let Some(outside) = wanted.iter().find(|host| !within(host)) {
            return Err(GuardFault::Wider(outside.to_string()));
        }
        Ok(Self { domains: if wanted.is_empty() { self.domains.clone() } else { wanted }, ..self.clone() })
    }

    /// Judges all that a URL shows without looking anything up: scheme, credentials, host and port. An
    /// address in it, however it is spelt, is judged here and for good.
    pub fn check_url(&self, url: &Url) -> Result<(), Refused> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        let host = url.host().map(|host| host.to_owned()).ok_or(Refused::NoHost)?;
        let port = url.port_or_known_default().ok_or(Refused::NoHost)?;
        self.check_host(&endpoint::plain(host), port)
    }

    /// Judges a URL and gives the addresses to connect to, each of them checked.
    pub async fn admit(&self, url: &Url) -> Result<Vec<SocketAddr>, Refused> {
        self.check_url(url)?;
        let port = url.port_or_known_default().ok_or(Refused::NoHost)?;
        let addresses = match url.host() {
            Some(Host::Ipv4(address)) => vec![IpAddr::V4(address)],
            Some(Host::Ipv6(address)) => vec![IpAddr::V6(address)],
            Some(Host::Domain(name)) => self.resolve(name).await?,
            None => return Err(Refused::NoHost),
        };
        Ok(addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }

    /// Looks a name up, once, and gives its addresses if every one of them may be reached. The URL that the
    /// name stands in is to be checked before: the ports of an allowed host are judged there.
    pub async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, Refused> {
        let host = endpoint::plain(Host::Domain(name.to_ascii_lowercase()));
        let allowed = self.allow.contains_key(&host);
        if !allowed {
            self.check_name(&host)?;
        }
        let found = self.resolver.resolve(name).await.map_err(|_| Refused::Unknown(name.to_owned()))?;
        if found.is_empty() {
            return Err(Refused::Unknown(name.to_owned()));
        }
        if allowed || found.iter().all(|address| address::is_public(*address)) {
            return Ok(found);
        }
        Err(Refused::Private(name.to_owned()))
    }

    fn check_host(&self, host: &Host, port: u16) -> Result<(), Refused> {
        if !self.domains.is_empty() && !endpoint::is_within(host, &self.domains) {
            return Err(Refused::Domain(host.to_string()));
        }
        if let Some(ports) = self.allow.get(host) {
            return self.check_port(port, ports);
        }
        self.check_name(host)?;
        self.check_port(port, &self.ports)
    }

    fn check_name(&self, host: &Host) -> Result<(), Refused> {
        let refused = match host {
            Host::Domain(name) => !name::is_public(name),
            Host::Ipv4(address) => !address::is_public(IpAddr::V4(*address)),
            Host::Ipv6(address) => !address::is_public(IpAddr::V6(*address)),
        };
        match host {
            _ if !refused => Ok(()),
            Host::Domain(name) => Err(Refused::Name(name.clone())),
            Host::Ipv4(_) | Host::Ipv6(_) => Err(Refused::Address(host.to_string())),
        }
    }

    fn check_port(&self, port: u16, among: &[u16]) -> Result<(), Refused> {
        if among.contains(&port) {
            return Ok(());
        }
        let allowed = among.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        Err(Refused::Port { port, allowed })
    }
}
