//! A crawl in parts: which files there are, one file, and what all of them came to.

use mg_flow::{Given, JobInput};
use serde::{Deserialize, Serialize};

use super::{Crawled, Records};

/// Finds which files of a spider the territory needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSources {
    /// The spider's name.
    pub spider: Given<String>,
    /// The edition to read, `YYYY-MM`; without it, the latest.
    #[serde(default)]
    pub edition: Given<Option<String>>,
    /// Which of the spider's lists; without one, its first.
    #[serde(default)]
    pub datafiles: Vec<String>,
}

impl JobInput for ListSources {
    const JOB: &'static str = "list_sources";
    type Output = Vec<FoundSource>;
}

/// A file of a portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundSource {
    /// Which of the spider's lists it is of.
    pub datafile: String,
    /// INSEE code of the commune that it is about, if it is about one.
    pub commune: Option<String>,
    /// Where it is.
    pub url: String,
    /// Its edition, when that is known before fetching.
    pub edition: Option<String>,
    /// Column and value of the rows that it alone speaks for.
    pub slice: Vec<(String, String)>,
    /// Whether the portal may not have it.
    pub may_be_missing: bool,
}

/// Fetches a file and loads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadSource {
    /// The spider's name.
    pub spider: Given<String>,
    /// The file.
    pub source: Given<FoundSource>,
}

impl JobInput for LoadSource {
    const JOB: &'static str = "load_source";
    type Output = LoadedSource;
}

/// What a file brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedSource {
    /// Where it is.
    pub url: String,
    /// The edition that it is of; `None` if the portal does not have it.
    pub edition: Option<String>,
    /// Bytes that were fetched.
    pub bytes: u64,
    /// Records.
    #[serde(flatten)]
    pub records: Records,
}

/// Notes which edition of a spider's dataset is loaded, once all its files are. Fails if the portal
/// had none of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordEdition {
    /// The spider's name.
    pub spider: Given<String>,
    /// What the files brought.
    pub loaded: Given<Vec<LoadedSource>>,
}

impl JobInput for RecordEdition {
    const JOB: &'static str = "record_edition";
    type Output = Crawled;
}

/// Lists the spiders whose sources change from day to day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDailySpiders {}

impl JobInput for ListDailySpiders {
    const JOB: &'static str = "list_daily_spiders";
    type Output = Vec<String>;
}
