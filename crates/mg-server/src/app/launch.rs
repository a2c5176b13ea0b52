//! `launch_scraper` and `list_spiders`.

use mg_core::{Grain, OpContext, Period, Role};
use mg_crawl::{CrawlError, Spider};
use mg_dags::Collecte;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::{App, launch_dag, require};
use crate::Problem;
use crate::jobs::fetcher_for;

/// Something that may be said to a spider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SpiderArgument {
    /// Its name.
    pub name: String,
    /// What it means.
    pub doc: String,
    /// A value that works.
    pub example: String,
}

/// A spider in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SpiderSummary {
    /// Name, as launch_scraper takes it.
    pub name: String,
    /// What it reads, in French.
    pub title_fr: String,
    /// What it reads, in English.
    pub title_en: String,
    /// Who publishes it.
    pub producer: String,
    /// Where it reads from.
    pub base: String,
    /// The table that it fills.
    pub table: String,
    /// What may be said to it.
    pub arguments: Vec<SpiderArgument>,
}

/// A launch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Launch {
    /// Id of the run; get_run tells how it stands.
    #[schemars(range(min = 1))]
    pub run_id: i64,
    /// How the run stands: a queued one is taken up by a worker within a second.
    #[schemars(extend("enum" = ["waiting", "queued", "running", "succeeded", "failed", "cancelled"]))]
    pub state: String,
    /// True when the same was asked for before and has not ended: this is that run, and no
    /// second one was made.
    pub already_running: bool,
}

/// Every spider there is.
pub fn list_spiders(_ctx: &OpContext, app: &App) -> Vec<SpiderSummary> {
    let spiders = mg_spiders::all();
    let summary = |spider: &dyn Spider| {
        let info = spider.info();
        SpiderSummary {
            name: info.name.to_owned(),
            title_fr: info.title_fr.to_owned(),
            title_en: info.title_en.to_owned(),
            producer: info.producer.to_owned(),
            base: app.crawl.base(spider).map_or_else(|_| info.default_base.to_owned(), |url| url.to_string()),
            table: format!("analytics.{}", spider.table().name),
            arguments: info
                .arguments
                .iter()
                .map(|argument| SpiderArgument {
                    name: argument.name.to_owned(),
                    doc: argument.doc.to_owned(),
                    example: argument.example.to_owned(),
                })
                .collect(),
        }
    };
    spiders.iter().map(|spider| summary(spider.as_ref())).collect()
}

/// Asks for a crawl and returns its run at once. What can be seen to be wrong is refused now
/// and not in the run. While a run of the same arguments has not ended, that is the run.
pub async fn launch_scraper(
    ctx: &OpContext,
    app: &App,
    spider: &str,
    url: Option<&str>,
    edition: Option<&str>,
) -> Result<Launch, Problem> {
    require(ctx, Role::Editor)?;
    let parameters = crawl_asked_for(ctx, app, spider, url, edition)?;
    launch_dag(ctx, app, "collecte", parameters).await
}

/// The parameters of a crawl, once all that can be seen to be wrong with it was refused.
pub(super) fn crawl_asked_for(
    ctx: &OpContext,
    app: &App,
    spider: &str,
    url: Option<&str>,
    edition: Option<&str>,
) -> Result<Value, Problem> {
    let known = mg_spiders::all();
    let names = || known.iter().map(|spider| spider.info().name);
    let found = mg_spiders::named(spider.trim())
        .ok_or_else(|| Problem::unknown("spider", spider, names(), "list_spiders (mg crawl --help)"))?;
    let url = url.map(str::trim).filter(|url| !url.is_empty());
    if let Some(url) = url {
        fetcher_for(app, found.as_ref())?.allowed_url(url)?;
    }
    if let Some(edition) = edition {
        check_edition(ctx, edition)?;
    }
    if edition.is_some() && url.is_none() && !found.info().keeps_editions {
        return Err(Problem::new(
            "edition_not_kept",
            format!("The portal of {} has its latest edition alone.", found.info().name),
            "Leave the edition out, or give the url of a file that it is of.",
        ));
    }
    let asked = Collecte {
        spider: found.info().name.to_owned(),
        url: url.map(str::to_owned),
        edition: edition.map(str::to_owned),
    };
    serde_json::to_value(asked).map_err(|error| {
        Problem::new("internal", format!("The crawl could not be written: {error}."), "Report it.")
    })
}

/// An edition is a month that has come: a later one would stand above all that is published.
fn check_edition(ctx: &OpContext, edition: &str) -> Result<(), Problem> {
    let month = Period::parse(Grain::Month, edition).ok().filter(|month| month.to_string() == edition);
    let present = Period::holding(Grain::Month, ctx.now().date_naive());
    if month.is_some_and(|month| month.since(present) <= 0) {
        return Ok(());
    }
    Err(Problem::new(
        "bad_edition",
        format!("`{}` is no edition.", edition.chars().take(40).collect::<String>()),
        format!("An edition is a month up to {present}, written like that."),
    ))
}

impl super::CrawlSettings {
    /// Where the portal of a spider is.
    pub(crate) fn base(&self, spider: &dyn Spider) -> Result<Url, CrawlError> {
        let info = spider.info();
        match self.bases.get(info.name) {
            Some(base) => Ok(base.clone()),
            None => {
                Url::parse(info.default_base).map_err(|_| CrawlError::NotAUrl(info.default_base.to_owned()))
            }
        }
    }
}
