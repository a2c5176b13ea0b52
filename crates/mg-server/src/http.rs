//! The HTTP surface: MCP for agents, a health check for machines.
//!
//! [`mcp_door`] is the whole way in for an agent: token, `Host` and `Origin`, the cap on bodies,
//! both eras of the protocol. What stands behind it is a parameter, so that the conformance
//! suite's fixtures meet the same door as the product.

mod endpoint;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mg_core::{Clock, Face, OpContext, Role};
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::json;

use crate::Problem;
use crate::app::{App, Calls};
use crate::mcp::{self, Agents};
use crate::token::Keys;

pub use endpoint::Endpoint;

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
    keys: Keys,
    calls: Calls,
    clock: Arc<dyn Clock>,
}

/// Whether clients of the previous era may open sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sessions {
    /// Each request stands alone: any replica can answer it. The product's way.
    Never,
    /// `initialize` opens one, so that a server can ask its client something. The conformance
    /// suite needs it for sampling and elicitation, which the product does not use.
    Allowed,
}

/// Everything that is served: each of [`Endpoint::ALL`], and nothing beside them.
pub fn router(app: App, clock: Arc<dyn Clock>, options: &HttpOptions) -> Router {
    let agents = Agents::new(app.clone());
    let mcp = mcp_door(agents, Sessions::Never, app.clone(), clock, options);
    let health = Router::new().route(Endpoint::Health.path(), get(health)).with_state(app);
    let served = Endpoint::ALL.into_iter().map(|endpoint| match endpoint {
        Endpoint::Health => health.clone(),
        Endpoint::Mcp => mcp.clone(),
    });
    served.fold(Router::new(), Router::merge)
}

/// `/mcp` with `handler` behind it, for those who show a token of `app`. Current and previous
/// era meet on the one endpoint; a clone of `handler` serves each request.
pub fn mcp_door<H: ServerHandler + Clone>(
    handler: H,
    sessions: Sessions,
    app: App,
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
    let path = Endpoint::Mcp.path();
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
    let door = Door { keys: Keys::new(app.store, app.signals), calls: app.calls, clock };
    // On the route alone: what does not exist is a 404 to everyone, as clients that look for
    // metadata under /.well-known expect.
    router.route_layer(from_fn_with_state(door, authenticate))
}

async fn health(State(app): State<App>) -> Response {
    match app.store.server_version().await {
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
            let ctx = OpContext::new(principal, Face::Mcp, door.clock);
            if let Err((problem, needed)) = allow(&ctx, &door.calls, &request) {
                return forbidden(&problem, needed);
            }
            request.extensions_mut().insert(ctx);
            next.run(request).await
        }
        Ok(None) => {
            tracing::warn!("a request showed a token that is none, or no longer");
            unauthorized("Bearer error=\"invalid_token\"")
        }
        Err(problem) => refuse(StatusCode::SERVICE_UNAVAILABLE, &problem),
    }
}

/// A call of a tool that the role does not give is turned away here where its headers name it,
/// as those of the current era do; the tool itself turns away the others. It is recorded.
fn allow(ctx: &OpContext, calls: &Calls, request: &Request) -> Result<(), (Problem, Role)> {
    let named = |header| request.headers().get(header).and_then(|value| value.to_str().ok());
    let (Some("tools/call"), Some(tool)) = (named("mcp-method"), named("mcp-name")) else {
        return Ok(());
    };
    let Some((needed, problem)) = mcp::missing_role(ctx, tool) else {
        return Ok(());
    };
    // One that is over its rate is recorded as that, and is forbidden all the same.
    if let Ok(call) = calls.begin(ctx, tool, None) {
        call.fail(&problem);
    }
    Err((problem, needed))
}

/// RFC 6750, section 3.1: `insufficient_scope`, with the scope that is needed.
fn forbidden(problem: &Problem, needed: Role) -> Response {
    let mut response = refuse(StatusCode::FORBIDDEN, problem);
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\"");
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
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
