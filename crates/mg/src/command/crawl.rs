//! `mg crawl`: one spider.

use std::process::ExitCode;

use mg_core::RunId;
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
    if let Ok(launch) = &launched
        && launch.already_running
    {
        eprintln!("Run {} of the same crawl has not ended; this follows it.", launch.run_id);
    }
    let launched = launched.map(|launch| RunId(launch.run_id));
    super::dag::finish(platform, launched, json).await
}
