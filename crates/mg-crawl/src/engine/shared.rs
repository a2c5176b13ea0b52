//! What all tasks of a crawl hold in common.

use std::sync::Arc;

use mg_core::Clock;
use tokio::sync::Semaphore;

use super::options::CrawlOptions;
use super::renderer::Renderer;
use super::scope::Scope;
use crate::client::Client;
use crate::frontier::{Frontier, Pace};
use crate::page::PageSpider;
use crate::robots::RobotsCache;

/// Large bodies that are held at a time: with their texts they bound a crawl's memory.
const LARGE_BODIES: usize = 4;

/// What all tasks of a crawl hold in common.
pub(super) struct Shared {
    pub(super) spider: Arc<dyn PageSpider>,
    pub(super) frontier: Arc<dyn Frontier>,
    pub(super) pace: Arc<dyn Pace>,
    pub(super) client: Client,
    pub(super) renderer: Option<Arc<dyn Renderer>>,
    /// `None` where robots.txt is ignored.
    pub(super) robots: Option<Arc<RobotsCache>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: CrawlOptions,
    pub(super) scope: Arc<Scope>,
    pub(super) parsers: Semaphore,
    pub(super) large: Arc<Semaphore>,
}

impl Shared {
    /// As many pages are read at a time as the options say, or as there are cores.
    pub(super) fn parsers(options: &CrawlOptions) -> Semaphore {
        let cores = || std::thread::available_parallelism().map_or(2, usize::from);
        Semaphore::new(if options.page.parsers == 0 { cores() } else { options.page.parsers })
    }

    pub(super) fn large_bodies() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(LARGE_BODIES))
    }
}
