//! The paths that are served, in one list.

use axum::http::Method;

use super::api;

/// Where everybody sees whether the service is alive.
pub(super) const HEALTH: &str = "/healthz";
/// Where agents knock.
pub(super) const MCP: &str = "/mcp";
/// Where everybody reads what programs can ask for.
pub(super) const OPENAPI: &str = "/api/v1/openapi.json";

/// A path that is served, and by which method.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// The path; a part in braces stands for any text.
    pub path: &'static str,
    /// The method in capitals.
    pub method: String,
}

/// Every one. The router is made from the same list of the interface for programs: who walks this walks all there is.
pub fn endpoints() -> Vec<Endpoint> {
    let fixed = [(HEALTH, Method::GET), (MCP, Method::POST), (OPENAPI, Method::GET)];
    let routes = api::all().into_iter().map(|route| (route.path, route.method));
    let served = fixed.into_iter().chain(routes);
    served.map(|(path, method)| Endpoint { path, method: method.to_string() }).collect()
}
