//! A crawl over the tests' sites, and what came of it.

use std::sync::Arc;
use std::time::Duration;

use mg_crawl::client::{Client, ClientOptions, Cookies};
use mg_crawl::engine::{
    CircuitOptions, Crawl, CrawlOptions, Finish, HostOptions, PageOptions, Stats, Summary,
};
use mg_crawl::frontier::{Asked, Frontier, MemoryFrontier, MemoryPace, Outcome, Pace, ReadPage};
use mg_crawl::guard::{Guard, GuardOptions};
use mg_crawl::page::PageSpider;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::spider::Links;

/// A crawl that hangs has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A crawl to be tried.
pub(super) struct Trial {
    pub(super) options: CrawlOptions,
    pub(super) cookies: Cookies,
    pub(super) frontier: Arc<MemoryFrontier>,
    pub(super) pace: Arc<dyn Pace>,
    pub(super) cancel: CancellationToken,
    allowed: Vec<String>,
}

/// What came of a crawl.
pub(super) struct Came {
    pub(super) finish: Finish,
    pub(super) stats: Stats,
    pub(super) asked: Vec<Asked>,
}

impl Trial {
    /// A crawl that may reach these hosts, as fast as it can.
    pub(super) fn at(allowed: &[String]) -> Self {
        let circuit = CircuitOptions { wait: Duration::from_millis(50), ..CircuitOptions::default() };
        let host = HostOptions {
            concurrency: 8,
            gap: Duration::ZERO,
            throttle: None,
            circuit,
            ..Default::default()
        };
        let page = PageOptions { timeout: Duration::from_secs(10), ..PageOptions::default() };
        Self {
            options: CrawlOptions { host, page, ..CrawlOptions::default() },
            cookies: Cookies::Ignored,
            frontier: Arc::default(),
            pace: Arc::new(MemoryPace::default()),
            cancel: CancellationToken::new(),
            allowed: allowed.to_vec(),
        }
    }

    pub(super) fn client(&self) -> Client {
        let guard = GuardOptions { allow: self.allowed.clone(), ..GuardOptions::default() };
        let guard = Guard::new(&guard).expect("a guard");
        let options = ClientOptions { cookies: self.cookies, ..ClientOptions::default() };
        Client::new(options, Arc::new(guard)).expect("a client")
    }

    /// A crawl by `spider`, still to be run.
    pub(super) fn crawl(&self, spider: impl PageSpider + 'static, frontier: Arc<dyn Frontier>) -> Crawl {
        Crawl::new(Arc::new(spider), frontier, self.pace.clone(), self.client(), self.options.clone())
    }

    pub(super) async fn run(&self, start: &[Url]) -> Came {
        self.run_by(Links::from(start)).await
    }

    pub(super) async fn run_by(&self, spider: impl PageSpider + 'static) -> Came {
        self.finish(self.crawl(spider, self.frontier.clone())).await
    }

    pub(super) async fn finish(&self, crawl: Crawl) -> Came {
        let (progress, told) = watch::channel(Stats::default());
        let running = tokio::time::timeout(PATIENCE, crawl.run(self.cancel.clone(), progress));
        let Summary { finish, stats } = running.await.expect("an end in time");
        if !matches!(finish, Finish::Failed(_)) {
            assert_eq!(*told.borrow(), stats, "what is told last is how it ended");
        }
        Came { finish, stats, asked: self.frontier.drain() }
    }
}

impl Came {
    /// The pages that were read, by path and query, in order of their names.
    pub(super) fn read(&self) -> Vec<String> {
        let read = self.asked.iter().filter(|asked| matches!(asked.outcome, Outcome::Read(_)));
        let mut paths: Vec<String> = read.map(|asked| path_of(&asked.request.url)).collect();
        paths.sort();
        paths
    }

    /// The page of this path.
    pub(super) fn page(&self, path: &str) -> &ReadPage {
        let found = self.asked.iter().find(|asked| path_of(&asked.request.url) == path);
        match found.map(|asked| &asked.outcome) {
            Some(Outcome::Read(page)) => page,
            other => panic!("{path} was not read: {other:?}"),
        }
    }

    /// The code and the reason with which this path was given up.
    pub(super) fn given(&self, path: &str) -> (&'static str, &str) {
        let found = self.asked.iter().find(|asked| path_of(&asked.request.url) == path);
        match found.map(|asked| &asked.outcome) {
            Some(Outcome::Given(code, reason)) => (code, reason),
            other => panic!("{path} was not given up: {other:?}"),
        }
    }

    /// The texts of all items, in order of their names.
    pub(super) fn items(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for asked in &self.asked {
            if let Outcome::Read(page) = &asked.outcome {
                let values = page.items.iter().flat_map(|item| &item.record.values);
                texts.extend(values.filter_map(|value| value.as_text()).map(str::to_owned));
            }
        }
        texts.sort();
        texts
    }
}

fn path_of(url: &Url) -> String {
    url[url::Position::BeforePath..url::Position::AfterQuery].to_owned()
}
