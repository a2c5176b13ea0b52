//! A crawl of pages by a declared spider: from its start pages to the rows of its table.
//!
//! What is still to be asked and what was found lies in Postgres, so the next attempt goes on where this
//! one is killed. The table changes once, at the end, if what was found is no less than it used to be.

mod frontier;
mod pace;
mod trend;

use std::sync::Arc;
use std::time::Duration;

use mg_crawl::CrawlError;
use mg_crawl::declared::{Declared, Existing, Proposal};
use mg_crawl::engine::{Crawl, Finish, Stats, Summary};
use mg_crawl::page::{Page, PageRequest, PageSpider, Yield};
use mg_dags::jobs::{Crawled, Records};
use mg_flow::TaskContext;
use mg_store::crawl::{CrawlHold, CrawlYield};
use mg_store::load::Loaded;
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::frontier::StoredFrontier;
use self::pace::StoredPace;
use self::trend::fallen;
use crate::Problem;
use crate::app::App;

/// With how many former crawls one is compared.
const COMPARED: i64 = 5;
/// How often it is told how far a crawl is.
const TELLING: Duration = Duration::from_secs(2);

/// A crawl that is asked for.
pub(super) struct PageCrawl<'a> {
    pub(super) app: &'a App,
    pub(super) context: &'a TaskContext,
    pub(super) spider: Arc<Declared>,
    /// The page to begin with, in the place of those that the spider's file says.
    pub(super) url: Option<Url>,
    /// Whether it is right that there is much less than there used to be.
    pub(super) accepts_fall: bool,
}

