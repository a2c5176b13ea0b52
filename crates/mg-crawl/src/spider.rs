//! What a spider is.

use chrono::{Months, NaiveDate};
use futures::future::BoxFuture;
use mg_core::{Commune, Identifier, Table};
use url::Url;

use crate::{CrawlError, Fetcher, Sink};

/// What a spider tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpiderInfo {
    /// Its name, as `launch_scraper` takes it; also the name of its dataset.
    pub name: &'static str,
    /// What it reads, in French.
    pub title_fr: &'static str,
    /// What it reads, in English.
    pub title_en: &'static str,
    /// Who publishes it.
    pub producer: &'static str,
    /// Its lists, by name: which a source is of. The first is read unless others are asked for.
    pub datafiles: &'static [&'static str],
    /// Whether what it reads changes from day to day, as adverts do; `veille` then runs it daily.
    pub changes_daily: bool,
    /// Whether its portal still has former editions.
    pub keeps_editions: bool,
    /// Where it is published when the configuration names no other place.
    pub default_base: &'static str,
    /// What may be said to it.
    pub arguments: &'static [Argument],
}

/// Something that may be said to a spider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// A value that works.
    pub example: &'static str,
}

/// What one crawl is asked to read.
#[derive(Debug, Clone)]
pub struct CrawlRequest {
    /// The one file to read; `None` reads all that the territory needs.
    pub url: Option<Url>,
    /// The edition to read, `YYYY-MM`; `None` takes the latest.
    pub edition: Option<String>,
    /// Which of the spider's lists to read; the first of them if none is named.
    pub datafiles: Vec<String>,
    /// Where the portal is.
    pub base: Url,
    /// The SIREN number of the territory's intercommunality, nine digits.
    pub siren: String,
    /// The communes of the territory.
    pub communes: Vec<Commune>,
    /// The present year: how far files by year may go.
    pub year: i32,
}

/// One file of a portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Which of the spider's lists it is of, one of [`SpiderInfo::datafiles`].
    pub datafile: &'static str,
    /// INSEE code of the commune that it is about, if it is about one.
    pub commune: Option<String>,
    /// Where it is.
    pub url: Url,
    /// Its edition, when it is known before fetching.
    pub edition: Option<String>,
    /// Column and value of the rows that this source alone speaks for.
    pub slice: Vec<(Identifier, String)>,
    /// Whether it may be missing, as a commune's file of a year without sales is.
    pub may_be_missing: bool,
}

impl Source {
    /// The last day that its edition can know of: the end of its month.
    pub fn last_day(&self) -> Option<NaiveDate> {
        let first =
            NaiveDate::parse_from_str(&format!("{}-01", self.edition.as_deref()?), "%Y-%m-%d").ok()?;
        first.checked_add_months(Months::new(1))?.pred_opt()
    }
}

/// A source of data: which files, and how to read one.
pub trait Spider: Send + Sync {
    /// What it tells of itself.
    fn info(&self) -> &'static SpiderInfo;

    /// The table that its records belong to.
    fn table(&self) -> &Table;

    /// The files that a crawl reads. It may ask the portal.
    fn plan<'a>(
        &'a self,
        request: &'a CrawlRequest,
        fetcher: &'a Fetcher,
    ) -> BoxFuture<'a, Result<Vec<Source>, CrawlError>>;

    /// Reads one file, unpacked, and gives its records and rejects to `sink`. Runs on a
    /// thread that may block.
    fn parse(&self, source: &Source, body: &mut dyn std::io::Read, sink: &mut Sink)
    -> Result<(), CrawlError>;
}
