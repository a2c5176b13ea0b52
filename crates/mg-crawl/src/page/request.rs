//! What a spider asks for.

use serde::{Deserialize, Serialize};
use url::Url;

/// What fetches a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// A plain request: the page as the server sends it.
    #[default]
    Http,
    /// Chromium: the page as its scripts leave it.
    Browser,
}

/// A page to be read. Requests of one fingerprint are asked once a crawl.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRequest {
    /// Where it is.
    pub url: Url,
    /// What fetches it.
    pub engine: Engine,
    /// Which of the spider's ways to read a page is meant; `list` and `detail`, say.
    pub label: String,
    /// How many links lie between it and a start page. The engine counts them for what a page leads to.
    pub depth: u32,
    /// The higher, the sooner.
    pub priority: i32,
    /// How many pages in a row before it gave no record. The engine counts them: a calendar without end
    /// is known by it, and a pagination is not taken for one.
    #[serde(default)]
    pub barren: u32,
    /// What a browser's page must show before it counts as there: a CSS selector.
    #[serde(default)]
    pub wait_for: Option<String>,
}

impl PageRequest {
    /// A start page, fetched by a plain request.
    pub fn get(url: Url, label: &str) -> Self {
        Self {
            url,
            engine: Engine::Http,
            label: label.to_owned(),
            depth: 0,
            priority: 0,
            barren: 0,
            wait_for: None,
        }
    }
}
