//! How the platform reaches the web: one guard, one pool of browsers and one memory of robots.txt a
//! process, and the spiders that files declare, at the places that the configuration gives them.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use mg_core::Clock;
use mg_crawl::browser::{BrowserOptions, BrowserPool, PoolOptions, Step, Until, Visit};
use mg_crawl::client::{Client, ClientError, ClientOptions, Cookies};
use mg_crawl::declared::Declared;
use mg_crawl::engine::{PoolRenderer, Renderer};
use mg_crawl::guard::{Guard, GuardFault, GuardOptions};
use mg_crawl::page::PageRequest;
use mg_crawl::robots::RobotsCache;
use url::Url;

use crate::app::CrawlSettings;
use crate::spiders::DeclaredSpiders;

/// Our name in robots.txt.
pub const PRODUCT: &str = "mg-platform";

/// Browsers, and how many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrowserSettings {
    /// Where Chromium is; `None` looks for it.
    pub executable: Option<PathBuf>,
    /// Leave Chromium's sandbox off; as root it is off anyway.
    pub no_sandbox: bool,
    /// Most browsers at once; 0 is one.
    pub browsers: usize,
    /// Most pages at once in each; 0 is four.
    pub pages: usize,
}

/// Why the web cannot be reached as configured.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// A host or domain of the configuration is none.
    #[error(transparent)]
    Guard(#[from] GuardFault),
    /// The HTTP client could not be made.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// The ways to the web.
pub struct Web {
    spiders: DeclaredSpiders,
    guard: Arc<Guard>,
    options: ClientOptions,
    agents: Client,
    browsers: Arc<BrowserPool>,
    robots: Arc<RobotsCache>,
}

/// The ways to the web of one crawl.
pub(crate) struct SpiderWeb {
    pub(crate) client: Client,
    pub(crate) renderer: Arc<dyn Renderer>,
    pub(crate) robots: Arc<RobotsCache>,
}

impl Web {
    /// The ways that `settings` open. Hosts that they name, those of spiders' bases among them, are
    /// reached although they are private; nothing else that is private is. Starts nothing yet.
    pub fn open(
        settings: &CrawlSettings,
        spiders: DeclaredSpiders,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, WebError> {
        let spiders = spiders.at(|name| settings.bases.get(name).cloned());
        let bases = settings.bases.values().filter_map(endpoint);
        let mut allow: Vec<String> = settings.allow.iter().cloned().chain(bases).collect();
        allow.sort();
        allow.dedup();
        let guard = Arc::new(Guard::new(&GuardOptions { allow, ..GuardOptions::default() })?);
        let options = ClientOptions { user_agent: settings.user_agent.clone(), ..ClientOptions::default() };
        let client = Client::new(options.clone(), Arc::clone(&guard))?;
        let agents = Client::new(options.clone(), Arc::new(guard.limited_to(&settings.agent_domains)?))?;
        let robots = Arc::new(RobotsCache::new(client, PRODUCT, clock));
        let BrowserSettings { executable, no_sandbox, browsers, pages } = settings.browser.clone();
        let pool = PoolOptions::default();
        let pool = PoolOptions {
            browser: BrowserOptions { executable, no_sandbox, user_agent: Some(settings.user_agent.clone()) },
            browsers: if browsers == 0 { pool.browsers } else { browsers },
            pages: if pages == 0 { pool.pages } else { pages },
            ..pool
        };
        let browsers = Arc::new(BrowserPool::new(pool, Arc::clone(&guard)));
        Ok(Self { spiders, guard, options, agents, browsers, robots })
    }

    /// The spiders that files declare.
    pub fn spiders(&self) -> &DeclaredSpiders {
        &self.spiders
    }

    /// What judges every URL.
    pub fn guard(&self) -> &Arc<Guard> {
        &self.guard
    }

    /// The client of agents' own pages, within the domains that they are limited to. It keeps no cookies.
    pub fn agents(&self) -> &Client {
        &self.agents
    }

    /// The browsers.
    pub fn browsers(&self) -> &Arc<BrowserPool> {
        &self.browsers
    }

    /// What is known of robots.txt files.
    pub fn robots(&self) -> &Arc<RobotsCache> {
        &self.robots
    }

    /// The ways of one crawl of a declared spider: within its domains, with cookies of its own.
    pub(crate) fn for_spider(&self, spider: &Declared) -> Result<SpiderWeb, WebError> {
        let domains: Vec<String> =
            spider.domains.iter().map(|domain| domain.trim_start_matches("*.").to_owned()).collect();
        let guard = Arc::new(self.guard.limited_to(&domains)?);
        let options = ClientOptions { cookies: Cookies::Kept, ..self.options.clone() };
        let client = Client::new(options, Arc::clone(&guard))?;
        let plan = move |request: &PageRequest| {
            let mut visit = Visit::get(request.url.clone());
            visit
                .steps
                .extend(request.wait_for.clone().map(|selector| Step::Wait(Until::Selector(selector))));
            visit.within = Some(Arc::clone(&guard));
            visit
        };
        let renderer = PoolRenderer::new(Arc::clone(&self.browsers)).with_plan(Arc::new(plan));
        Ok(SpiderWeb { client, renderer: Arc::new(renderer), robots: Arc::clone(&self.robots) })
    }

    /// Ends the browsers.
    pub async fn close(&self) {
        self.browsers.close().await;
    }
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Web").field("guard", &self.guard).finish_non_exhaustive()
    }
}

/// Host and port of a URL, as the guard's list has them.
fn endpoint(url: &Url) -> Option<String> {
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}
