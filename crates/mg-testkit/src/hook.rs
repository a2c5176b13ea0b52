//! A webhook on loopback that keeps what it is given.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

/// Long for a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the webhook was given, once.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: String,
}

impl Hook {
    /// The body as JSON.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.body).context("the webhook's body is no JSON")
    }

    /// A header's value; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A webhook. Dropping it ends it.
pub struct HookSink {
    url: String,
    desk: Arc<Desk>,
    _server: AbortOnDropHandle<()>,
}

struct Desk {
    taken: watch::Sender<Vec<Hook>>,
    answers: Mutex<VecDeque<Response>>,
}

impl HookSink {
    /// One that answers 200 unless it is told otherwise.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("listening on loopback")?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let desk = Arc::new(Desk { taken: watch::channel(Vec::new()).0, answers: Mutex::default() });
        let router = Router::new().fallback(take).with_state(Arc::clone(&desk));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serving on loopback");
        });
        Ok(Self { url, desk, _server: AbortOnDropHandle::new(server) })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes it answer `status`, with a header, to the next that it is given; in the order of calls.
    pub fn answer_next(&self, status: u16, header: Option<(&'static str, &str)>) -> anyhow::Result<()> {
        let mut answer = StatusCode::from_u16(status)?.into_response();
        if let Some((name, value)) = header {
            answer.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value)?);
        }
        self.desk.answers.lock().expect("nobody panics while answering").push_back(answer);
        Ok(())
    }

    /// All that it was given so far.
    pub fn taken(&self) -> Vec<Hook> {
        self.desk.taken.borrow().clone()
    }

    /// All that it was given, once it is `count` or more.
    pub async fn received(&self, count: usize) -> anyhow::Result<Vec<Hook>> {
        let mut taken = self.desk.taken.subscribe();
        let enough = timeout(PATIENCE, taken.wait_for(|taken| taken.len() >= count)).await;
        let enough = enough.with_context(|| format!("the webhook was not given {count}"))??;
        Ok(enough.clone())
    }
}

async fn take(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    desk.taken.send_modify(|taken| taken.push(Hook { headers, body }));
    let answer = desk.answers.lock().expect("nobody panics while answering").pop_front();
    answer.unwrap_or_else(|| StatusCode::OK.into_response())
}