impl PageCrawl<'_> {
    pub(super) async fn run(self) -> Result<Crawled, Problem> {
        let (store, name) = (&self.app.store, self.spider.name.as_str());
        self.check_table().await?;
        let arguments = json!({ "url": self.url });
        let crawl =
            store.open_crawl(self.context.claimed(), name, &self.spider.definition, &arguments).await?;
        if crawl.is_taken_up {
            self.context.info("the crawl goes on where an attempt before left it").await;
        }
        let summary = self.crawl(&crawl).await?;
        let stats = &summary.stats;
        let reason = match summary.finish {
            Finish::Failed(error) => return Err(error.into()),
            Finish::Cancelled => return Err(CrawlError::Stopped.into()),
            ended => ended.code(),
        };
        let counts = crawl.counts().await?;
        let staged = crawl.stage(&self.spider.table).await?;
        let yielded = staged.yielded().clone();
        let before = store.crawl_yields(name, &arguments, COMPARED).await?;
        let statistics = serde_json::to_value(stats).unwrap_or_default();
        // A crawl that a cap cut short was to be short.
        if reason == "done"
            && !self.accepts_fall
            && let Some(fall) = fallen(&yielded, &before)
        {
            drop(staged);
            crawl.close("fallen", &yielded, &statistics).await?;
            return Err(Problem::new(
                "yield_fell",
                format!("Spider {name} found much less than before: {fall}. Nothing was loaded."),
                format!(
                    "Look at the site and at `mg spider try {name}`: it may have changed its pages. If there really \
                     is so little now, launch it with accept_fall."
                ),
            ));
        }
        let is_whole = reason == "done" && self.url.is_none() && counts.given_up == 0;
        let edition = self.spider.edition_of(self.context.instant());
        let loaded = staged.merge(&edition, is_whole).await?;
        crawl.close(reason, &yielded, &statistics).await?;
        self.tell(stats, loaded, reason).await;
        if loaded.read == 0 && counts.read + counts.unchanged == 0 {
            let start = self.url.clone().unwrap_or_else(|| self.spider.base.clone());
            return Err(CrawlError::NothingFound(start).into());
        }
        store.record_edition(name, &edition, loaded.read).await?;
        // What waits for editions has nothing to do when the site is as it was.
        let is_news = loaded.inserted + loaded.revised + loaded.withdrawn > 0;
        self.context.wrote("analytics.edition", Some(is_news.into()));
        Ok(crawled(name, edition, stats, counts.given_up, &yielded, loaded))
    }

    async fn crawl(&self, crawl: &CrawlHold) -> Result<Summary, Problem> {
        let web = self.app.web.for_spider(&self.spider)?;
        let columns = self.spider.table.columns.to_vec();
        let spider = Begun { spider: Arc::clone(&self.spider), at: self.url.clone() };
        let frontier = StoredFrontier::new(crawl.clone(), columns);
        let pace = StoredPace::new(self.app.store.clone());
        let mut options = self.spider.crawl_options();
        options.page.timeout = Duration::from_millis(self.app.crawl.timeout_ms);
        let crawl = Crawl::new(Arc::new(spider), Arc::new(frontier), Arc::new(pace), web.client, options)
            .with_renderer(web.renderer)
            .with_robots(web.robots);
        let (progress, mut seen) = watch::channel(Stats::default());
        let cancel = CancellationToken::new();
        let running = crawl.run(cancel.clone(), progress);
        tokio::pin!(running);
        loop {
            tokio::select! {
                summary = &mut running => return Ok(summary),
                () = self.context.stopped(), if !cancel.is_cancelled() => cancel.cancel(),
                () = tokio::time::sleep(TELLING) => {
                    let stats = seen.borrow_and_update().clone();
                    self.tell_progress(&stats).await;
                }
            }
        }
    }

    async fn tell_progress(&self, stats: &Stats) {
        let done = stats.pages + stats.unchanged;
        self.context.progress(done, done + stats.waiting + stats.in_work).await;
        let fields = json!({
            "pages": stats.pages, "unchanged": stats.unchanged, "items": stats.items, "rejects": stats.rejects,
            "retries": stats.retries, "waiting": stats.waiting, "bytes": stats.bytes,
            "pages_per_second": stats.pages_per_second, "url": stats.current_url, "hosts": stats.hosts,
        });
        self.context.say(mg_store::task::LogLevel::Debug, "crawling", fields).await;
    }

    async fn tell(&self, stats: &Stats, loaded: Loaded, reason: &str) {
        let context = self.context;
        for (metric, number) in [
            ("pages", stats.pages),
            ("pages_unchanged", stats.unchanged),
            ("bytes", stats.bytes),
            ("requests", stats.requests),
            ("retries", stats.retries),
            ("rows_read", loaded.read),
            ("rows_written", loaded.inserted + loaded.revised + loaded.withdrawn),
            ("rows_rejected", stats.rejects),
        ] {
            context.count(metric, number);
        }
        let table = format!("analytics.{}", self.spider.table.name);
        context.wrote(&table, Some(loaded.inserted + loaded.revised + loaded.withdrawn));
        let fields = serde_json::to_value(stats).unwrap_or_default();
        let said = format!("the crawl has ended ({reason}): {} pages, {} records", stats.pages, loaded.read);
        context.say(mg_store::task::LogLevel::Info, &said, fields).await;
    }

    /// The table is as the file says, or whoever keeps it is told what to change.
    async fn check_table(&self) -> Result<(), Problem> {
        let spider = &self.spider;
        let columns = self.app.store.columns("analytics", spider.table.name.as_str()).await?;
        let existing: Vec<Existing> = columns
            .into_iter()
            .map(|column| Existing {
                name: column.name,
                sql_type: column.data_type,
                required: !column.nullable,
            })
            .collect();
        let (what, to_do) = match spider.compare(&existing) {
            Proposal::Same => return Ok(()),
            Proposal::Create(_) => (
                "does not exist yet".to_owned(),
                "Start `mg serve` anew, or run `mg migrate`: it makes the table.".to_owned(),
            ),
            Proposal::Differs { migration, undecided } => (
                format!("is not as the file of spider {} says", spider.name),
                format!("{} {migration}", undecided.join(" ")),
            ),
        };
        Err(Problem::new("table_differs", format!("Table analytics.{} {what}.", spider.table.name), to_do))
    }
}

/// A declared spider that may begin elsewhere than its file says.
struct Begun {
    spider: Arc<Declared>,
    at: Option<Url>,
}

impl PageSpider for Begun {
    fn name(&self) -> &str {
        &self.spider.name
    }

    fn start(&self) -> Vec<PageRequest> {
        match &self.at {
            Some(url) => vec![self.spider.request_of(url.clone())],
            None => self.spider.start(),
        }
    }

    fn parse(&self, page: &Page, found: &mut Yield) -> Result<(), CrawlError> {
        self.spider.parse(page, found)
    }
}

fn crawled(
    name: &str,
    edition: String,
    stats: &Stats,
    given_up: i64,
    yielded: &CrawlYield,
    loaded: Loaded,
) -> Crawled {
    let given_up = usize::try_from(given_up).unwrap_or_default();
    Crawled {
        spider: name.to_owned(),
        edition: Some(edition),
        sources: usize::try_from(yielded.pages).unwrap_or_default() + given_up,
        sources_missing: given_up,
        bytes: stats.bytes,
        records: Records {
            read: loaded.read,
            inserted: loaded.inserted,
            revised: loaded.revised,
            withdrawn: loaded.withdrawn,
            rejected: stats.rejects,
        },
    }
}
