//! The HTTP surface: MCP for agents, a health check for machines.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mg_core::{Clock, Face, OpContext};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::json;

use crate::Problem;
use crate::app::App;
use crate::mcp::Agents;
use crate::token::Keys;

/// Who may knock.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Names that requests may address this server by (`Host`).
    pub allowed_hosts: Vec<String>,
    /// Web origins that browsers may call from (`Origin`), as `http://localhost:*`.
    pub allowed_origins: Vec<String>,
}

#[derive(Clone)]
struct Door {
    app: App,
    keys: Keys,
    clock: Arc<dyn Clock>,
}

/// Everything that is served.
pub fn router(app: App, clock: Arc<dyn Clock>, options: &HttpOptions) -> Router {
    let keys = Keys::new(app.store.clone(), app.signals.clone());
    let door = Door { app: app.clone(), keys, clock };
    let mcp = Router::new()
        .route_service("/mcp", agents(app, options))
        // On the route alone: what does not exist is a 404 to everyone, as clients that look for
        // metadata under /.well-known expect.
        .route_layer(from_fn_with_state(door.clone(), authenticate));
    Router::new().route("/healthz", get(health)).with_state(door).merge(mcp)
}

/// MCP, current and previous era on one endpoint: without sessions both are stateless.
fn agents(app: App, options: &HttpOptions) -> StreamableHttpService<Agents, NeverSessionManager> {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(options.allowed_hosts.clone())
        .with_allowed_origins(options.allowed_origins.clone())
        .enforce_origin_validation();
    let agents = Agents::new(app);
    StreamableHttpService::new(move || Ok(agents.clone()), Arc::new(NeverSessionManager::default()), config)
}

async fn health(State(door): State<Door>) -> Response {
    match door.app.store.server_version().await {
        Ok(_) => "ok".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}

/// Lets those through who show a live token, and tells the use cases who they are.
async fn authenticate(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret = shown.and_then(|value| value.split_once(' '));
    let secret = secret.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, secret)) = secret else {
        return unauthorized("Bearer");
    };
    match door.keys.principal(secret.trim(), door.clock.now()).await {
        Ok(Some(principal)) => {
            request.extensions_mut().insert(OpContext::new(principal, Face::Mcp, door.clock));
            next.run(request).await
        }
        Ok(None) => unauthorized("Bearer error=\"invalid_token\""),
        Err(problem) => refuse(StatusCode::SERVICE_UNAVAILABLE, &problem),
    }
}

/// RFC 6750, section 3: no code when no token was shown, `invalid_token` when one was.
fn unauthorized(challenge: &'static str) -> Response {
    let problem = Problem::new(
        "unauthorized",
        "This needs a live bearer token.",
        "Send `Authorization: Bearer <token>`; the operator makes one with `mg token create`.",
    );
    let mut response = refuse(StatusCode::UNAUTHORIZED, &problem);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

fn refuse(status: StatusCode, problem: &Problem) -> Response {
    (status, axum::Json(json!({ "error": problem }))).into_response()
}
