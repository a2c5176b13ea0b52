//! Spiders.

use axum::http::Method;
use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::operation::Operation;
use super::reply::Reply;
use crate::Problem;
use crate::app::{self, App, CrawlOrder, Launch, SpiderSummary};

/// Nothing is asked beside the path.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// The spiders.
#[derive(Serialize, JsonSchema)]
pub(super) struct SpiderList {
    /// The spiders, by name.
    spiders: Vec<SpiderSummary>,
}

/// A crawl that is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Crawl {
    /// Name of the spider.
    spider: String,
    /// URL of one file or page of its site, on its own host; without it, all that it reads.
    url: Option<String>,
    /// The edition to read, YYYY-MM; without it, the latest.
    edition: Option<String>,
    /// True when it is right that a site gives much less than it used to; else nothing is loaded then.
    accept_fall: Option<bool>,
}

pub(super) struct ListSpiders;

impl Operation for ListSpiders {
    type Input = Nothing;
    type Output = SpiderList;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/spiders";
    const NAME: &'static str = "list_spiders";
    const SUMMARY: &'static str = "The spiders: what each reads, from where, into which table";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, _input: Nothing) -> Result<Reply, Problem> {
        Reply::json(&SpiderList { spiders: app::list_spiders(&ctx, &app) })
    }
}

pub(super) struct LaunchScraper;

impl Operation for LaunchScraper {
    type Input = Crawl;
    type Output = Launch;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/spiders/{spider}/runs";
    const NAME: &'static str = "launch_scraper";
    const SUMMARY: &'static str =
        "Ask for a crawl; the same run when the same was asked for and has not ended";
    const ROLE: Role = Role::Editor;
    const STATUS: u16 = 202;

    async fn call(ctx: OpContext, app: App, input: Crawl) -> Result<Reply, Problem> {
        let Crawl { spider, url, edition, accept_fall } = input;
        let (url, edition) = (url.as_deref(), edition.as_deref());
        let order = CrawlOrder { spider: &spider, url, edition, accept_fall: accept_fall.unwrap_or(false) };
        let launch = app::launch_scraper(&ctx, &app, order).await?;
        Reply::json(&launch)?.at(format!("/api/v1/runs/{}", launch.run_id))
    }
}
