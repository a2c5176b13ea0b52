//! `launch_scraper` and `list_spiders`.

use mg_core::{Grain, OpContext, Period, Role};
use mg_crawl::declared::Declared;
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

/// A crawl that is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CrawlOrder<'a> {
    /// Name of the spider.
    pub spider: &'a str,
    /// One file or page of its site; all that it reads without one.
    pub url: Option<&'a str>,
    /// The edition, of a portal that keeps them; the latest without one.
    pub edition: Option<&'a str>,
    /// Whether it is right that a site gives much less than it used to.
    pub accept_fall: bool,
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
    let declared = app.web.spiders().all().iter().map(|spider| declared_summary(spider));
    let mut summaries: Vec<_> =
        spiders.iter().map(|spider| summary(spider.as_ref())).chain(declared).collect();
    summaries.sort_by(|one, other| one.name.cmp(&other.name));
    summaries
}

fn declared_summary(spider: &Declared) -> SpiderSummary {
    let argument = spider.argument.as_ref().map(|argument| SpiderArgument {
        name: "url".to_owned(),
        doc: argument.doc.clone(),
        example: argument.example.clone().unwrap_or_else(|| spider.base.to_string()),
    });
    SpiderSummary {
        name: spider.name.clone(),
        title_fr: spider.title_fr.clone(),
        title_en: spider.title_en.clone(),
        producer: spider.producer.clone(),
        base: spider.base.to_string(),
        table: format!("analytics.{}", spider.table.name),
        arguments: argument.into_iter().collect(),
    }
}

/// A page that a declared spider may begin with: of its domains, and no place that is refused to all.
pub(crate) fn page_of(app: &App, spider: &Declared, url: &str) -> Result<Url, Problem> {
    let page = Url::parse(url).map_err(|_| CrawlError::NotAUrl(url.to_owned()))?;
    if !page.host_str().is_some_and(|host| spider.reads_host(host)) {
        let allowed = spider.domains.join(", ");
        return Err(CrawlError::ForeignHost { url: page, spider: spider.name.clone(), allowed }.into());
    }
    app.web.guard().check_url(&page).map_err(|refused| {
        Problem::new(
            "url_refused",
            format!("{page} is refused: {refused}."),
            "Give the URL of a public page.",
        )
    })?;
    Ok(page)
}

/// Asks for a crawl and returns its run at once. What can be seen to be wrong is refused now
/// and not in the run. While a run of the same arguments has not ended, that is the run.
pub async fn launch_scraper(ctx: &OpContext, app: &App, order: CrawlOrder<'_>) -> Result<Launch, Problem> {
    require(ctx, Role::Editor)?;
    let parameters = crawl_asked_for(ctx, app, order)?;
    launch_dag(ctx, app, "collecte", parameters).await
}

/// The parameters of a crawl, once all that can be seen to be wrong with it was refused.
pub(super) fn crawl_asked_for(ctx: &OpContext, app: &App, order: CrawlOrder<'_>) -> Result<Value, Problem> {
    let CrawlOrder { spider, url, edition, accept_fall } = order;
    let url = url.map(str::trim).filter(|url| !url.is_empty());
    let declared = app.web.spiders();
    if let Some(found) = declared.named(spider.trim()) {
        return pages_asked_for(app, found, CrawlOrder { url, ..order });
    }
    let known = mg_spiders::all();
    let names = || {
        let declared = declared.all().iter().map(|spider| spider.name.as_str());
        known.iter().map(|spider| spider.info().name).chain(declared)
    };
    let found = mg_spiders::named(spider.trim())
        .ok_or_else(|| Problem::unknown("spider", spider, names(), "list_spiders (mg spider list)"))?;
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
        accept_fall,
    };
    parameters(&asked)
}

/// As [`crawl_asked_for`], of a spider that reads pages.
fn pages_asked_for(app: &App, spider: &Declared, order: CrawlOrder<'_>) -> Result<Value, Problem> {
    let url = order.url.map(|url| page_of(app, spider, url)).transpose()?;
    let name = &spider.name;
    if order.edition.is_some() {
        return Err(Problem::new(
            "edition_not_kept",
            format!("Spider {name} reads a site as it is today."),
            "Leave the edition out.",
        ));
    }
    if url.is_none()
        && spider.start.is_empty()
        && spider.follow.sitemap.is_empty()
        && spider.follow.feed.is_empty()
    {
        let example = spider.argument.as_ref().and_then(|argument| argument.example.clone());
        let example = example.map(|example| format!(", such as {example}")).unwrap_or_default();
        return Err(Problem::new(
            "url_missing",
            format!("Spider {name} has no page of its own to begin with."),
            format!("Give the url of one{example}."),
        ));
    }
    let accept_fall = order.accept_fall;
    parameters(&Collecte { spider: name.clone(), url: url.map(String::from), edition: None, accept_fall })
}

fn parameters(asked: &Collecte) -> Result<Value, Problem> {
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
