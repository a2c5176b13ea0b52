//! `take_screenshot`: a page as it looks.

use mg_core::OpContext;
use mg_crawl::browser::{Extent, Step, Until};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::App;
use super::{admitted, succeeded, visit};
use crate::Problem;

/// A picture of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Picture {
    /// Where the page was found, after redirects.
    pub url: String,
    /// The picture's media type: image/png.
    pub media_type: String,
    /// Bytes of the picture.
    pub size_bytes: usize,
    /// The picture itself, which goes beside this.
    #[serde(skip)]
    pub png: Vec<u8>,
}

/// Takes a picture of a page, with its images; of all of it, or of what a window of 1280 by 800 shows.
pub async fn take_screenshot(
    ctx: &OpContext,
    app: &App,
    url: &str,
    selector: Option<&str>,
    whole: bool,
) -> Result<Picture, Problem> {
    let url = admitted(ctx, app, url).await?;
    let mut visit = visit(app, url);
    visit.blocked.clear();
    visit.steps.extend(selector.map(|selector| Step::Wait(Until::Selector(selector.to_owned()))));
    visit.screenshot = Some(if whole { Extent::Page } else { Extent::Window });
    let visited = app.web.browsers().visit(&visit).await?;
    succeeded(visited.status, &visited.url)?;
    let png = visited.screenshot.unwrap_or_default();
    let media_type = "image/png".to_owned();
    Ok(Picture { url: visited.url.to_string(), media_type, size_bytes: png.len(), png })
}
