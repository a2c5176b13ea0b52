//! `crawl`: from a portal to the facts. Fetching runs ahead while records are loaded; no
//! transaction is open while anything is fetched.

use std::sync::Arc;

use chrono::Datelike;
use futures::StreamExt;
use mg_core::Clock;
use mg_crawl::{
    CrawlError, CrawlRequest, Fetched, Fetcher, FetcherOptions, Source, Spider, extract, origin_of,
};
use mg_dags::jobs::{Crawl, Crawled, Records};
use mg_flow::{Job, JobError, TaskContext};
use mg_store::load::{self, Loaded, SliceColumn};
use mg_store::reject;
use tokio_util::task::AbortOnDropHandle;

use crate::Problem;
use crate::app::App;

/// Runs spiders.
pub(super) struct CrawlJob {
    pub(super) app: App,
    pub(super) clock: Arc<dyn Clock>,
}

/// The fetcher of a spider: it reaches the spider's own portal and nothing else.
pub(crate) fn fetcher_for(app: &App, spider: &dyn Spider) -> Result<Fetcher, CrawlError> {
    let base = app.crawl.base(spider)?;
    Fetcher::new(FetcherOptions {
        spider: spider.info().name.to_owned(),
        allowed_origins: vec![origin_of(&base)],
        user_agent: app.crawl.user_agent.clone(),
        timeout_ms: app.crawl.timeout_ms,
        body_limit_bytes: app.crawl.body_limit_bytes,
    })
}

impl Job for CrawlJob {
    type Input = Crawl;

    async fn run(&self, context: &TaskContext, input: Crawl) -> Result<Crawled, JobError> {
        tokio::select! {
            outcome = self.crawl(context, &input) => outcome.map_err(JobError::from),
            () = context.stopped() => Err(Problem::from(CrawlError::Stopped).into()),
        }
    }
}

impl CrawlJob {
    async fn crawl(&self, context: &TaskContext, input: &Crawl) -> Result<Crawled, Problem> {
        let spider = mg_spiders::named(&input.spider).ok_or_else(|| {
            Problem::new("unknown_spider", format!("There is no spider {}.", input.spider), "")
        })?;
        let fetcher = fetcher_for(&self.app, spider.as_ref())?;
        let request = CrawlRequest {
            url: input.url.as_deref().map(|url| fetcher.allowed_url(url)).transpose()?,
            edition: input.edition.clone(),
            base: self.app.crawl.base(spider.as_ref())?,
            communes: self.app.models.territory.communes.clone(),
            year: self.clock.today().year(),
        };
        let sources = spider.plan(&request, &fetcher).await?;
        let outcome = self.load_all(context, &spider, &fetcher, sources).await?;
        if outcome.sources == outcome.sources_missing {
            return Err(CrawlError::NothingFound(request.url.unwrap_or(request.base)).into());
        }
        // One file is not the dataset: it says which edition there is only when nothing else does.
        let store = &self.app.store;
        let speaks = input.url.is_none() || store.latest_edition(&input.spider).await?.is_none();
        if let Some(edition) = outcome.edition.as_ref().filter(|_| speaks) {
            store.record_edition(&input.spider, edition, outcome.records.read).await?;
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
        let mut fetched = futures::stream::iter(fetching).buffered(self.app.crawl.concurrency.max(1));
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
                    let (edition, loaded) = self.load_one(context, spider, source, body).await?;
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

    async fn load_one(
        &self,
        context: &TaskContext,
        spider: &Arc<dyn Spider>,
        source: Source,
        body: Fetched,
    ) -> Result<(String, Loaded), Problem> {
        let modified = body.last_modified.map(|at| at.format("%Y-%m").to_string());
        let edition = source.edition.clone().or(modified);
        let edition = edition.ok_or_else(|| CrawlError::EditionUnknown(source.url.clone()))?;
        let url = source.url.to_string();
        let slice: Vec<SliceColumn> =
            source.slice.iter().map(|(column, value)| SliceColumn { column, value: value.clone() }).collect();
        let origin = load::Source {
            spider: spider.info().name,
            url: &url,
            edition: &edition,
            run: Some(context.run()),
            slice: &slice,
        };
        let mut load = self.app.store.begin_load(spider.table(), origin).await?;
        let source = Source { edition: Some(edition.clone()), ..source };
        let mut extraction = extract(Arc::clone(spider), source, body);
        while let Some(batch) = extraction.batches.recv().await {
            load.push(&batch).await?;
        }
        let rejected = extraction.outcome.await.map_err(|error| {
            Problem::new("parser_panicked", format!("Reading {url} broke off: {error}."), "Report the file.")
        })??;
        let kept: Vec<reject::Reject> = rejected.kept.into_iter().map(stored).collect();
        let loaded = load.finish(&kept, rejected.count).await?;
        if rejected.count > 0 {
            context
                .warn(&format!("{url}: {} records rejected; the first: {}", rejected.count, first(&kept)))
                .await;
        }
        Ok((edition, loaded))
    }
}

fn add(records: &mut Records, loaded: Loaded) {
    records.read += loaded.read;
    records.inserted += loaded.inserted;
    records.revised += loaded.revised;
    records.withdrawn += loaded.withdrawn;
    records.rejected += loaded.rejected;
}

fn stored(reject: mg_crawl::Reject) -> reject::Reject {
    reject::Reject {
        line: i64::try_from(reject.line).unwrap_or(i64::MAX),
        column: reject.column,
        reason: reject.reason,
        content: reject.content,
    }
}

fn first(rejects: &[reject::Reject]) -> String {
    rejects.first().map_or_else(String::new, |reject| {
        let column = reject.column.as_deref().unwrap_or("the row");
        format!("line {}, {column}: {}", reject.line, reject.reason)
    })
}

fn summary(outcome: &Crawled) -> String {
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
