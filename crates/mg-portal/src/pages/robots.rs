//! What visitors are asked to leave alone.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::routing::get;

use crate::state::Shared;

const ROBOTS: &str = "User-agent: *\nDisallow: /_portal/\nDisallow: /contact/\n";

/// The route `/robots.txt`.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route(
        "/robots.txt",
        get(|| async { ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], ROBOTS) }),
    )
}
