//! A declared spider as the engine is told of it.

use std::time::Duration;

use url::Url;

use super::Declared;
use crate::engine::{CrawlOptions, HostOptions, RobotsPolicy};

impl Declared {
    /// What the file says of politeness, domains, depth and robots.txt; the rest is as the engine has it.
    pub fn crawl_options(&self) -> CrawlOptions {
        let polite = HostOptions::default();
        let rate = self.politeness.rate.map(|rate| Duration::from_secs_f64(1.0 / rate));
        let delay = self.politeness.delay_ms.map(Duration::from_millis);
        let gap = rate.into_iter().chain(delay).max().unwrap_or(polite.gap);
        let concurrency = self.politeness.concurrency.map_or(polite.concurrency, |most| most as usize);
        let throttle = polite.throttle.filter(|_| self.politeness.throttle.unwrap_or(true));
        let general = CrawlOptions::default();
        let mut options = CrawlOptions {
            domains: self.domains.iter().map(|domain| self.endpoint(domain)).collect(),
            // A file that lets one host have many requests at a time means it.
            concurrency: general.concurrency.max(concurrency),
            host: HostOptions { gap, concurrency, throttle, ..polite },
            robots: if self.robots { RobotsPolicy::Obeyed } else { RobotsPolicy::Ignored },
            ..general
        };
        options.traps.depth = self.follow.depth;
        options
    }

    /// The same spider, beginning at one page.
    pub fn starting_at(mut self, url: Url) -> Self {
        self.start = vec![url.into()];
        self.follow.sitemap.clear();
        self.follow.feed.clear();
        self
    }

    /// A domain as the engine has it; that of a base with a port of its own is read at that port.
    fn endpoint(&self, domain: &str) -> String {
        let domain = domain.strip_prefix("*.").unwrap_or(domain);
        match (self.base.host_str(), self.base.port()) {
            (Some(host), Some(port)) if host == domain => format!("{domain}:{port}"),
            _ => domain.to_owned(),
        }
    }
}
