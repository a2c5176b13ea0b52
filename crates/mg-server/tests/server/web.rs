//! A web of the test's own: what it puts at a path is what is found there.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use mg_server::app::RunReport;
use mg_store::load::Loaded;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// When every file of this web was last changed.
pub(crate) const LAST_MODIFIED: &str = "Tue, 20 Oct 2026 06:00:00 GMT";

/// What a web knows, by path and query, and what it was asked for.
#[derive(Default)]
struct Pages {
    by_path: HashMap<String, Page>,
    asked: Vec<String>,
}

type Shared = Arc<Mutex<Pages>>;

#[derive(Clone)]
enum Page {
    File(Vec<u8>),
    Redirect(String),
}

/// A running web; gone when dropped.
pub(crate) struct Web {
    base: String,
    pages: Shared,
    server: JoinHandle<()>,
}

impl Web {
    /// An empty one: every path is a 404.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("listening on loopback")?;
        let base = format!("http://{}", listener.local_addr()?);
        let pages = Shared::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&pages));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serving on loopback");
        });
        Ok(Self { base, pages, server })
    }

    /// Where it is.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Puts a file at `path` and says its URL.
    pub(crate) fn put(&self, path: &str, body: impl Into<Vec<u8>>) -> String {
        self.place(path, Page::File(body.into()))
    }

    /// Makes `path` lead to `target` and says its URL.
    pub(crate) fn redirect(&self, path: &str, target: &str) -> String {
        self.place(path, Page::Redirect(target.to_owned()))
    }

    fn place(&self, path: &str, page: Page) -> String {
        open(&self.pages).by_path.insert(path.to_owned(), page);
        format!("{}{path}", self.base)
    }

    /// The paths and queries that it was asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        open(&self.pages).asked.clone()
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn open(pages: &Shared) -> MutexGuard<'_, Pages> {
    pages.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(pages): State<Shared>, uri: Uri) -> Response {
    let path = uri.to_string();
    let mut pages = open(&pages);
    pages.asked.push(path.clone());
    match pages.by_path.get(&path).cloned() {
        Some(Page::File(body)) => ([(header::LAST_MODIFIED, LAST_MODIFIED)], body).into_response(),
        Some(Page::Redirect(target)) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, target)]).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What the first task of a run brought.
pub(crate) fn brought(report: &RunReport) -> anyhow::Result<Loaded> {
    let first = report.tasks.first().context("a run has tasks")?;
    let output =
        first.output.clone().with_context(|| format!("{} brought nothing: {first:?}", first.name))?;
    serde_json::from_value(output).context("reading what a crawl brought")
}

/// The stable code and the sentence that the first task of a run failed with.
pub(crate) fn failure(report: &RunReport) -> (String, String) {
    let task = report.tasks.first();
    let part = |of: Option<&String>| of.cloned().unwrap_or_default();
    (part(task.and_then(|task| task.error_code.as_ref())), part(task.and_then(|task| task.error.as_ref())))
}
