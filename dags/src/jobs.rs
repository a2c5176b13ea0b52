//! What DAGs can ask for: what each job is given, and what it gives. The jobs themselves are the
//! platform's.

mod sources;
mod upkeep;

use mg_flow::{Given, JobInput};
use serde::{Deserialize, Serialize};

pub use sources::{FoundSource, ListDailySpiders, ListSources, LoadSource, LoadedSource, RecordEdition};
pub use upkeep::{AdviceGiven, AdviceLine, AuditWhole, BooksPruned, PruneBooks, VacuumAdvice, VerifyAudit};

/// Runs a spider and loads what it yields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crawl {
    /// The spider's name.
    pub spider: Given<String>,
    /// One file to read; without it, all that the territory needs.
    #[serde(default)]
    pub url: Given<Option<String>>,
    /// The edition to read, `YYYY-MM`; without it, the latest.
    #[serde(default)]
    pub edition: Given<Option<String>>,
    /// Whether it is right that a site gives much less than it used to; else that is a failure.
    #[serde(default)]
    pub accept_fall: Given<bool>,
}

impl Crawl {
    /// All that the territory needs from a spider, in its latest edition.
    pub fn all_of(spider: impl Into<Given<String>>) -> Self {
        Self { spider: spider.into(), url: None.into(), edition: None.into(), accept_fall: false.into() }
    }
}

impl JobInput for Crawl {
    const JOB: &'static str = "crawl";
    type Output = Crawled;
}

/// What a crawl brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crawled {
    /// The spider.
    pub spider: String,
    /// The latest edition that was read.
    pub edition: Option<String>,
    /// Files that were asked for.
    pub sources: usize,
    /// Files that the portal does not have.
    pub sources_missing: usize,
    /// Bytes that were fetched.
    pub bytes: u64,
    /// Records.
    #[serde(flatten)]
    pub records: Records,
}

/// What loading did, in records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// Good records read.
    pub read: u64,
    /// New rows.
    pub inserted: u64,
    /// Rows that changed.
    pub revised: u64,
    /// Rows that the source no longer has.
    pub withdrawn: u64,
    /// Records that could not be loaded.
    pub rejected: u64,
}

impl std::ops::AddAssign for Records {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.inserted += other.inserted;
        self.revised += other.revised;
        self.withdrawn += other.withdrawn;
        self.rejected += other.rejected;
    }
}

/// Measures every KPI anew from the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureKpis {}

impl JobInput for MeasureKpis {
    const JOB: &'static str = "measure_kpis";
    type Output = Measured;
}

/// What measuring brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// KPIs that were measured.
    pub kpis: usize,
    /// Values that they have.
    pub values: u64,
}

/// Forecasts every KPI anew from its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastKpis {}

impl JobInput for ForecastKpis {
    const JOB: &'static str = "forecast_kpis";
    type Output = Forecasts;
}

/// What forecasting brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecasts {
    /// KPIs that have values.
    pub kpis: usize,
    /// Zones of a KPI that were forecast.
    pub series: usize,
    /// Zones of a KPI that could not be.
    pub series_without: usize,
}
