//! What DAGs can ask for: the input of each job. The jobs themselves are the platform's.

use mg_flow::JobInput;
use serde::{Deserialize, Serialize};

/// Runs a spider and loads what it yields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crawl {
    /// The spider's name.
    pub spider: String,
    /// One file to read; without it, all that the territory needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The edition to read, `YYYY-MM`; without it, the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
}

impl Crawl {
    /// All that the territory needs from a spider, in its latest edition.
    pub fn all_of(spider: &str) -> Self {
        Self { spider: spider.to_owned(), url: None, edition: None }
    }
}

impl JobInput for Crawl {
    const JOB: &'static str = "crawl";
}

/// Measures every KPI anew from the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureKpis {}

impl JobInput for MeasureKpis {
    const JOB: &'static str = "measure_kpis";
}

/// Forecasts every KPI anew from its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastKpis {}

impl JobInput for ForecastKpis {
    const JOB: &'static str = "forecast_kpis";
}
