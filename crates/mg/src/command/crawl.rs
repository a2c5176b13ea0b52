//! `mg crawl`: one spider.

use std::process::ExitCode;

use mg_server::app::{CrawlOrder, launch_scraper};

use crate::cli::CrawlArgs;
use crate::config::Config;
use crate::platform::{Access, Platform};

/// Launches the spider and follows the run.
pub(super) async fn run(config: &Config, arguments: &CrawlArgs, json: bool) -> anyhow::Result<ExitCode> {
    let platform = Platform::open(config, "mg crawl", Access::Borrow).await?;
    let CrawlArgs { spider, url, edition, accept_fall } = arguments;
    let ctx = platform.operator();
    let (url, edition) = (url.as_deref(), edition.as_deref());
    let order = CrawlOrder { spider, url, edition, accept_fall: *accept_fall };
    let launched = launch_scraper(&ctx, &platform.app, order).await;
    super::dag::finish(platform, launched, json).await
}
