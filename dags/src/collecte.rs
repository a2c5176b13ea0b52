//! `collecte`: one spider, when someone asks for it, or by a schedule that someone made.

use mg_flow::Dag;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::jobs::{Crawl, ForecastKpis, MeasureKpis};

/// What `collecte` is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Collecte {
    /// The spider's name, as list_spiders gives it.
    pub spider: String,
    /// One file to read; without it, all that the territory needs.
    #[serde(default)]
    pub url: Option<String>,
    /// The edition to read, YYYY-MM; without it, the latest.
    #[serde(default)]
    pub edition: Option<String>,
    /// Whether it is right that the site gives much less than it used to, for a spider of pages; without it,
    /// such a fall is a failure and nothing is loaded.
    #[serde(default)]
    pub accept_fall: bool,
}

/// Runs one spider, then brings KPIs and forecasts up to what it loaded.
pub(crate) fn collecte() -> Dag {
    let mut dag = Dag::new("collecte", "Runs one spider, then measures and forecasts anew.");
    let asked = dag.parameters::<Collecte>();
    let crawl = Crawl {
        spider: asked.field("spider"),
        url: asked.field("url"),
        edition: asked.field("edition"),
        accept_fall: asked.field("accept_fall"),
    };
    let crawled = dag.task("collecte", crawl);
    // It does not say that it writes values and editions: what starts on their change is done here.
    let measured = dag.task("indicateurs", MeasureKpis {}).after(&crawled);
    dag.task("previsions", ForecastKpis {}).after(&measured).writes(["kpi.forecast"]);
    dag
}
