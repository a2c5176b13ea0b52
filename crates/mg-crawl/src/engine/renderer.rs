//! What stands for a browser: pages that only their scripts complete.

use futures::future::BoxFuture;
use url::Url;

use crate::page::PageRequest;

/// Loads a page and lets its scripts run.
pub trait Renderer: Send + Sync {
    /// The page as its scripts leave it. It keeps to its own time limits; the engine adds one of
    /// [`PageOptions::timeout`](super::PageOptions::timeout) around it.
    fn render<'a>(&'a self, request: &'a PageRequest) -> BoxFuture<'a, Result<Rendered, RenderFault>>;
}

/// A page as its scripts left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Where it ended, after redirects.
    pub url: Url,
    /// The HTTP status of the document.
    pub status: u16,
    /// The document as HTML.
    pub html: String,
}

/// Why a page could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderFault {
    /// A stable name of the kind.
    pub code: &'static str,
    /// What happened, in a sentence.
    pub reason: String,
    /// Whether trying again may help: a crash may pass, a refused URL does not.
    pub passes: bool,
}
