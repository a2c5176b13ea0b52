//! The browser pool as the engine's renderer.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::renderer::{RenderFault, Rendered, Renderer};
use crate::browser::{BrowserPool, Visit};
use crate::page::PageRequest;

/// What a request's page is visited with: what to wait for, to click, to scroll, by the request's label.
pub type Plan = Arc<dyn Fn(&PageRequest) -> Visit + Send + Sync>;

/// Renders pages in the browsers of a pool.
pub struct PoolRenderer {
    pool: Arc<BrowserPool>,
    plan: Plan,
}

impl PoolRenderer {
    /// Waits until each page has loaded, and does nothing besides.
    pub fn new(pool: Arc<BrowserPool>) -> Self {
        Self { pool, plan: Arc::new(|request: &PageRequest| Visit::get(request.url.clone())) }
    }

    /// Visits each page as `plan` says.
    pub fn with_plan(self, plan: Plan) -> Self {
        Self { plan, ..self }
    }
}

impl Renderer for PoolRenderer {
    fn render<'a>(&'a self, request: &'a PageRequest) -> BoxFuture<'a, Result<Rendered, RenderFault>> {
        Box::pin(async move {
            let visited = self.pool.visit(&(self.plan)(request)).await.map_err(|error| RenderFault {
                code: error.code(),
                reason: error.to_string(),
                passes: error.is_passing(),
            })?;
            Ok(Rendered { url: visited.url, status: visited.status, html: visited.html })
        })
    }
}
