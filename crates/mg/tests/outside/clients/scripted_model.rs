//! A local server in the place of the models' providers: it speaks the wire formats of their
//! HTTP APIs and follows the [script](super::script). Programs reach it by the same variables
//! that lead them to a proxy, so they run unchanged.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::script::{Conversation, Step, next_step};
use super::wire::{chat, messages, responses};

/// The key that it takes.
pub(super) const KEY: &str = "scripted-key";
/// How long it thinks before it looks at a run. Without a pause the turns that a program allows
/// would be over before the run.
const THOUGHT: Duration = Duration::from_millis(300);

/// A running model. Dropping it stops it.
pub(super) struct ScriptedModel {
    url: String,
    asked: Asked,
    server: JoinHandle<std::io::Result<()>>,
}

type Asked = Arc<Mutex<Vec<Conversation>>>;

impl ScriptedModel {
    /// Starts on a free port.
    pub(super) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let asked = Asked::default();
        let routes = Router::new()
            .route("/v1/responses", post(by_responses))
            .route("/v1/chat/completions", post(by_chat))
            .route("/v1/messages", post(by_messages))
            .with_state(Arc::clone(&asked));
        let server = tokio::spawn(axum::serve(listener, routes).into_future());
        Ok(Self { url, asked, server })
    }

    /// Where it listens, without a path.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What it was asked so far, oldest first.
    pub(super) fn asked(&self) -> Vec<Conversation> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A status, and a body in the provider's form.
type Reply = (StatusCode, Json<Value>);

async fn by_responses(State(asked): State<Asked>, headers: HeaderMap, Json(request): Json<Value>) -> Reply {
    reply(&asked, &headers, responses::read(&request), responses::write).await
}

async fn by_chat(State(asked): State<Asked>, headers: HeaderMap, Json(request): Json<Value>) -> Reply {
    reply(&asked, &headers, chat::read(&request), chat::write).await
}

async fn by_messages(State(asked): State<Asked>, headers: HeaderMap, Json(request): Json<Value>) -> Reply {
    reply(&asked, &headers, messages::read(&request), messages::write).await
}

async fn reply(
    asked: &Asked,
    headers: &HeaderMap,
    conversation: anyhow::Result<Conversation>,
    write: fn(usize, &Step) -> Value,
) -> Reply {
    if bearer(headers) != KEY {
        return refuse(StatusCode::UNAUTHORIZED, "authentication_error", "invalid key");
    }
    let step = conversation.and_then(|conversation| {
        let step = next_step(&conversation);
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(conversation);
        Ok((asked.len(), step?))
    });
    if let Ok((_, Step::Call { tool: "get_run", .. })) = step {
        sleep(THOUGHT).await;
    }
    match step {
        Ok((number, step)) => (StatusCode::OK, Json(write(number, &step))),
        Err(error) => refuse(StatusCode::BAD_REQUEST, "invalid_request_error", &format!("{error:#}")),
    }
}

/// Both providers' clients find the message here.
fn refuse(status: StatusCode, kind: &str, message: &str) -> Reply {
    (status, Json(json!({ "type": "error", "error": { "type": kind, "message": message } })))
}

fn bearer(headers: &HeaderMap) -> &str {
    let value = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.trim_start_matches("Bearer ")
}
