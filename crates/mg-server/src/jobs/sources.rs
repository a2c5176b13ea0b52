//! `list_sources`, `load_source`, `record_edition` and `list_daily_spiders`: a crawl in parts, so
//! that each file is a task of its own, done again by itself when it fails.

use mg_core::Column;
use mg_crawl::{CrawlError, Source, Spider};
use mg_dags::jobs::{
    Crawled, FoundSource, ListDailySpiders, ListSources, LoadSource, LoadedSource, RecordEdition, Records,
};
use mg_flow::{Job, JobError, TaskContext};
use mg_store::load::Loaded;

use super::collector::{Asked, Collector, add};
use super::crawl::summary;
use crate::Problem;
use crate::app::App;

/// Finds which files there are.
pub(super) struct ListSourcesJob {
    pub(super) collector: Collector,
}

/// Loads one file.
pub(super) struct LoadSourceJob {
    pub(super) collector: Collector,
}

/// Notes which edition was loaded, once all files are.
pub(super) struct RecordEditionJob {
    pub(super) collector: Collector,
}

/// Lists spiders that run each day.
pub(super) struct ListDailySpidersJob {
    pub(super) app: App,
}

impl Job for ListSourcesJob {
    type Input = ListSources;

    async fn run(&self, context: &TaskContext, input: ListSources) -> Result<Vec<FoundSource>, JobError> {
        let found = tokio::select! {
            found = self.list(&input) => found?,
            () = context.stopped() => return Err(Problem::from(CrawlError::Stopped).into()),
        };
        context.info(&format!("{}: {} files", *input.spider, found.len())).await;
        Ok(found)
    }
}

impl ListSourcesJob {
    async fn list(&self, input: &ListSources) -> Result<Vec<FoundSource>, Problem> {
        let spider = Collector::spider(&input.spider)?;
        let fetcher = self.collector.fetcher(spider.as_ref())?;
        let asked = Asked { url: None, edition: input.edition.as_deref(), datafiles: &input.datafiles };
        let sources = self.collector.sources(spider.as_ref(), &fetcher, asked).await?;
        Ok(sources.into_iter().map(found).collect())
    }
}

impl Job for LoadSourceJob {
    type Input = LoadSource;

    async fn run(&self, context: &TaskContext, input: LoadSource) -> Result<LoadedSource, JobError> {
        tokio::select! {
            loaded = self.load(context, &input) => loaded.map_err(JobError::from),
            () = context.stopped() => Err(Problem::from(CrawlError::Stopped).into()),
        }
    }
}

impl LoadSourceJob {
    async fn load(&self, context: &TaskContext, input: &LoadSource) -> Result<LoadedSource, Problem> {
        let spider = Collector::spider(&input.spider)?;
        let fetcher = self.collector.fetcher(spider.as_ref())?;
        let url = fetcher.allowed_url(&input.source.url)?;
        let source = source(spider.as_ref(), &input.source, url)?;
        let Some(body) = fetcher.fetch(&source.url).await? else {
            if !source.may_be_missing {
                return Err(CrawlError::NothingFound(source.url).into());
            }
            context.info(&format!("{}: the portal has no such file", source.url)).await;
            context.wrote(&format!("analytics.{}", spider.table().name), Some(0));
            return Ok(LoadedSource {
                url: source.url.to_string(),
                edition: None,
                bytes: 0,
                records: Records::default(),
            });
        };
        let (url, bytes) = (source.url.to_string(), body.size_bytes);
        let (edition, loaded) = self.collector.load(context, &spider, source, body).await?;
        let Loaded { read, inserted, revised, withdrawn, rejected } = loaded;
        let message = format!(
            "{url}: edition {edition}, {read} records read, {inserted} new, {revised} revised, {withdrawn} \
             withdrawn, {rejected} rejected"
        );
        context.info(&message).await;
        let mut records = Records::default();
        add(&mut records, loaded);
        Ok(LoadedSource { url, edition: Some(edition), bytes, records })
    }
}

impl Job for RecordEditionJob {
    type Input = RecordEdition;

    async fn run(&self, context: &TaskContext, input: RecordEdition) -> Result<Crawled, JobError> {
        let crawled = self.record(&input).await?;
        context.info(&summary(&crawled)).await;
        Ok(crawled)
    }
}

impl RecordEditionJob {
    async fn record(&self, input: &RecordEdition) -> Result<Crawled, Problem> {
        let spider = Collector::spider(&input.spider)?;
        let mut crawled = Crawled {
            spider: spider.info().name.to_owned(),
            edition: input.loaded.iter().filter_map(|loaded| loaded.edition.clone()).max(),
            sources: input.loaded.len(),
            sources_missing: input.loaded.iter().filter(|loaded| loaded.edition.is_none()).count(),
            bytes: input.loaded.iter().map(|loaded| loaded.bytes).sum(),
            records: Records::default(),
        };
        input.loaded.iter().for_each(|loaded| crawled.records += loaded.records);
        let Some(edition) = &crawled.edition else {
            return Err(CrawlError::NothingFound(self.collector.app.crawl.base(spider.as_ref())?).into());
        };
        self.collector.record_edition(&crawled.spider, edition, crawled.records.read, true).await?;
        Ok(crawled)
    }
}

impl Job for ListDailySpidersJob {
    type Input = ListDailySpiders;

    async fn run(&self, _context: &TaskContext, _input: ListDailySpiders) -> Result<Vec<String>, JobError> {
        let spiders = mg_spiders::all();
        let daily = spiders.iter().map(|spider| spider.info()).filter(|info| info.changes_daily);
        // A file that says when its spider is to be run names a site that changes between editions.
        let declared = self.app.web.spiders().all().iter().filter(|spider| spider.schedule.is_some());
        let declared = declared.map(|spider| spider.name.clone());
        Ok(daily.map(|info| info.name.to_owned()).chain(declared).collect())
    }
}

fn found(source: Source) -> FoundSource {
    FoundSource {
        datafile: source.datafile.to_owned(),
        commune: source.commune,
        url: source.url.to_string(),
        edition: source.edition,
        slice: source.slice.into_iter().map(|(column, value)| (column.to_string(), value)).collect(),
        may_be_missing: source.may_be_missing,
    }
}

/// A source as its spider knows it, from what was kept of it between two tasks.
fn source(spider: &dyn Spider, found: &FoundSource, url: url::Url) -> Result<Source, Problem> {
    let gone = |what: &str| {
        let message = format!("Spider {} has no {what} any more.", spider.info().name);
        Problem::new("source_outdated", message, "Run the DAG anew.")
    };
    let datafile = spider.info().datafiles.iter().find(|name| **name == found.datafile);
    let column = |(name, value): &(String, String)| {
        let column: Option<&Column> =
            spider.table().columns.iter().find(|column| column.name == *name.as_str());
        Ok((column.ok_or_else(|| gone(name))?.name.clone(), value.clone()))
    };
    Ok(Source {
        datafile: datafile.ok_or_else(|| gone(&found.datafile))?,
        commune: found.commune.clone(),
        url,
        edition: found.edition.clone(),
        slice: found.slice.iter().map(column).collect::<Result<_, Problem>>()?,
        may_be_missing: found.may_be_missing,
    })
}
