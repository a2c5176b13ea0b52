//! One page of the web, for whoever asks: its text, fields of it, a picture, a file.
//!
//! A URL that an agent gives is hostile until the guard has judged it; robots.txt and the pace of the host
//! hold here as in a crawl.

mod download;
mod extract;
mod picture;
mod scrape;

use std::time::Duration;

use http::HeaderMap;
use mg_core::{OpContext, Role};
use mg_crawl::browser::{Step, Until, Visit, Visited};
use mg_crawl::client::Limits;
use mg_crawl::guard::Refused;
use mg_crawl::page::{Engine, Page, PageRequest};
use url::Url;

pub use download::{Download, download_file};
pub use extract::{ExtractedData, FieldFound, FieldWanted, extract_structured_data};
pub use picture::{Picture, take_screenshot};
pub use scrape::{ScrapedPage, scrape_url};

use super::{App, require};
use crate::Problem;

/// Least time between two pages of a host.
const GAP: Duration = Duration::from_millis(250);
/// A host that is booked for longer is said to be busy.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Bounds of one page.
const PAGE: Limits = Limits { total_timeout: Duration::from_secs(30), body_bytes: 8 << 20 };

/// How a page is fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Fetching {
    /// As its server sends it.
    #[default]
    Plain,
    /// As its scripts leave it, once this CSS selector matches; without one, once it loads nothing more.
    Rendered(Option<String>),
}

/// Fetches a page as `how` says.
async fn fetch(ctx: &OpContext, app: &App, url: &str, how: &Fetching) -> Result<Page, Problem> {
    let url = admitted(ctx, app, url).await?;
    match how {
        Fetching::Plain => {
            let answer = app.web.agents().get_within(&url, &HeaderMap::new(), PAGE).await?;
            let (status, found) = (answer.status().as_u16(), answer.url().clone());
            let content_type = answer.headers().get(http::header::CONTENT_TYPE).cloned();
            succeeded(status, &found)?;
            let body = answer.bytes().await?;
            let content_type = content_type.as_ref().and_then(|value| value.to_str().ok());
            let request = PageRequest::get(url, "page");
            Ok(Page::of(request, found, status, content_type, body, ctx.now()))
        }
        Fetching::Rendered(selector) => {
            let mut visit = visit(app, url.clone());
            let until = selector.clone().map_or(Until::NetworkIdle, Until::Selector);
            visit.steps.push(Step::Wait(until));
            let visited = app.web.browsers().visit(&visit).await?;
            rendered(ctx, url, visited)
        }
    }
}

/// A visit that stays where agents may go.
fn visit(app: &App, url: Url) -> Visit {
    let mut visit = Visit::get(url);
    visit.within = Some(app.web.agents().guard().clone());
    visit.timeout = PAGE.total_timeout;
    visit
}

fn rendered(ctx: &OpContext, url: Url, visited: Visited) -> Result<Page, Problem> {
    let Visited { url: found, status, html, .. } = visited;
    succeeded(status, &found)?;
    let request = PageRequest { engine: Engine::Browser, ..PageRequest::get(url, "page") };
    let content_type = Some("text/html; charset=utf-8");
    Ok(Page::of(request, found, status, content_type, html.into_bytes().into(), ctx.now()))
}

/// A URL that may be asked now: by the guard, by its robots.txt, and by the pace of its host.
async fn admitted(ctx: &OpContext, app: &App, url: &str) -> Result<Url, Problem> {
    require(ctx, Role::Editor)?;
    let url = Url::parse(url.trim()).map_err(|_| mg_crawl::CrawlError::NotAUrl(url.to_owned()))?;
    app.web.agents().guard().check_url(&url).map_err(|refused| refusal(&url, &refused))?;
    let rules = app.web.robots().rules(&url).await;
    if !rules.allows(&url) {
        return Err(Problem::new(
            "robots_disallowed",
            format!("{url} is not to be read by programs: {}.", rules.why_not(&url)),
            "Leave it; its owner asks so in robots.txt.",
        ));
    }
    let gap = rules.crawl_delay().unwrap_or(GAP).max(GAP);
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let wait = app.store.book_host(host, 1, gap).await?;
    if wait > LONGEST_WAIT {
        return Err(Problem::new(
            "host_busy",
            format!(
                "{host} is asked by others already, or asked to be left alone; its turn is in {} s.",
                wait.as_secs()
            ),
            "Try again later.",
        ));
    }
    tokio::time::sleep(wait).await;
    Ok(url)
}

fn refusal(url: &Url, refused: &Refused) -> Problem {
    Problem::new(refused.code(), format!("{url} is refused: {refused}."), refused.advice())
}

fn succeeded(status: u16, url: &Url) -> Result<(), Problem> {
    if (200..300).contains(&status) {
        return Ok(());
    }
    Err(Problem::new(
        "source_refused",
        format!("{url} answered {status}."),
        "Check the URL; try again later when the status is 429 or 5xx.",
    ))
}
