//! The agents' door.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use mg_core::{Clock, Face};
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::door::{self, Door};
use super::{HttpOptions, endpoint};
use crate::app::App;

/// Whether clients of the previous era may open sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sessions {
    /// Each request stands alone: any replica can answer it. The product's way.
    Never,
    /// `initialize` opens one, so that a server can ask its client something. The conformance
    /// suite needs it for sampling and elicitation, which the product does not use.
    Allowed,
}

/// `/mcp` with `handler` behind it, for those who show a token of `app`. Current and previous
/// era meet on the one endpoint; a clone of `handler` serves each request.
pub fn mcp_door<H: ServerHandler + Clone>(
    handler: H,
    sessions: Sessions,
    app: &App,
    clock: Arc<dyn Clock>,
    options: &HttpOptions,
) -> Router {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(sessions == Sessions::Allowed)
        // JSON unless a notification comes first: then the answer is a stream.
        .with_json_response(true)
        .with_allowed_hosts(options.allowed_hosts.clone())
        .with_allowed_origins(options.allowed_origins.clone())
        .enforce_origin_validation();
    let factory = move || Ok(handler.clone());
    let path = endpoint::MCP;
    let router = match sessions {
        Sessions::Never => {
            let manager = Arc::new(NeverSessionManager::default());
            Router::new().route_service(path, StreamableHttpService::new(factory, manager, config))
        }
        Sessions::Allowed => {
            let manager = Arc::new(LocalSessionManager::default());
            Router::new().route_service(path, StreamableHttpService::new(factory, manager, config))
        }
    };
    let door = Door::new(app, clock, Face::Mcp);
    // On the route alone: what does not exist is a 404 to everyone, as clients that look for
    // metadata under /.well-known expect.
    router.route_layer(from_fn_with_state(door, door::authenticate))
}
