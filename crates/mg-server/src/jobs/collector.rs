//! What the jobs that read from portals share: which files there are, and how one becomes facts.

use std::sync::Arc;

use chrono::Datelike;
use mg_core::Clock;
use mg_crawl::{
    CrawlError, CrawlRequest, Fetched, Fetcher, FetcherOptions, Source, Spider, extract, origin_of,
};
use mg_dags::jobs::Records;
use mg_flow::TaskContext;
use mg_store::load::{self, Loaded, SliceColumn};
use mg_store::reject;

use crate::Problem;
use crate::app::App;

/// Lists the files of spiders and loads them.
#[derive(Clone)]
pub(super) struct Collector {
    pub(super) app: App,
    pub(super) clock: Arc<dyn Clock>,
}

/// Which files of a spider are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// One file; all that the territory needs without it.
    pub(super) url: Option<&'a str>,
    /// The edition; the latest without it.
    pub(super) edition: Option<&'a str>,
    /// The spider's lists; its first without one.
    pub(super) datafiles: &'a [String],
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

impl Collector {
    /// The spider of that name.
    pub(super) fn spider(name: &str) -> Result<Arc<dyn Spider>, Problem> {
        mg_spiders::named(name)
            .ok_or_else(|| Problem::new("unknown_spider", format!("There is no spider {name}."), ""))
    }

    /// The fetcher of a spider.
    pub(super) fn fetcher(&self, spider: &dyn Spider) -> Result<Fetcher, CrawlError> {
        fetcher_for(&self.app, spider)
    }

    /// The files that are asked for. It may ask the portal.
    pub(super) async fn sources(
        &self,
        spider: &dyn Spider,
        fetcher: &Fetcher,
        asked: Asked<'_>,
    ) -> Result<Vec<Source>, Problem> {
        let known = spider.info().datafiles;
        if let Some(unknown) = asked.datafiles.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(Problem::unknown("datafile", unknown, known.iter().copied(), "list_spiders"));
        }
        let request = CrawlRequest {
            url: asked.url.map(|url| fetcher.allowed_url(url)).transpose()?,
            edition: asked.edition.map(str::to_owned),
            datafiles: asked.datafiles.to_vec(),
            base: self.app.crawl.base(spider)?,
            siren: self.app.models.territory.siren.clone(),
            communes: self.app.models.territory.communes.clone(),
            year: self.clock.today().year(),
        };
        Ok(spider.plan(&request, fetcher).await?)
    }

    /// Notes which edition of a dataset was loaded. One file is not the dataset, `whole`: it says
    /// which edition there is only when nothing else does. Gives whether it was noted.
    pub(super) async fn record_edition(
        &self,
        dataset: &str,
        edition: &str,
        records: u64,
        whole: bool,
    ) -> Result<bool, Problem> {
        let store = &self.app.store;
        let notes = whole || store.latest_edition(dataset).await?.is_none();
        if notes {
            store.record_edition(dataset, edition, records).await?;
        }
        Ok(notes)
    }

    /// Loads a file that was fetched, in one transaction; returns the edition that it is of. No
    /// transaction is open before.
    pub(super) async fn load(
        &self,
        context: &TaskContext,
        spider: &Arc<dyn Spider>,
        source: Source,
        body: Fetched,
    ) -> Result<(String, Loaded), Problem> {
        let size_bytes = body.size_bytes;
        let modified = body.last_modified.map(|at| at.format("%Y-%m").to_string());
        let edition = source.edition.clone().or(modified);
        let edition = edition.ok_or_else(|| CrawlError::EditionUnknown(source.url.clone()))?;
        let url = source.url.to_string();
        let slice: Vec<SliceColumn> =
            source.slice.iter().cloned().map(|(column, value)| SliceColumn { column, value }).collect();
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
        let table = format!("analytics.{}", spider.table().name);
        context.wrote(&table, Some(loaded.inserted + loaded.revised + loaded.withdrawn));
        context.count("bytes", size_bytes);
        context.count("rows_read", loaded.read);
        context.count("rows_written", loaded.inserted + loaded.revised + loaded.withdrawn);
        context.count("rows_rejected", loaded.rejected);
        if rejected.count > 0 {
            context
                .warn(&format!("{url}: {} records rejected; the first: {}", rejected.count, first(&kept)))
                .await;
        }
        Ok((edition, loaded))
    }
}

/// Adds what a load did to what others did.
pub(super) fn add(records: &mut Records, loaded: Loaded) {
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
