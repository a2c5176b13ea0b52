//! The way to the web of one trial. What the operator names at the command line or in a file may be private, as a
//! portal on this machine is; nothing else that is private is reached.

use std::sync::Arc;

use mg_crawl::browser::{BrowserOptions, BrowserPool, PoolOptions, Step, Until, Visit};
use mg_crawl::client::{Client, ClientOptions, Cookies};
use mg_crawl::engine::{Crawl, CrawlOptions, PoolRenderer, Stats, Summary};
use mg_crawl::frontier::{Asked, MemoryFrontier, MemoryPace};
use mg_crawl::guard::{Guard, GuardOptions};
use mg_crawl::page::{PageRequest, PageSpider};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::config::Config;

/// What a trial brought.
pub(super) struct Trial {
    pub(super) summary: Summary,
    pub(super) asked: Vec<Asked>,
}

/// Crawls in memory, and reaches the hosts of `named` although they may be private. A browser's page of
/// which nothing is said is waited for until `unsaid`.
pub(super) async fn crawl(
    config: &Config,
    spider: Arc<dyn PageSpider>,
    named: &[&Url],
    mut options: CrawlOptions,
    unsaid: Until,
) -> anyhow::Result<Trial> {
    let allow = named.iter().filter_map(|url| {
        let port = url.port_or_known_default()?;
        Some(format!("{}:{port}", url.host_str()?))
    });
    let guard = Guard::new(&GuardOptions { allow: allow.collect(), ..GuardOptions::default() })?;
    let guard = Arc::new(guard);
    let user_agent = config.crawl.user_agent.clone();
    options.page.timeout = std::time::Duration::from_millis(config.crawl.timeout_ms);
    options.page.body_limit_bytes = config.crawl.body_limit_mb.min(256) << 20;
    let client =
        ClientOptions { user_agent: user_agent.clone(), cookies: Cookies::Kept, ..ClientOptions::default() };
    let client = Client::new(client, Arc::clone(&guard))?;
    let browser = BrowserOptions {
        executable: config.browser.executable.clone(),
        no_sandbox: config.browser.no_sandbox,
        user_agent: Some(user_agent),
    };
    // It starts no browser before a page needs one.
    let pool = Arc::new(BrowserPool::new(PoolOptions { browser, ..PoolOptions::default() }, guard));
    let renderer =
        PoolRenderer::new(Arc::clone(&pool)).with_plan(Arc::new(move |request| visit(request, &unsaid)));
    let frontier = Arc::new(MemoryFrontier::default());
    let crawl = Crawl::new(spider, frontier.clone(), Arc::new(MemoryPace::default()), client, options)
        .with_renderer(Arc::new(renderer));
    let (progress, _seen) = watch::channel(Stats::default());
    let summary = crawl.run(CancellationToken::new(), progress).await;
    pool.close().await;
    Ok(Trial { summary, asked: frontier.drain() })
}

fn visit(request: &PageRequest, unsaid: &Until) -> Visit {
    let mut visit = Visit::get(request.url.clone());
    let until = request.wait_for.clone().map_or_else(|| unsaid.clone(), Until::Selector);
    visit.steps.push(Step::Wait(until));
    visit
}
