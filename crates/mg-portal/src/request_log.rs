//! What the portal was asked, so that a test can count and order its visitor's requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

use crate::state::Shared;

/// A long demo must not fill the memory: the oldest requests are forgotten.
const KEPT: usize = 20_000;

/// A request that the portal has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSeen {
    /// Its method.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// Its query as sent, without the question mark; empty when there was none.
    pub query: String,
    /// The client's name for itself, if it gave one.
    pub user_agent: Option<String>,
    /// The status of the answer.
    pub status: u16,
}

/// The last requests, oldest first.
#[derive(Default)]
pub(crate) struct RequestLog(Mutex<VecDeque<RequestSeen>>);

impl RequestLog {
    /// All that are kept.
    pub(crate) fn all(&self) -> Vec<RequestSeen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn add(&self, request: RequestSeen) {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == KEPT {
            requests.pop_front();
        }
        requests.push_back(request);
    }
}

/// Answers a request and notes it.
pub(crate) async fn note(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let mut seen = RequestSeen {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        user_agent: agent.map(str::to_owned),
        status: 0,
    };
    let response = next.run(request).await;
    seen.status = response.status().as_u16();
    shared.requests.add(seen);
    response
}
