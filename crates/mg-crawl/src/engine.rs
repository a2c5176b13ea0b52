//! The page engine: asks for the pages of a spider, politely, and reports what it made of them.
//!
//! Requests come from a [`Frontier`] in batches and their outcomes go back in batches; the engine itself
//! keeps nothing that a crawl could not lose. One loop holds the state of the hosts (robots.txt, pace,
//! circuit) and begins requests; each is a task that fetches, has its page read on a thread that may block,
//! and sends its outcome to the one reporter. Every queue between them is bounded.

mod circuit;
mod dispatch;
mod fault;
mod fetch;
mod host;
mod options;
mod pool_renderer;
mod read;
mod renderer;
mod report;
mod scope;
mod shared;
mod slots;
mod stats;
mod throttle;
mod visit;

use std::sync::Arc;

use mg_core::{Clock, SystemClock};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::frontier::{Frontier, Pace};
use crate::page::PageSpider;
use crate::robots::RobotsCache;
use dispatch::Dispatch;
use scope::Scope;
use shared::Shared;

pub use options::{
    Batching, Caps, CircuitOptions, CrawlOptions, HostOptions, PageOptions, RobotsPolicy, ThrottleOptions,
    Traps,
};
pub use pool_renderer::{Plan, PoolRenderer};
pub use renderer::{RenderFault, Rendered, Renderer};
pub use stats::{Finish, HostStats, Stats, Summary};

/// A crawl to be run.
pub struct Crawl {
    spider: Arc<dyn PageSpider>,
    frontier: Arc<dyn Frontier>,
    pace: Arc<dyn Pace>,
    client: Client,
    renderer: Option<Arc<dyn Renderer>>,
    robots: Option<Arc<RobotsCache>>,
    clock: Arc<dyn Clock>,
    options: CrawlOptions,
}

impl Crawl {
    /// A crawl by plain requests.
    pub fn new(
        spider: Arc<dyn PageSpider>,
        frontier: Arc<dyn Frontier>,
        pace: Arc<dyn Pace>,
        client: Client,
        options: CrawlOptions,
    ) -> Self {
        let clock = Arc::new(SystemClock);
        Self { spider, frontier, pace, client, renderer: None, robots: None, clock, options }
    }

    /// The same crawl, with a browser for the pages that need one. Without, they are given up with the code
    /// `browser_missing`.
    pub fn with_renderer(self, renderer: Arc<dyn Renderer>) -> Self {
        Self { renderer: Some(renderer), ..self }
    }

    /// The same crawl, with what others have learnt of robots.txt files.
    pub fn with_robots(self, robots: Arc<RobotsCache>) -> Self {
        Self { robots: Some(robots), ..self }
    }

    /// The same crawl by another clock.
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Adds the spider's start pages and crawls until the frontier holds nothing more, a cap is reached or
    /// `cancel` says so; what another crawl left in the frontier is gone on with. How it stands is sent to
    /// `progress` twice a second and at the end. Cancelling drops the requests in work and hands them back;
    /// a cap lets them end.
    pub async fn run(self, cancel: CancellationToken, progress: watch::Sender<Stats>) -> Summary {
        let start = self.spider.start();
        let guard = self.client.guard().clone();
        let scope = Arc::new(Scope::new(&self.options, &start, guard));
        if let Err(error) = self.frontier.add(scope.named(start)).await {
            return Summary { finish: Finish::Failed(error), stats: Stats::default() };
        }
        let robots = match self.options.robots {
            RobotsPolicy::Ignored => None,
            RobotsPolicy::Obeyed => Some(self.robots.unwrap_or_else(|| {
                let product = &self.options.product;
                Arc::new(RobotsCache::new(self.client.clone(), product, self.clock.clone()))
            })),
        };
        let shared = Shared {
            spider: self.spider,
            frontier: self.frontier,
            pace: self.pace,
            client: self.client,
            renderer: self.renderer,
            robots,
            clock: self.clock,
            parsers: Shared::parsers(&self.options),
            large: Shared::large_bodies(),
            options: self.options,
            scope,
        };
        let spider = shared.spider.name().to_owned();
        let summary = Dispatch::new(Arc::new(shared), progress).run(&cancel).await;
        let (finish, stats) = (summary.finish.code(), &summary.stats);
        tracing::info!(
            spider,
            finish,
            pages = stats.pages,
            items = stats.items,
            rejects = stats.rejects,
            retries = stats.retries,
            elapsed_ms = stats.elapsed_ms,
            "a crawl has ended"
        );
        summary
    }
}
