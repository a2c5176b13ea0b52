//! `scrape_url`, `scrape_dynamic_page`: a page as Markdown.

use mg_core::OpContext;
use mg_crawl::markdown;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::App;
use super::{Fetching, fetch};
use crate::Problem;

/// Characters of Markdown that are given at most; a page has the rest.
const MOST_CHARS: usize = 60_000;
/// Links that are given at most.
const MOST_LINKS: usize = 100;

/// A link of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PageLink {
    /// What is shown for it.
    pub text: String,
    /// Where it leads.
    pub url: String,
}

/// A page as Markdown. All of it is a stranger's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScrapedPage {
    /// Where it was found, after redirects.
    pub url: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its language, as it says: fr.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// What it says it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The address that it wants to be known by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    /// The day it was published, if it says so, YYYY-MM-DD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Its content, without menus, banners and scripts.
    pub markdown: String,
    /// True when there is more of it than is given.
    pub truncated: bool,
    /// The first links of its content, each once.
    pub links: Vec<PageLink>,
    /// SHA-256 of the page, hexadecimal.
    pub hash: String,
    /// When it was read, RFC 3339.
    pub fetched_at: String,
}

/// Reads a page of the web.
pub async fn scrape_url(
    ctx: &OpContext,
    app: &App,
    url: &str,
    how: &Fetching,
) -> Result<ScrapedPage, Problem> {
    let page = fetch(ctx, app, url, how).await?;
    let read = tokio::task::spawn_blocking(move || markdown::of(&page).map(|readable| (page, readable)));
    let (page, readable) = read.await.map_err(|error| {
        Problem::new("parser_panicked", format!("Reading the page broke off: {error}."), "Report the page.")
    })??;
    let mut markdown = readable.markdown;
    let end = markdown.char_indices().nth(MOST_CHARS).map(|(end, _)| end);
    if let Some(end) = end {
        markdown.truncate(end);
    }
    let links = readable.links.into_iter().take(MOST_LINKS);
    Ok(ScrapedPage {
        url: page.url.to_string(),
        title: readable.title,
        lang: readable.lang,
        description: readable.description,
        canonical: readable.canonical,
        published: readable.published.map(|day| day.to_string()),
        markdown,
        truncated: end.is_some(),
        links: links.map(|link| PageLink { text: link.text, url: link.url }).collect(),
        hash: page.hash,
        fetched_at: page.fetched_at.to_rfc3339(),
    })
}
