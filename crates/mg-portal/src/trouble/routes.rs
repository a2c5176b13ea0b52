//! The desk over HTTP, for those who are in another process.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};

use super::Trouble;
use crate::state::Shared;

/// The route under `/_portal`: GET lists what is pending, POST orders, DELETE forgets.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/trouble", get(pending).post(order).delete(clear))
}

async fn pending(State(shared): State<Arc<Shared>>) -> Json<Vec<Trouble>> {
    Json(shared.trouble.pending())
}

async fn order(State(shared): State<Arc<Shared>>, Json(trouble): Json<Trouble>) -> StatusCode {
    shared.trouble.play(trouble);
    StatusCode::NO_CONTENT
}

async fn clear(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.trouble.clear();
    StatusCode::NO_CONTENT
}
