//! `mg crawl`: one spider.

use std::process::ExitCode;

use mg_server::app::launch_scraper;

use crate::cli::CrawlArgs;
use crate::config::Config;
use crate::platform::{Access, Platform};

/// Launches the spider and follows the run.
pub(super) async fn run(config: &Config, arguments: &CrawlArgs, json: bool) -> anyhow::Result<ExitCode> {
    let platform = Platform::open(config, "mg crawl", Access::Borrow).await?;
    let CrawlArgs { spider, url, edition } = arguments;
    let ctx = platform.operator();
    let launched = launch_scraper(&ctx, &platform.app, spider, url.as_deref(), edition.as_deref()).await;
    super::dag::finish(platform, launched, json).await
}
