//! The playing of trouble, around every endpoint but the portal's own.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::stream::{self, StreamExt};

use super::TroubleKind;
use crate::state::Shared;

/// A column of the served CSV that has another name; handlers find it in the request.
#[derive(Debug, Clone)]
pub(crate) struct Renamed {
    from: String,
    to: String,
}

impl Renamed {
    /// The name that the column called `name` has.
    pub(crate) fn of<'a>(&'a self, name: &'a str) -> &'a str {
        if name == self.from { &self.to } else { name }
    }
}

/// Answers a request, with the trouble that is ordered for it.
pub(crate) async fn play(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    match shared.trouble.meet(target) {
        None => next.run(request).await,
        Some(TroubleKind::TooManyRequests { retry_after_s }) => {
            let wait = [(header::RETRY_AFTER, retry_after_s.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, wait, "Trop de requêtes\n").into_response()
        }
        Some(TroubleKind::ServerError(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, "Service momentanément indisponible\n").into_response()
        }
        Some(TroubleKind::Slow { delay_ms }) => {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            next.run(request).await
        }
        Some(TroubleKind::CutInTheMiddle) => cut(next.run(request).await).await,
        Some(TroubleKind::ChangedHeader { from, to }) => {
            request.extensions_mut().insert(Renamed { from, to });
            next.run(request).await
        }
    }
}

/// The same answer, with the length of the whole and the bytes of the first half.
async fn cut(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    // Bodies are made in memory by the portal itself: they are no larger than it.
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_else(|_| Bytes::new());
    let half = whole.slice(..whole.len() / 2);
    let broken = stream::once(async {
        // Gives the server a turn in which to send the first half.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("cut on demand"))
    });
    parts.headers.insert(header::CONTENT_LENGTH, whole.len().into());
    Response::from_parts(parts, Body::from_stream(stream::once(async { Ok(half) }).chain(broken)))
}
