//! Who is let in: whoever shows a live token.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use mg_core::{Clock, Face, OpContext, Role};

use super::refusal;
use crate::Problem;
use crate::app::{App, Calls};
use crate::mcp;
use crate::token::Keys;

/// A door, and the face behind it.
#[derive(Clone)]
pub(super) struct Door {
    keys: Keys,
    calls: Calls,
    clock: Arc<dyn Clock>,
    face: Face,
}

impl Door {
    /// The door of `face` to `app`.
    pub(super) fn new(app: &App, clock: Arc<dyn Clock>, face: Face) -> Self {
        let keys = Keys::new(app.store.clone(), app.signals.clone());
        Self { keys, calls: app.calls.clone(), clock, face }
    }
}

/// Lets those through who show a live token, and tells the use cases who they are.
pub(super) async fn authenticate(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret = shown.and_then(|value| value.split_once(' '));
    let secret = secret.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, secret)) = secret else {
        return refusal::unauthorized(door.face, "Bearer");
    };
    match door.keys.principal(secret.trim(), door.clock.now()).await {
        Ok(Some(principal)) => {
            let ctx = OpContext::new(principal, door.face, door.clock);
            if let Err((problem, needed)) = allow(&ctx, &door.calls, &request) {
                return refusal::forbidden(door.face, &problem, needed);
            }
            request.extensions_mut().insert(ctx);
            next.run(request).await
        }
        Ok(None) => {
            tracing::warn!("a request showed a token that is none, or no longer");
            refusal::unauthorized(door.face, "Bearer error=\"invalid_token\"")
        }
        Err(problem) => refusal::refuse(door.face, StatusCode::SERVICE_UNAVAILABLE, &problem),
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
