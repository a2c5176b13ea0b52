//! The HTTP surface: MCP for agents, an interface for programs, a health check for machines.
//!
//! [`mcp_door`] is the whole way in for an agent: token, `Host` and `Origin`, the cap on bodies,
//! both eras of the protocol. What stands behind it is a parameter, so that the conformance
//! suite's fixtures meet the same door as the product.

mod api;
mod door;
mod endpoint;
mod mcp;
mod refusal;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mg_core::Clock;

use crate::app::App;
use crate::mcp::Agents;

pub use api::openapi;
pub use endpoint::{Endpoint, endpoints};
pub use mcp::{Sessions, mcp_door};

/// Who may knock.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Names that requests may address this server by (`Host`).
    pub allowed_hosts: Vec<String>,
    /// Web origins that browsers may call from (`Origin`), as `http://localhost:*`.
    pub allowed_origins: Vec<String>,
}

/// Everything that is served: each of [`endpoints`], and nothing beside them.
pub fn router(app: App, clock: Arc<dyn Clock>, options: &HttpOptions) -> Router {
    let agents = Agents::new(app.clone());
    let mcp = mcp_door(agents, Sessions::Never, &app, Arc::clone(&clock), options);
    let programs = api::router(&app, clock, options);
    Router::new().route(endpoint::HEALTH, get(health)).with_state(app).merge(mcp).merge(programs)
}

async fn health(State(app): State<App>) -> Response {
    match app.store.server_version().await {
        Ok(_) => "ok".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}
