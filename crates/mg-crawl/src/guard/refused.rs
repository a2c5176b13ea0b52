//! What the guard says when it refuses.

/// Why a URL is not reached. What was found out about a private network is not in it: neither its
/// addresses nor what answers there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Another scheme than http and https.
    #[error("`{0}:` is not fetched, only http and https are")]
    Scheme(String),
    /// A user name or a password in the URL.
    #[error("the URL carries a user name or a password")]
    Credentials,
    /// No host.
    #[error("the URL names no host")]
    NoHost,
    /// A port that is not on the list.
    #[error("port {port} may not be reached there, only {allowed}")]
    Port {
        /// The port.
        port: u16,
        /// Those that may be reached.
        allowed: String,
    },
    /// A name of a machine, a private network or a cloud's metadata.
    #[error("`{0}` is no name of the public web")]
    Name(String),
    /// An address that is not public, in whatever spelling.
    #[error("{0} is no address of the public web")]
    Address(String),
    /// A name with an address that is not public.
    #[error("`{0}` does not lead to the public web alone")]
    Private(String),
    /// A host outside of the domains that this crawl is limited to.
    #[error("{0} is outside the domains that may be reached")]
    Domain(String),
    /// A name that could not be looked up; it may be known later.
    #[error("`{0}` could not be looked up")]
    Unknown(String),
}

impl Refused {
    /// A stable name, for programs: `host_unknown` for what may pass, `url_refused` for the rest.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "host_unknown",
            _ => "url_refused",
        }
    }

    /// The rule that refused: `scheme`, `credentials`, `host`, `port`, `name`, `address`, `domain` or `lookup`.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Scheme(_) => "scheme",
            Self::Credentials => "credentials",
            Self::NoHost => "host",
            Self::Port { .. } => "port",
            Self::Name(_) => "name",
            Self::Address(_) | Self::Private(_) => "address",
            Self::Domain(_) => "domain",
            Self::Unknown(_) => "lookup",
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Scheme(_) | Self::NoHost => "Give a whole URL, beginning with https://.",
            Self::Credentials => "Give the URL without what stands before the `@`.",
            Self::Port { .. } | Self::Name(_) | Self::Address(_) | Self::Private(_) => {
                "Give a URL of the public web; an operator can allow a private host by name and port."
            }
            Self::Domain(_) => "Give a URL within the domains, or have the operator widen them.",
            Self::Unknown(_) => "Check the name of the host; if it is right, try again later.",
        }
    }
}
