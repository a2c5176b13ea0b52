//! `crawl`: from a portal to the facts. Fetching runs ahead while records are loaded; no
//! transaction is open while anything is fetched.

use std::sync::Arc;

use futures::StreamExt;
use mg_crawl::{CrawlError, Fetcher, Source, Spider};
use mg_dags::jobs::{Crawl, Crawled, Records};
use mg_flow::{Job, JobError, TaskContext};
use tokio_util::task::AbortOnDropHandle;

use super::collector::{Asked, Collector, add};
use super::pages::PageCrawl;
use crate::Problem;
use crate::app::page_of;

/// Where it is noted which edition is loaded: what waits for the data of a dataset waits for this.
const EDITION: &str = "analytics.edition";

/// Runs spiders.
pub(super) struct CrawlJob {
    pub(super) collector: Collector,
}

impl Job for CrawlJob {
    type Input = Crawl;

    async fn run(&self, context: &TaskContext, input: Crawl) -> Result<Crawled, JobError> {
        // A crawl of pages hands back what it has under way when it is told to stop.
        if self.collector.app.web.spiders().named(&input.spider).is_some() {
            return self.crawl(context, &input).await.map_err(JobError::from);
        }
        tokio::select! {
            outcome = self.crawl(context, &input) => outcome.map_err(JobError::from),
            () = context.stopped() => Err(Problem::from(CrawlError::Stopped).into()),
        }
    }
}

impl CrawlJob {
    async fn crawl(&self, context: &TaskContext, input: &Crawl) -> Result<Crawled, Problem> {
        let app = &self.collector.app;
        if let Some(declared) = app.web.spiders().named(&input.spider) {
            let url = input.url.as_deref().map(|url| page_of(app, declared, url)).transpose()?;
            let (spider, accepts_fall) = (Arc::clone(declared), *input.accept_fall);
            return PageCrawl { app, context, spider, url, accepts_fall }.run().await;
        }
        let spider = Collector::spider(&input.spider)?;
        let fetcher = self.collector.fetcher(spider.as_ref())?;
        let asked = Asked { url: input.url.as_deref(), edition: input.edition.as_deref(), datafiles: &[] };
        let sources = self.collector.sources(spider.as_ref(), &fetcher, asked).await?;
        let base = self.collector.app.crawl.base(spider.as_ref())?;
        let outcome = self.load_all(context, &spider, &fetcher, sources).await?;
        if outcome.sources == outcome.sources_missing {
            return Err(match input.url.as_deref() {
                Some(url) => CrawlError::NothingFound(fetcher.allowed_url(url)?),
                None => CrawlError::NothingFound(base),
            }
            .into());
        }
        let noted = match &outcome.edition {
            Some(edition) => {
                let whole = input.url.is_none();
                self.collector.record_edition(&input.spider, edition, outcome.records.read, whole).await?
            }
            None => false,
        };
        // A DAG that measures by itself does not declare it, so that nothing else measures at the same time.
        if context.declares(EDITION) {
            context.wrote(EDITION, Some(noted.into()));
        }
        context.info(&summary(&outcome)).await;
        Ok(outcome)
    }

    async fn load_all(
        &self,
        context: &TaskContext,
        spider: &Arc<dyn Spider>,
        fetcher: &Fetcher,
        sources: Vec<Source>,
    ) -> Result<Crawled, Problem> {
        let total = sources.len();
        let mut outcome = Crawled {
            spider: spider.info().name.to_owned(),
            edition: None,
            sources: total,
            sources_missing: 0,
            bytes: 0,
            records: Records::default(),
        };
        // Each fetch is a task of its own: it goes on while the file before it is loaded, and
        // ends with the crawl.
        let fetching = sources.into_iter().map(|source| {
            let (fetcher, url) = (fetcher.clone(), source.url.clone());
            let fetch = AbortOnDropHandle::new(tokio::spawn(async move { fetcher.fetch(&url).await }));
            async move { (source, fetch.await) }
        });
        let mut fetched =
            futures::stream::iter(fetching).buffered(self.collector.app.crawl.concurrency.max(1));
        let mut done = 0;
        while let Some((source, body)) = fetched.next().await {
            let body = body.map_err(|error| {
                Problem::new(
                    "fetch_panicked",
                    format!("Fetching {} broke off: {error}.", source.url),
                    "Report it.",
                )
            })?;
            match body? {
                Some(body) => {
                    outcome.bytes += body.size_bytes;
                    let (edition, loaded) = self.collector.load(context, spider, source, body).await?;
                    outcome.edition = outcome.edition.max(Some(edition));
                    add(&mut outcome.records, loaded);
                }
                None if source.may_be_missing => outcome.sources_missing += 1,
                None => return Err(CrawlError::NothingFound(source.url).into()),
            }
            done += 1;
            context.progress(done, total as u64).await;
        }
        Ok(outcome)
    }
}

pub(super) fn summary(outcome: &Crawled) -> String {
    let loaded = outcome.records;
    format!(
        "{}: edition {}, {} files, {} records read, {} new, {} revised, {} withdrawn, {} rejected",
        outcome.spider,
        outcome.edition.as_deref().unwrap_or("unknown"),
        outcome.sources - outcome.sources_missing,
        loaded.read,
        loaded.inserted,
        loaded.revised,
        loaded.withdrawn,
        loaded.rejected
    )
}
