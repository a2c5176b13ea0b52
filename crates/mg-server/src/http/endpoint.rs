//! The paths that are served, in one list.

/// A path that is served. The router is made from [`Endpoint::ALL`]: who walks the list walks
/// all there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Whether the service is alive, for machines; open to everyone.
    Health,
    /// The Model Context Protocol, for agents with a token.
    Mcp,
}

impl Endpoint {
    /// Every one.
    pub const ALL: [Endpoint; 2] = [Endpoint::Health, Endpoint::Mcp];

    /// Where it is.
    pub fn path(self) -> &'static str {
        match self {
            Endpoint::Health => "/healthz",
            Endpoint::Mcp => "/mcp",
        }
    }
}
